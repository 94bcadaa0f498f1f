"""Figures of the readers that look at photos, theme-grouped, beside the plain baseline.

    python -m tests.benchmarks.photo_mood --data DATA --work WORK [--score PATH/score.py]

Prints one JSON object and judges nothing. ``WORK`` keeps the encoder's features between
runs. With ``--score``, the out-of-fold predictions are also handed, in the form of
``miso read --json``, to that program, and its answers are printed beside ours.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np


def main() -> None:
    """Cross-validate in one run; time the shipped reader."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="holds photos/")
    parser.add_argument("--work", type=Path, required=True, help="folder for features")
    parser.add_argument("--score", type=Path, help="a program that scores predictions")
    parser.add_argument("--captioned", type=int, default=2500)
    parser.add_argument("--repeats", type=int, default=0)
    args = parser.parse_args()

    from miso_desktop.training import scene
    from miso_desktop.training.scene_evaluation import write_predictions

    material = scene.gather(args.data, args.work, args.captioned)
    figures, said, _ = scene.assess(material, args.repeats)
    report: dict[str, Any] = {"figures": figures, "cost": cost(material.rated.paths[:40])}
    for name, found in said.items():
        table = args.work / f"{name}.jsonl"
        write_predictions(table, material.rated.paths, {name: found})
        if args.score:
            labels = args.data / "photos" / "oasis" / "ratings.csv"
            report.setdefault("scorer", {})[name] = score(args.score, labels, table)
    print(json.dumps(report, indent=1))


def score(program: Path, labels: Path, predictions: Path) -> Any:
    """What the scorer prints."""
    command = [sys.executable, str(program), "photos", "--labels", str(labels)]
    done = subprocess.run(
        [*command, "--pred", str(predictions)], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def cost(photos: list[Path]) -> dict[str, float]:
    """Processor time of the shipped readers, in milliseconds a photo (median)."""
    from miso_desktop.photos.image import load_photo
    from miso_desktop.photos.light import LightReader
    from miso_desktop.photos.scene import SceneReader

    start = time.process_time()
    reader, light = SceneReader(), LightReader()
    spent: dict[str, list[float]] = {"load": [], "scene": [], "light": []}
    loading = time.process_time() - start
    for path in photos:
        marks = [time.process_time()]
        photo = load_photo(path, longest=1024)
        marks.append(time.process_time())
        reader.read(photo)
        marks.append(time.process_time())
        light.read(photo)
        marks.append(time.process_time())
        for name, seconds in zip(spent, np.diff(marks), strict=True):
            spent[name].append(float(seconds))
    medians = {name: round(1000 * float(np.median(s)), 1) for name, s in spent.items()}
    return {"open_bundle": round(1000 * loading, 1), **medians}


if __name__ == "__main__":
    main()
