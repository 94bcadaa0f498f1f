"""A photo to a sentence, with any captioner bundle.

A captioner bundle holds

``vision.onnx``
    ``pixels`` (photos, 3, size, size) to ``cross_key_0``, ``cross_value_0``, ... for every
    layer of the decoder: (photos, heads, head size, positions) and (photos, heads,
    positions, head size). Computed once a photo.
``decoder.onnx``
    ``tokens`` (rows, new), ``past_key_0``, ``past_value_0``, ... (rows, heads, past, head
    size) and the cross-attention's keys and values to ``logits`` (rows, vocabulary) of the
    token after the last, and ``key_0``, ``value_0``, ... (rows, heads, past + new, head
    size). Past length 0 reads the prompt. Rows are a multiple of the photos: the beams of
    one photo lie together and look at the same keys and values.
``vision.onnx.weights``, ``decoder.onnx.weights``
    Where the weights are not within the networks: BLIP's are not, for the sake of memory.
``tokenizer.json``, ``preprocessor.json``
    See :mod:`tokenizers` and :class:`~miso_desktop.photos.preprocessing.Preprocessing`.

and its manifest's parameters name the first and the last token (``bos``, ``eos``), the
decoder's ``max_positions``, whether spaces are taken out before punctuation
(``clean_up_spaces``), the ``decoding`` that suits it, and, where it is not
:data:`BATCH`, how many photos are looked at together (``batch``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING

import numpy as np

from miso_desktop.bundles import Bundle
from miso_desktop.photos.decoding import Decoding, generate
from miso_desktop.photos.preprocessing import Preprocessing

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from onnxruntime import InferenceSession, OrtValue
    from PIL.Image import Image

VISION = "vision.onnx"
DECODER = "decoder.onnx"
TOKENIZER = "tokenizer.json"
PREPROCESSOR = "preprocessor.json"

BATCH = 4
"""Photos that are looked at together: the decoder's weights are read once for all of them,
and 42 MB of keys and values are held for each (BLIP-base at 384 px)."""


class Cancelled(Exception):
    """The caller no longer wants the captions."""


@dataclass(frozen=True)
class Caption:
    """What a photo shows, in words.

    Attributes
    ----------
    text : str
        Without special tokens; begins with the prompt, if there was one.
    tokens : tuple of int
        All tokens, the first and the last included.
    score : float
        See :class:`~miso_desktop.photos.decoding.Sentence`.
    """

    text: str
    tokens: tuple[int, ...]
    score: float


class Captioner:
    """Describes photos with the models of a bundle.

    Parameters
    ----------
    bundle : Bundle
        Keeps the contract above.

    Raises
    ------
    BundleError
        If a file is missing, cannot be loaded or does not keep the contract.
    """

    def __init__(self, bundle: Bundle) -> None:
        from tokenizers import Tokenizer

        self.used = bundle.used
        """Name and version of the bundle."""
        with bundle.reading():
            known = bundle.parameters
            self._bos, self._eos = int(known["bos"]), int(known["eos"])
            self._max_positions = int(known["max_positions"])
            self._clean_up = bool(known["clean_up_spaces"])
            self._batch = max(1, int(known.get("batch", BATCH)))
            self.decoding = Decoding(**known["decoding"])
            """What is used where the caller asks for nothing else."""
            self.preprocessing = Preprocessing.from_file(bundle.file(PREPROCESSOR))
        try:
            self._tokenizer = Tokenizer.from_file(str(bundle.file(TOKENIZER)))
        except Exception as error:  # tokenizers raises Exception itself
            raise bundle.damaged(f"{TOKENIZER}: {error}") from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._vision = bundle.session(VISION)
        self._decoder = bundle.session(DECODER)
        self._layers = _layers(bundle, self._vision, self._decoder)

    def caption(
        self,
        image: Image,
        *,
        prompt: str | None = None,
        decoding: Decoding | None = None,
        cancel: Event | None = None,
    ) -> Caption:
        """Describe one photo; see :meth:`captions`."""
        return self.captions([image], prompt=prompt, decoding=decoding, cancel=cancel)[0]

    def captions(
        self,
        images: Sequence[Image],
        *,
        prompt: str | None = None,
        decoding: Decoding | None = None,
        cancel: Event | None = None,
    ) -> list[Caption]:
        """Describe photos.

        Parameters
        ----------
        images : sequence of PIL.Image.Image
            Of any size.
        prompt : str, optional
            What every caption begins with.
        decoding : Decoding, optional
            How to search; the bundle's own way otherwise.
        cancel : threading.Event, optional
            Once it is set, the work ends before the next token.

        Raises
        ------
        Cancelled
            If ``cancel`` was set.
        ValueError
            If the prompt leaves no room, or more tokens are wanted than the decoder knows
            positions.
        """
        decoding = decoding or self.decoding
        start = self.prompt_tokens(prompt)
        if (limit := decoding.limit(len(start))) > self._max_positions:
            raise ValueError(f"at most {self._max_positions} tokens, not {limit}")

        def check() -> None:
            if cancel is not None and cancel.is_set():
                raise Cancelled

        captions = []
        for first in range(0, len(images), self._batch):
            check()
            network = self.look(images[first : first + self._batch])
            found = generate(network, start, end=self._eos, decoding=decoding, check=check)
            captions += [Caption(self.text(s.tokens), s.tokens, s.score) for s in found]
        return captions

    def look(self, images: Sequence[Image]) -> CachedDecoder:
        """Run the vision network; what it saw, ready to be put into words."""
        return self.look_at_pixels(self.preprocessing.pixels(images))

    def look_at_pixels(self, pixels: NDArray[np.float32]) -> CachedDecoder:
        """Like :meth:`look`, for photos that are already preprocessed."""
        from onnxruntime import OrtValue

        names = [output.name for output in self._vision.get_outputs()]
        feed = {"pixels": OrtValue.ortvalue_from_numpy(pixels)}
        seen = self._vision.run_with_ort_values(names, feed)
        cross = dict(zip(names, seen, strict=True))
        return CachedDecoder(self._decoder, self._layers, len(pixels), cross)

    def prompt_tokens(self, prompt: str | None) -> list[int]:
        """The tokens that every sentence begins with."""
        if prompt is None:
            return [self._bos]
        # The tokenizer frames a text with [CLS] and [SEP]: the first gives way to the
        # decoder's own first token, and nothing has ended yet.
        return [self._bos, *self._tokenizer.encode(prompt).ids[1:-1]]

    def text(self, tokens: Sequence[int]) -> str:
        """Tokens as words, special tokens left out."""
        text: str = self._tokenizer.decode(list(tokens), skip_special_tokens=True)
        return clean_up_spaces(text) if self._clean_up else text


class CachedDecoder:
    """The decoder, looking at some photos, with the keys and values of what it has read."""

    def __init__(
        self,
        session: InferenceSession,
        layers: Sequence[tuple[int, int]],
        photos: int,
        cross: dict[str, OrtValue],
    ) -> None:
        self._session = session
        self._photos = photos
        self._cross = cross
        self._layers = layers
        self._outputs = ["logits"]
        self._past: list[OrtValue] = []
        for layer in range(len(layers)):
            self._outputs += [f"key_{layer}", f"value_{layer}"]

    def start(self, prompt: Sequence[int]) -> NDArray[np.float32]:
        """See :class:`~miso_desktop.photos.decoding.Network`."""
        from onnxruntime import OrtValue

        self._past = [
            OrtValue.ortvalue_from_numpy(np.empty((self._photos, heads, 0, size), np.float32))
            for heads, size in self._layers
            for _ in ("key", "value")
        ]
        return self._run(np.tile(np.array(prompt, np.int64), (self._photos, 1)))

    def step(
        self, tokens: NDArray[np.int64], parents: NDArray[np.int64] | None
    ) -> NDArray[np.float32]:
        """See :class:`~miso_desktop.photos.decoding.Network`."""
        from onnxruntime import OrtValue

        if parents is not None:
            self._past = [
                OrtValue.ortvalue_from_numpy(value.numpy()[parents]) for value in self._past
            ]
        return self._run(tokens[:, None])

    def _run(self, tokens: NDArray[np.int64]) -> NDArray[np.float32]:
        from onnxruntime import OrtValue

        past = iter(self._past)
        feed = {"tokens": OrtValue.ortvalue_from_numpy(tokens), **self._cross}
        for layer in range(len(self._layers)):
            feed[f"past_key_{layer}"], feed[f"past_value_{layer}"] = next(past), next(past)
        logits, *self._past = self._session.run_with_ort_values(self._outputs, feed)
        return np.asarray(logits.numpy(), np.float32)


def clean_up_spaces(text: str) -> str:
    """Take out spaces that tokenization left, as transformers' ``clean_up_tokenization``."""
    for spaced in (" .", " ?", " !", " ,"):
        text = text.replace(spaced, spaced[1:])
    text = text.replace(" ' ", "'")
    for spaced in (" n't", " 'm", " 's", " 've", " 're"):
        text = text.replace(spaced, spaced[1:])
    return text


def _layers(
    bundle: Bundle, vision: InferenceSession, decoder: InferenceSession
) -> list[tuple[int, int]]:
    """Heads and head size of each of the decoder's layers, read off its inputs."""
    inputs = {node.name: node.shape for node in decoder.get_inputs()}
    count = sum(name.startswith("past_key_") for name in inputs)
    cross = {f"cross_{kind}_{i}" for i in range(count) for kind in ("key", "value")}
    past = {f"past_{kind}_{i}" for i in range(count) for kind in ("key", "value")}
    outputs = {f"{kind}_{i}" for i in range(count) for kind in ("key", "value")}
    keeps = (
        count > 0
        and set(inputs) == {"tokens"} | cross | past
        and {node.name for node in decoder.get_outputs()} == {"logits"} | outputs
        and [node.name for node in vision.get_inputs()] == ["pixels"]
        and {node.name for node in vision.get_outputs()} == cross
    )
    if not keeps:
        raise bundle.damaged("the networks' inputs and outputs are not those of a captioner")
    shapes = [inputs[f"past_key_{i}"] for i in range(count)]
    with bundle.reading(DECODER):  # a size may be left open, or there are others than four
        return [(int(heads), int(size)) for _, heads, _, size in shapes]
