"""How well the shipped captioner describes photos that it never saw.

    python -m tests.benchmarks.captions --data DATA [--score PATH/score.py] [--work WORK]

The 80 photos of COCO and the 500 of Flickr that its training keeps out. Prints JSON:
CIDEr-D, distinct captions, processor time a photo and size. With ``--score``, captions are
also handed, in the form of ``miso read --json``, to that program. With ``--work``, where the
training has left ``looks.npz``, the copy of the nearest photo's caption is judged beside it.
Needs the extra ``[train]``.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from miso_desktop import bundles
from miso_desktop.photos import CAPTIONER, load_photo
from miso_desktop.photos.captioner import Captioner
from miso_desktop.training import captioner_evaluation as judge
from miso_desktop.training.captioner_data import Split, split
from miso_desktop.training.photo_data import CaptionedPhotos, read_captioned

SEED = 2024
"""Of the split, as in the training."""


def main() -> None:
    """Describe, measure, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="holds photos/")
    parser.add_argument("--score", type=Path, help="a program that scores captions")
    parser.add_argument("--work", type=Path, help="the training's folder, for the baseline")
    args = parser.parse_args()
    photos = read_captioned(args.data / "photos")
    parts = split(photos, SEED)
    bundle = bundles.require(CAPTIONER)
    captioner = Captioner(bundle)
    report: dict[str, Any] = {
        "bundle": " ".join(bundle.used),
        "megabytes": round(sum(f.stat().st_size for f in bundle.folder.iterdir()) / 1e6, 1),
    }
    for name, which in (("coco", parts.coco), ("flickr", parts.flickr)):
        said, spent = [], []
        for photo in which:
            began = time.process_time()
            said.append(captioner.caption(load_photo(photos.paths[photo])).text)
            spent.append(time.process_time() - began)
        report[name] = {
            **judged(said, photos, which, args.score),
            "seconds": round(float(np.median(spent)), 3),
        }
    if args.work:
        report["nearest"] = nearest(photos, parts, args.work, args.score)
    print(json.dumps(report, indent=1))


def judged(
    said: list[str], photos: CaptionedPhotos, which: Any, program: Path | None
) -> dict[str, Any]:
    """CIDEr-D and what the scorer says."""
    references = [photos.captions[photo] for photo in which]
    found: dict[str, Any] = {
        "cider_d": round(judge.cider(said, references), 4),
        "distinct": len(set(said)),
    }
    if program:
        with tempfile.TemporaryDirectory() as work:
            labels, predictions = Path(work, "labels.csv"), Path(work, "pred.jsonl")
            with labels.open("w", encoding="utf-8", newline="") as file:
                table = csv.writer(file)
                table.writerow(("file", "caption"))
                for photo, texts in zip(which, references, strict=True):
                    table.writerows((photos.paths[photo].name, text) for text in texts)
            rows = (
                json.dumps({"photo": photos.paths[photo].name, "caption": text})
                for photo, text in zip(which, said, strict=True)
            )
            predictions.write_text("\n".join(rows), encoding="utf-8")
            command = [sys.executable, str(program), "captions", "--labels", str(labels)]
            done = subprocess.run(
                [*command, "--pred", str(predictions)], capture_output=True, text=True, check=True
            )
            found["scorer"] = json.loads(done.stdout)
    return found


def nearest(
    photos: CaptionedPhotos, parts: Split, work: Path, program: Path | None
) -> dict[str, Any]:
    """The baseline: the first caption of the photo that the encoder finds most alike."""
    with np.load(work / "looks.npz") as looks:
        pooled = looks["features"][:, 0, -2560:-1280].astype(np.float32)
    way = judge.nearest_photo(photos, parts, pooled)
    return {
        name: judged([way(photo) for photo in which], photos, which, program)
        for name, which in (("coco", parts.coco), ("flickr", parts.flickr))
    }


if __name__ == "__main__":
    main()
