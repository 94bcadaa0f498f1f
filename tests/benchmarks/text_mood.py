"""Print what the shipped text model scores on GoEmotions, beside its fp32 original.

``python -m tests.benchmarks.text_mood --data DATA [--fp32 WORK/model.fp32.onnx]``
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from miso_desktop import bundles
from miso_desktop.photos.caption_mood import CaptionMood
from miso_desktop.training.text_bundle import evaluate, runner
from miso_desktop.training.text_network import (
    load_tokenizer,
    members_matrix,
    read_comments,
    read_emotions,
)

TIMED = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--fp32", type=Path)
    args = parser.parse_args()
    folder = args.data / "goemotions"
    emotions = read_emotions(folder)
    members = members_matrix(emotions)
    dev, test = (read_comments(folder / f"{n}.tsv", len(emotions)) for n in ("dev", "test"))
    bundle = bundles.require("text_mood")
    tokenizer = load_tokenizer(bundle.folder)
    models = {"int8": bundle.file("model.onnx")}
    if args.fp32:
        models["fp32"] = args.fp32
    figures: dict[str, object] = {
        name: evaluate(runner(path, tokenizer), dev, test, members) for name, path in models.items()
    }
    reader = CaptionMood()
    started = time.process_time()
    for text in test.texts[:TIMED]:
        reader.read(text)
    figures["cpu_ms_a_sentence"] = round((time.process_time() - started) / TIMED * 1000, 2)
    figures["megabytes"] = round(sum(p.stat().st_size for p in bundle.folder.iterdir()) / 1e6, 1)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
