"""A tiny captioner and what PyTorch says with it, for tests on machines without PyTorch.

``python -m miso_desktop.export.goldens --out tests/data/tiny_captioner``

Writes ``bundle/``, four photos and ``goldens.json``: captions of ``generate()`` under
many settings, logits, and what transformers' tokenizer and image processor make of a
table of strings and pictures.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from transformers import BertTokenizerFast, BlipImageProcessor

from miso_desktop.export.blip import Checkpoint, pack
from miso_desktop.export.untrained import (
    noise_photo,
    small_vocabulary,
    tiny_config,
    untrained,
    write_checkpoint,
)

if TYPE_CHECKING:
    from PIL.Image import Image

SEED = 27
SIDES = ((40, 30), (24, 50), (32, 32), (90, 61))
"""Width and height of the photos."""

DECODINGS: tuple[dict[str, Any], ...] = (
    {},
    {"max_length": 9},
    {"max_new_tokens": 6},
    {"min_length": 12},
    {"repetition_penalty": 1.7},
    {"no_repeat_ngram_size": 2},
    {"num_beams": 3},
    {"num_beams": 3, "length_penalty": 2.5},
    {"num_beams": 3, "length_penalty": -1.0},
    {"num_beams": 4, "early_stopping": True},
    {"num_beams": 2, "min_length": 8, "max_length": 14, "no_repeat_ngram_size": 3},
    {"num_beams": 3, "repetition_penalty": 1.4, "no_repeat_ngram_size": 2},
)
"""Ways to search, in the words of ``generate()``."""

PROMPTS = (None, "a photo of", "Two dogs, and a cat")

TEXTS = (
    "",
    " ",
    "a photo of",
    "A Dog's life isn't  easy!",
    "two men\tat the\nsea",
    "naïve café, déjà vu",
    "storm-beaten (1999) & 'quoted' \"words\"",
    "海の photo",
    "unseen: ☃ € ß",
    "[CLS] told [SEP] [MASK]",
    "e\u0301 is é; a\u0000b \ufffd \u200b",
    "x" * 120,
)
"""Strings that a tokenizer may stumble over."""

MODES = ("RGB", "L", "RGBA", "P", "CMYK", "1")
"""What a photo's pixels can be."""

PIXEL_SIZES = (32, 24, 17)


def caption_tokens(
    checkpoint: Checkpoint,
    images: Sequence[Image],
    *,
    prompt: str | None,
    decoding: dict[str, Any],
    size: int,
) -> list[list[int]]:
    """What PyTorch's ``generate()`` says, cut after the token that ends a caption."""
    pixels = torch.from_numpy(checkpoint.at(size).pixels(images))
    asked: dict[str, Any] = {}
    if prompt is not None:
        asked = dict(checkpoint.tokenizer([prompt] * len(images), return_tensors="pt"))
        asked.pop("token_type_ids", None)
    with torch.no_grad():
        rows = checkpoint.model.generate(pixels, interpolate_pos_encoding=True, **asked, **decoding)
    end = checkpoint.model.config.text_config.sep_token_id
    return [_until(end, row) for row in rows.tolist()]


def next_logits(checkpoint: Checkpoint, image: Image, tokens: list[int], size: int) -> list[Any]:
    """Logits after each of a caption's tokens, in one pass without a cache.

    Returns
    -------
    list, shape (len(tokens), vocabulary)
    """
    pixels = torch.from_numpy(checkpoint.at(size).pixels([image]))
    model = checkpoint.model
    with torch.no_grad():
        seen = model.vision_model(pixels, interpolate_pos_encoding=True)[0]
        said = model.text_decoder(torch.tensor([tokens]), encoder_hidden_states=seen)
    rows: list[Any] = said.logits[0].tolist()
    return rows


def tokenizer_goldens(tokenizer: BertTokenizerFast) -> dict[str, Any]:
    """Strings to tokens, and tokens to strings."""
    encoded = [tokenizer(text)["input_ids"] for text in TEXTS]
    random = np.random.default_rng(SEED)
    rows = encoded + [random.integers(0, len(tokenizer) + 2, 12).tolist() for _ in range(20)]
    return {
        "encoded": [[text, ids] for text, ids in zip(TEXTS, encoded, strict=True)],
        "decoded": [[ids, tokenizer.decode(ids, skip_special_tokens=True)] for ids in rows],
    }


def pixel_goldens(images: Sequence[Image], processor: BlipImageProcessor) -> list[list[Any]]:
    """Photo, mode, size and the checksum of its pixels as little-endian float32."""
    goldens: list[list[Any]] = []
    for number, image in enumerate(images):
        for mode in MODES:
            for size in PIXEL_SIZES:
                made = processor(
                    image.convert(mode), size={"height": size, "width": size}, return_tensors="np"
                )
                data = made["pixel_values"].astype("<f4").tobytes()
                goldens.append([number, mode, size, hashlib.sha256(data).hexdigest()])
    return goldens


def make(out: Path) -> None:
    """Write everything to a folder."""
    random = np.random.default_rng(SEED)
    out.mkdir(parents=True, exist_ok=True)
    images = [noise_photo(random, *sides) for sides in SIDES]
    for number, image in enumerate(images):
        image.save(out / f"{number}.png")
    vocabulary = small_vocabulary()
    model = untrained(tiny_config(len(vocabulary)), SEED)
    size = model.config.vision_config.image_size
    with tempfile.TemporaryDirectory() as folder:
        write_checkpoint(model, vocabulary, Path(folder))
        checkpoint = Checkpoint.load(Path(folder))
        processor = BlipImageProcessor.from_pretrained(folder)
    pack(
        checkpoint,
        out / "bundle",
        size=size,
        int8=False,
        photos=images,
        name="tiny_captioner",
        source="random weights",
    )
    captions = []
    for prompt in PROMPTS:
        for decoding in DECODINGS:
            rows = caption_tokens(checkpoint, images, prompt=prompt, decoding=decoding, size=size)
            texts = checkpoint.tokenizer.batch_decode(rows, skip_special_tokens=True)
            captions.append(
                {"prompt": prompt, "decoding": decoding, "tokens": rows, "texts": texts}
            )
    said = caption_tokens(checkpoint, images[:1], prompt=None, decoding={}, size=size)[0]
    logits = next_logits(checkpoint, images[0], said, size)
    goldens = {
        "captions": captions,
        "logits": {"tokens": said, "rows": [[round(x, 5) for x in row] for row in logits]},
        "tokenizer": tokenizer_goldens(checkpoint.tokenizer),
        "pixels": pixel_goldens(images, processor),
    }
    lines = [f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in goldens.items()]
    (out / "goldens.json").write_text("{" + ",\n".join(lines) + "}\n", encoding="utf-8")


def _until(end: int, row: list[int]) -> list[int]:
    # A prompt may hold the end token's word, but never the token itself.
    return row[: row.index(end) + 1] if end in row else row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    make(parser.parse_args().out)


if __name__ == "__main__":
    main()
