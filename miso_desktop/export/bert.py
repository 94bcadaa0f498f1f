"""A BERT that tells emotions to a bundle of the role ``emotions``.

``python -m miso_desktop.export.bert CHECKPOINT --out FOLDER [--int8]``

The checkpoint is a folder in transformers' layout: a sequence classifier of the BERT kind
with labels of GoEmotions (:mod:`miso_desktop.export.emotion_labels`). Optimum exports and
quantises it. What is exported is compared with the checkpoint on sentences before it takes
its place (:mod:`miso_desktop.export.emotion_agreement`), and what its emotions say of the
moods is learned from the scenes that MISO ships (:mod:`miso_desktop.export.emotion_tables`).
"""

from __future__ import annotations

import argparse
import json
import logging
import shutil
import sys
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from optimum.exporters.onnx import onnx_export_from_model
from optimum.onnxruntime import ORTQuantizer
from optimum.onnxruntime.configuration import AutoQuantizationConfig
from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer

from miso_desktop import bundles, paths
from miso_desktop.errors import MisoError
from miso_desktop.export.agreement import Disagreement
from miso_desktop.export.bert_card import card
from miso_desktop.export.emotion_agreement import INT8, Fidelity, demand_exact, demand_near
from miso_desktop.export.emotion_labels import KINDS, Labels, labels_of
from miso_desktop.export.emotion_tables import Tables, heard, out_of_fold
from miso_desktop.moods import MOODS
from miso_desktop.photos.emotion_network import (
    ACTIVATIONS,
    MODEL,
    TOKENIZER,
    EmotionNetwork,
    Emotions,
    log_odds,
)
from miso_desktop.photos.mood_scenes import Scenes
from miso_desktop.photos.panel import EMOTIONS
from miso_desktop.training.likeness import SCENES, read_scenes

VERSION = "1.0.0"
MAX_TOKENS = 64
"""A caption has twenty."""

COMPARED = 200
"""Sentences, about, that both are asked."""

THRESHOLD = 0.3
"""Probability from which on an emotion is named; the shipped model's, learned on comments, lie
about it (0.24 to 0.38)."""

LICENCE = "NOASSERTION"
"""A checkpoint does not say; SPDX's word for it."""


@dataclass(frozen=True)
class Classifier:
    """What a checkpoint's folder holds."""

    model: Any
    tokenizer: Any
    labels: Labels
    max_tokens: int

    @classmethod
    def load(cls, folder: Path, name: str) -> Classifier:
        """Read a folder.

        Parameters
        ----------
        folder : Path
            In transformers' layout.
        name : str
            The model's, to be named in an error.

        Raises
        ------
        OSError
            If a file is missing.
        ValueError
            If it is no classifier of the BERT kind, or has no fast tokenizer.
        InstallFailed
            If a mood has no label.
        """
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
        if config.model_type not in KINDS:
            raise ValueError(f"model_type {config.model_type!r}")
        labels = labels_of(config, name)
        model, about = AutoModelForSequenceClassification.from_pretrained(
            folder, local_files_only=True, dtype=torch.float32, output_loading_info=True
        )
        if missing := about["missing_keys"]:  # transformers would fill them by lot
            raise ValueError(f"its weights lack {', '.join(sorted(missing))}")
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, use_fast=True)
        if not tokenizer.is_fast:
            raise ValueError("its tokenizer cannot be written as tokenizer.json")
        # RoBERTa counts positions from the padding token's number on: two are lost.
        return cls(
            model.eval(), tokenizer, labels, min(MAX_TOKENS, config.max_position_embeddings - 2)
        )

    def emotions_of(self, text: str) -> Emotions:
        """What PyTorch says of a sentence."""
        given = self.tokenizer(
            text, truncation=True, max_length=self.max_tokens, return_tensors="pt"
        )
        ids, mask = given["input_ids"], given["attention_mask"]  # of one sentence: no types
        with torch.no_grad():
            logits = self.model(input_ids=ids, attention_mask=mask).logits[0].numpy()
        return Emotions(log_odds(logits) if self.labels.exclusive else logits)


def shipped_scenes() -> Scenes:
    """The descriptions of scenes that MISO ships, without vectors."""
    return read_scenes(paths.catalog(SCENES))


def pack(
    classifier: Classifier,
    out: Path,
    *,
    int8: bool,
    name: str = EMOTIONS,
    source: str,
    scenes: Scenes | None = None,
    near: float = INT8,
) -> dict[str, Any]:
    """Write a bundle and return its figures.

    Parameters
    ----------
    classifier : Classifier
        What to export.
    out : Path
        The bundle's folder; one that is there is replaced, once the new one is good.
    int8 : bool
        Keep the weights in 8 bits: a quarter of the size, about twice as fast.
    name, source : str
        For the manifest: the bundle's name, and where the checkpoint is from.
    scenes : Scenes, optional
        To compare on, and to learn from; those that MISO ships by default.
    near : float
        What int8 must keep, see :data:`miso_desktop.export.emotion_agreement.INT8`.

    Raises
    ------
    Disagreement
        If the exported classifier says something else. Nothing is written then.
    """
    scenes = scenes or shipped_scenes()
    sentences = scenes.texts[:: max(1, len(scenes.texts) // COMPARED)]
    said = [classifier.emotions_of(text) for text in sentences]
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as work:
        exact, fast = Path(work, "fp32"), Path(work, "int8")
        _export(classifier, exact)
        facts = {"name": name, "source": source}
        figures: dict[str, Any] = {"sentences": len(sentences)}

        def compare(folder: Path) -> Fidelity:
            network = _described(classifier, folder, facts, {}, None)
            found = Fidelity.between(network, said, [network.emotions_of(t) for t in sentences])
            figures[folder.name] = found.figures()
            return found

        demand_exact(compare(exact))
        chosen = exact
        if int8:
            _quantise(exact, fast)
            demand_near(compare(fast), near)
            chosen = fast
        tables = _learn(_described(classifier, chosen, facts, {}, None), scenes, figures)
        figures["megabytes"] = round(sum(f.stat().st_size for f in chosen.iterdir()) / 1e6, 1)
        _described(classifier, chosen, facts, figures, tables)
        about = card(facts, classifier.labels, figures)
        (chosen / bundles.CARD).write_text(about, encoding="utf-8")
        if out.exists():
            out.rename(Path(work, "old"))
        chosen.rename(out)
    return figures


def _export(classifier: Classifier, folder: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the tracer, and of what optimum will do otherwise
        onnx_export_from_model(
            classifier.model, folder, task="text-classification", do_validation=False
        )
    _keep_only(folder, MODEL)
    tokenizer = classifier.tokenizer.backend_tokenizer
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.save(str(folder / TOKENIZER))


def _quantise(exact: Path, fast: Path) -> None:
    """Weights to 8 bits, each column with a scale of its own; what goes in is measured."""
    way = AutoQuantizationConfig.avx2(is_static=False, per_channel=True)
    quantiser = ORTQuantizer.from_pretrained(exact, file_name=MODEL)
    quantiser.quantize(quantization_config=way, save_dir=fast, file_suffix="")
    _keep_only(fast, MODEL)
    shutil.copyfile(exact / TOKENIZER, fast / TOKENIZER)


def _keep_only(folder: Path, name: str) -> None:
    """Delete what optimum writes beside the network."""
    for file in folder.iterdir():
        if file.name != name:
            file.unlink()


def _learn(network: EmotionNetwork, scenes: Scenes, figures: dict[str, Any]) -> Tables:
    said = heard(network, scenes)
    figures["scenes"] = {"count": len(scenes.texts), **out_of_fold(scenes, *said)}
    return Tables.fit(scenes, *said)


def _described(
    classifier: Classifier,
    folder: Path,
    facts: dict[str, str],
    figures: dict[str, Any],
    tables: Tables | None,
) -> EmotionNetwork:
    """Write the manifest, and open the bundle as the product does."""
    labels = classifier.labels
    if tables is None:  # not learned yet: no mood more than another
        flat = np.zeros(len(MOODS))
        tables = Tables(flat + 1, flat, np.zeros((len(labels.names), 2)), np.zeros(2))
    bundles.write_manifest(
        folder,
        name=facts["name"],
        role=EMOTIONS,
        version=VERSION,
        licence=LICENCE,
        sources=[facts["source"]],
        parameters={
            "max_tokens": classifier.max_tokens,
            "emotions": list(labels.names),
            "members": {mood.value: list(labels.members[mood]) for mood in MOODS},
            "activation": ACTIVATIONS[labels.exclusive],
            "thresholds": dict.fromkeys((mood.value for mood in MOODS), THRESHOLD),
            **tables.parameters(),
        },
        figures=figures,
    )
    return EmotionNetwork(bundles.load(folder))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 1 where the checkpoint is not fit, or the export disagrees with it."""
    parser = argparse.ArgumentParser(
        prog="python -m miso_desktop.export.bert", description=__doc__.splitlines()[0]
    )
    parser.add_argument("checkpoint", type=Path, help="folder in transformers' layout")
    parser.add_argument("--out", type=Path, required=True, help="the bundle's folder")
    parser.add_argument("--int8", action="store_true", help="weights in 8 bits")
    parser.add_argument("--name", default=EMOTIONS, help="the bundle's name")
    parser.add_argument("--source", help="where the checkpoint is from")
    args = parser.parse_args(arguments)
    logging.getLogger("optimum").setLevel(logging.ERROR)
    short = args.checkpoint.resolve().name
    try:
        figures = pack(
            Classifier.load(args.checkpoint, short),
            args.out,
            int8=args.int8,
            name=args.name,
            source=args.source or short,
        )
    except (Disagreement, MisoError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
