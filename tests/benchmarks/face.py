"""Figures of the face reader: expressions it names, photos it speaks up on, and its cost.

    python -m tests.benchmarks.face --data DATA [--votes FILE]

Expressions are judged on ``DATA/faces/fer2013_test`` (a folder of 48-pixel crops for each),
the votes on ``DATA/photos/oasis``. Nothing is trained, so nothing is held out. Prints one
JSON object and judges nothing. ``--votes`` writes every vote as a line of JSON.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from miso_desktop import bundles
from miso_desktop.moods import MOODS
from miso_desktop.photos.face import BUNDLE, FaceReader, SeenFace, certainty, judge
from miso_desktop.photos.face_expression import ExpressionReader
from miso_desktop.photos.image import load_photo
from miso_desktop.training import evaluation
from miso_desktop.training.votes import row_of
from miso_desktop.values import Silence, Vote

ANALYSED_PX = 1024
MOOD_NAMES = [mood.value for mood in MOODS]


@dataclass(frozen=True)
class Looked:
    """A rated photo and what the reader made of it; valence and arousal from -1 to 1."""

    row: dict[str, str]
    faces: tuple[SeenFace, ...]
    said: Vote | Silence
    ms: float

    @property
    def feeling(self) -> tuple[float, float]:
        return (float(self.row["valence"]) - 4) / 3, (float(self.row["arousal"]) - 4) / 3


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="holds faces/ and photos/")
    parser.add_argument("--votes", type=Path, help="write the votes here")
    args = parser.parse_args()
    seen = look(args.data / "photos" / "oasis")
    report = {
        "expressions": expressions(args.data / "faces" / "fer2013_test"),
        "photos": photos(seen),
    }
    if args.votes:
        write_votes(args.votes, seen)
    print(json.dumps(report))


def expressions(folder: Path) -> dict[str, Any]:
    """Accuracy, macro-F1 and confusion on crops of faces."""
    reader = ExpressionReader(bundles.require(BUNDLE))
    parameters = bundles.require(BUNDLE).parameters
    paths = sorted(path for path in folder.glob("*/*") if path.suffix in (".png", ".jpg"))
    truth = [reader.labels.index(path.parent.name) for path in paths]
    faces = [load_photo(path) for path in paths]
    grey, colour = (
        [face.resize((size, size), Image.Resampling.BILINEAR) for face in faces]
        for size in (parameters["grey_size"], parameters["colour_size"])
    )
    guess = reader.read_crops(grey, colour).argmax(1)
    table = evaluation.confusion(truth, guess, len(reader.labels))
    return {
        "images": len(paths),
        "accuracy": round(evaluation.accuracy(table), 4),
        "macro_f1": round(evaluation.macro_f1(table), 4),
        "labels": list(reader.labels),
        "confusion": table.tolist(),
    }


def look(folder: Path) -> list[Looked]:
    """Read every rated photo."""
    reader = FaceReader()
    with (folder / "ratings.csv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    seen = []
    for row in rows:
        image = load_photo(folder / "images" / row["file"], longest=ANALYSED_PX)
        started = time.process_time()
        faces = reader.look(image)
        said = judge(faces)
        seen.append(Looked(row, faces, said, (time.process_time() - started) * 1000))
    return seen


def photos(seen: list[Looked]) -> dict[str, Any]:
    """How often the reader votes, by what the photo shows; how right it is; what it costs."""
    voted = [one for one in seen if isinstance(one.said, Vote)]
    labelled = [one for one in voted if one.row["proposed_mood"]]
    table = evaluation.confusion(
        [MOOD_NAMES.index(one.row["proposed_mood"]) for one in labelled],
        [MOODS.index(one.said.mood) for one in labelled],
        len(MOODS),
    )
    feeling = np.array([one.feeling for one in voted])
    guess = np.array([[one.said.scores.valence, one.said.scores.arousal] for one in voted])
    times = np.array([one.ms for one in seen])
    return {
        "photos": dict(Counter(one.row["category"] for one in seen)),
        "voted": dict(Counter(one.row["category"] for one in voted)),
        "faces": sum(len(one.faces) for one in seen),
        "labelled": len(labelled),
        "accuracy": round(evaluation.accuracy(table), 4),
        "confusion": table.tolist(),
        "valence_r": round(float(np.corrcoef(guess[:, 0], feeling[:, 0])[0, 1]), 4),
        "arousal_r": round(float(np.corrcoef(guess[:, 1], feeling[:, 1])[0, 1]), 4),
        "cpu_ms": {
            "median": round(float(np.median(times)), 1),
            "p95": round(float(np.quantile(times, 0.95)), 1),
        },
    }


def write_votes(path: Path, seen: list[Looked]) -> None:
    """One line for each photo on which the reader votes."""
    with path.open("w", encoding="utf-8") as lines:
        for one in seen:
            if isinstance(one.said, Vote):
                record = {
                    "photo": one.row["file"],
                    "reader": "face",
                    **row_of(one.said.scores),
                    "certainty": round(certainty(one.faces), 4),
                    "reason": str(one.said.reason),
                }
                lines.write(json.dumps(record, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
