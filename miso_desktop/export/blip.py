"""A BLIP checkpoint to a captioner bundle.

``python -m miso_desktop.export.blip CHECKPOINT --out FOLDER --size 384 [--int8 [--mixed]]``

The checkpoint is a folder in transformers' layout (BLIP for captioning, base or large).
What is exported is compared with the checkpoint on photos before it takes its place;
see :mod:`miso_desktop.export.agreement`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from transformers import (
    BertTokenizerFast,
    BlipForConditionalGeneration,
    BlipImageProcessor,
    GenerationConfig,
)

from miso_desktop import bundles, paths
from miso_desktop.export.agreement import Agreement, Disagreement
from miso_desktop.export.blip_card import card
from miso_desktop.export.blip_graphs import export_decoder, export_vision
from miso_desktop.export.precision import Part, by_harm, fewest, parts_of
from miso_desktop.export.weights import set_apart
from miso_desktop.photos.captioner import (
    DECODER,
    PREPROCESSOR,
    TOKENIZER,
    VISION,
    Captioner,
)
from miso_desktop.photos.decoding import Decoding
from miso_desktop.photos.image import PHOTO_SUFFIXES, load_photo
from miso_desktop.photos.panel import CAPTIONER
from miso_desktop.photos.preprocessing import Preprocessing
from miso_desktop.training.int8 import quantise

if TYPE_CHECKING:
    from PIL.Image import Image

VERSION = "1.0.0"
BICUBIC = 3
"""Pillow's number of the resampling that BLIP was trained with."""

FP32_SAME = 0.95
"""Captions in fp32 that must be equal; not all, for two words may be all but equally likely."""

INT8_WORDS = 0.8
"""Words of the int8 captions that must be those of the checkpoint."""


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint's folder holds."""

    model: BlipForConditionalGeneration
    tokenizer: BertTokenizerFast
    preprocessing: Preprocessing

    @classmethod
    def load(cls, folder: Path) -> Checkpoint:
        """Read a folder.

        Raises
        ------
        OSError
            If a file is missing.
        ValueError
            If its photos are prepared in another way than BLIP's.
        """
        model = BlipForConditionalGeneration.from_pretrained(folder, local_files_only=True)
        processor = BlipImageProcessor.from_pretrained(folder, local_files_only=True)
        steps = (processor.do_resize, processor.do_rescale, processor.do_normalize)
        square = processor.size["height"] == processor.size["width"]
        if not (all(steps) and square and processor.resample == BICUBIC):
            raise ValueError(f"{folder} prepares photos in a way that is not BLIP's")
        return cls(
            model=model.eval(),
            tokenizer=BertTokenizerFast.from_pretrained(folder, local_files_only=True),
            preprocessing=Preprocessing(
                size=processor.size["height"],
                rescale=processor.rescale_factor,
                mean=tuple(processor.image_mean),
                std=tuple(processor.image_std),
            ),
        )

    def at(self, size: int) -> Preprocessing:
        """How photos are prepared at another size."""
        known = self.preprocessing
        return Preprocessing(size, known.rescale, known.mean, known.std)

    def captions(self, images: Sequence[Image], size: int) -> list[str]:
        """What PyTorch says of photos: greedy, one by one, as :class:`Captioner` writes it."""
        said = []
        for image in images:
            pixels = torch.from_numpy(self.at(size).pixels([image]))
            with torch.no_grad():
                tokens = self.model.generate(pixels, interpolate_pos_encoding=True, num_beams=1)
            said.append(self.tokenizer.decode(tokens[0], skip_special_tokens=True))
        return said


def pack(
    checkpoint: Checkpoint,
    out: Path,
    *,
    size: int,
    int8: bool,
    photos: Sequence[Image],
    name: str = "captioner",
    source: str,
    int8_words: float = INT8_WORDS,
    mixed: bool = False,
) -> dict[str, Any]:
    """Write a bundle and return its figures.

    Parameters
    ----------
    checkpoint : Checkpoint
        What to export.
    out : Path
        The bundle's folder; one that is there is replaced, once the new one is good.
    size : int
        Side of the photo in pixels: smaller is faster, and sees less.
    int8 : bool
        Keep the weights in 8 bits: a quarter of the size, about twice as fast.
    photos : sequence of PIL.Image.Image
        To compare captions on, at least one.
    name, source : str
        For the manifest: the bundle's name, and where the checkpoint is from.
    int8_words : float
        Agreement that is asked of int8, see :data:`INT8_WORDS`.
    mixed : bool
        With ``int8``: leave layers in 32 bits, as few as it takes for this agreement
        (:mod:`miso_desktop.export.precision`). Takes minutes.

    Raises
    ------
    Disagreement
        If the captions differ too much. Nothing is written then.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as work:
        exact, fast = Path(work, "fp32"), Path(work, "int8")
        said = checkpoint.captions(photos, size)
        _export(checkpoint, exact, size)
        figures: dict[str, Any] = {"photos": len(photos), "distinct_captions": len(set(said))}
        facts = {"name": name, "source": source, "size": size}
        judge = _Judge(checkpoint, facts, photos, said)
        if not int8:
            _set_apart(exact)

        agreement = judge.compare(exact)
        agreement.demand("fp32", same=FP32_SAME)
        figures["fp32"] = agreement.figures()
        chosen = exact
        if int8:
            left = _mix(judge, exact, fast, int8_words) if mixed else None
            if left is None:
                _quantise(exact, fast)
            else:
                figures["in_32_bits"] = left
            agreement = judge.compare(fast)
            agreement.demand("int8", words=int8_words)
            figures["int8"] = agreement.figures()
            chosen = fast
        figures["megabytes"] = round(sum(f.stat().st_size for f in chosen.iterdir()) / 1e6, 1)
        _describe(checkpoint, chosen, facts, figures)
        (chosen / "CARD.md").write_text(card(facts, figures), encoding="utf-8")
        if out.exists():
            out.rename(Path(work, "old"))
        chosen.rename(out)
    return figures


def _export(checkpoint: Checkpoint, folder: Path, size: int) -> None:
    folder.mkdir()
    export_vision(checkpoint.model, size, folder / VISION)
    export_decoder(checkpoint.model, folder / DECODER)
    checkpoint.at(size).to_file(folder / PREPROCESSOR)
    tokenizer = checkpoint.tokenizer.backend_tokenizer
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.save(str(folder / TOKENIZER))


@dataclass(frozen=True)
class _Judge:
    """Compares bundles with the checkpoint that they were made of."""

    checkpoint: Checkpoint
    facts: dict[str, Any]
    photos: Sequence[Image]
    said: list[str]

    def describe(self, folder: Path) -> None:
        """Write the manifest that a bundle needs to be loaded."""
        _describe(self.checkpoint, folder, self.facts, {})

    def compare(self, folder: Path) -> Agreement:
        """Greedy captions of the bundle beside those of PyTorch."""
        self.describe(folder)
        captioner = Captioner(bundles.load(folder))
        greedy = Decoding(**{**asdict(captioner.decoding), "num_beams": 1})
        captions = [captioner.caption(photo, decoding=greedy).text for photo in self.photos]
        return Agreement.between(captions, self.said)


def _mix(judge: _Judge, exact: Path, fast: Path, words: float) -> list[str]:
    """Quantise what does no harm to the captions; names of the parts that were left out."""
    ranked = by_harm(exact, parts_of(exact), judge.photos, fast.parent, judge.describe)

    def leave(left: int) -> None:
        shutil.rmtree(fast, ignore_errors=True)
        _quantise(exact, fast, [part for part, _ in ranked[left:]])

    def agrees(left: int) -> bool:
        leave(left)
        return judge.compare(fast).words >= words

    left = fewest(len(ranked), agrees)
    leave(left)
    return [f"{part.graph}: {part.name}" for part, _ in ranked[:left]]


def _quantise(exact: Path, fast: Path, parts: Sequence[Part] | None = None) -> None:
    fast.mkdir()
    for name in (VISION, DECODER):
        only = None if parts is None else [n for p in parts if p.graph == name for n in p.nodes]
        quantise(exact / name, fast / name, only)
    for name in (PREPROCESSOR, TOKENIZER):
        shutil.copyfile(exact / name, fast / name)
    _set_apart(fast)


def _set_apart(folder: Path) -> None:
    for name in (VISION, DECODER):
        set_apart(folder / name)


def _describe(
    checkpoint: Checkpoint, folder: Path, facts: dict[str, Any], figures: dict[str, Any]
) -> None:
    text = checkpoint.model.config.text_config
    bundles.write_manifest(
        folder,
        name=facts["name"],
        role=CAPTIONER,
        version=VERSION,
        licence="BSD-3-Clause",
        sources=[facts["source"]],
        parameters={
            "bos": text.bos_token_id,
            "eos": text.sep_token_id,
            "max_positions": text.max_position_embeddings,
            "clean_up_spaces": bool(checkpoint.tokenizer.clean_up_tokenization_spaces),
            "decoding": asdict(_decoding(checkpoint.model)),
        },
        figures=figures,
    )


def _decoding(model: BlipForConditionalGeneration) -> Decoding:
    known = model.text_decoder.generation_config.to_dict()
    wanted = {name: known.get(name) for name in asdict(Decoding())}
    if wanted["max_length"] == GenerationConfig().max_length:
        wanted["max_length"] = None  # generate() takes its default for a number of new tokens
    return Decoding(**{name: value for name, value in wanted.items() if value is not None})


def main() -> int:
    """Run the command; 1 where the export disagrees with its checkpoint."""
    parser = argparse.ArgumentParser(
        prog="python -m miso_desktop.export.blip", description=__doc__.splitlines()[0]
    )
    parser.add_argument("checkpoint", type=Path, help="folder in transformers' layout")
    parser.add_argument("--out", type=Path, required=True, help="the bundle's folder")
    parser.add_argument("--size", type=int, default=384, help="side of the photo in pixels")
    parser.add_argument("--int8", action="store_true", help="weights in 8 bits")
    parser.add_argument("--mixed", action="store_true", help="but where that changes captions")
    parser.add_argument("--photos", type=Path, help="folder of photos to compare captions on")
    parser.add_argument("--name", default="captioner", help="the bundle's name")
    parser.add_argument("--source", help="where the checkpoint is from")
    parser.add_argument("--int8-words", type=float, default=INT8_WORDS, help="agreement asked")
    args = parser.parse_args()
    folder = args.photos or paths.resource("demo", "photos")
    files = [f for f in sorted(folder.iterdir()) if f.suffix.lower() in PHOTO_SUFFIXES]
    if not files:
        parser.error(f"there is no photo in {folder}")
    try:
        figures = pack(
            Checkpoint.load(args.checkpoint),
            args.out,
            size=args.size,
            int8=args.int8,
            photos=[load_photo(file) for file in files],
            name=args.name,
            source=args.source or args.checkpoint.resolve().name,
            int8_words=args.int8_words,
            mixed=args.mixed,
        )
    except Disagreement as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
