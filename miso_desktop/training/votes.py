"""Votes of readers on rated photos, as lines of JSON: one writes them, the head learns of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from miso_desktop.moods import MoodScores

Row = dict[str, Any]


def row_of(scores: MoodScores) -> Row:
    """A vote, without its photo and reader."""
    return {
        "mood": scores.top.value,
        "scores": scores.as_dict(),
        "valence": round(scores.valence, 4),
        "arousal": round(scores.arousal, 4),
    }


def scores_of(
    moods: NDArray[np.floating[Any]], places: NDArray[np.floating[Any]]
) -> Iterator[MoodScores]:
    """Votes from rows of probabilities (n, 5), and of valence and arousal (n, 2)."""
    for row, (valence, arousal) in zip(moods, places, strict=True):
        yield MoodScores.of(row.tolist(), float(valence), float(arousal))


def write_votes(path: Path, said: Mapping[str, Iterable[tuple[Path, MoodScores]]]) -> None:
    """Write the photos on which each reader votes."""
    with path.open("w", encoding="utf-8") as lines:
        for reader, votes in said.items():
            for photo, scores in votes:
                row = {"photo": photo.name, "reader": reader, **row_of(scores)}
                lines.write(json.dumps(row, ensure_ascii=False) + "\n")


def read_votes(stored: Sequence[Path]) -> dict[tuple[str, str], Row]:
    """Votes by reader and name of the photo; a later file goes before an earlier one."""
    said: dict[tuple[str, str], Row] = {}
    for path in stored:
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            said[row["reader"], Path(row["photo"]).name] = row
    return said
