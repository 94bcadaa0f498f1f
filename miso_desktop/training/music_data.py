"""The labelled tracks and their features, measured once and kept in a work folder."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from miso_desktop.atomic import replacing
from miso_desktop.moods import MOODS
from miso_desktop.music import decode
from miso_desktop.music.network import AudioNetwork
from miso_desktop.music.tagger import describe
from miso_desktop.training.music_augment import remaster, stranger

Floats = NDArray[np.float32]
Dressing = Callable[[Floats, np.random.Generator], Floats]

PLAIN, STRANGER = "plain", "stranger"
REMASTERS = ("remaster_0", "remaster_1")
DRESSES: dict[str, tuple[Dressing, int]] = {
    PLAIN: (lambda samples, _: samples, 0),
    REMASTERS[0]: (remaster, 0),
    REMASTERS[1]: (remaster, 1),
    STRANGER: (stranger, 99),
}
"""Name of each form of a track that is measured: how it is made, and its seed."""
TRAINED_ON = (PLAIN, *REMASTERS)

_QUADRANTS = {"Q1": (1.0, 1.0), "Q2": (-1.0, 1.0), "Q3": (-1.0, -1.0), "Q4": (1.0, -1.0)}
"""Signs of valence and arousal."""
UNLABELLED = -1


@dataclass(frozen=True)
class Tracks:
    """The rows of ``labels.csv``.

    Attributes
    ----------
    files : tuple of Path
    moods : numpy.ndarray, shape (n,), int
        Index in :data:`~miso_desktop.moods.MOODS`, or -1 where no mood fits.
    plane : numpy.ndarray, shape (n, 2), float32
        Signs of valence and arousal, from the quadrant.
    strict : numpy.ndarray, shape (n,), bool
        Two or more mood words agree.
    artists : numpy.ndarray, shape (n,), str
        Tracks of one artist never fall into different parts of a split.
    words : tuple of tuple of str
        What listeners called each track; the moods were made from some of them.
    """

    files: tuple[Path, ...]
    moods: NDArray[np.int64]
    plane: Floats
    strict: NDArray[np.bool_]
    artists: NDArray[np.str_]
    words: tuple[tuple[str, ...], ...]

    @property
    def labelled(self) -> NDArray[np.bool_]:
        """Which tracks have one of the five moods."""
        return np.asarray(self.moods != UNLABELLED)

    @property
    def strata(self) -> NDArray[np.int64]:
        """The mood, or where there is none the quadrant: what folds are balanced by."""
        quadrant = (self.plane[:, 0] > 0) * 2 + (self.plane[:, 1] > 0)
        return np.where(self.labelled, self.moods, len(MOODS) + quadrant)


def read_tracks(folder: Path) -> Tracks:
    """Read ``labels.csv`` of a folder."""
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    names = [mood.value for mood in MOODS]
    return Tracks(
        files=tuple(folder / row["file"] for row in rows),
        moods=np.array(
            [names.index(row["mood"]) if row["mood"] else UNLABELLED for row in rows], np.int64
        ),
        plane=np.array([_QUADRANTS[row["quadrant"]] for row in rows], np.float32),
        strict=np.array([row["strict"] == "1" for row in rows]),
        artists=np.array([row["artist_group"] for row in rows]),
        words=tuple(
            tuple(word.strip() for word in row["mood_words"].split(";") if word.strip())
            for row in rows
        ),
    )


def measure(tracks: Tracks, work: Path, network: AudioNetwork) -> dict[str, Floats]:
    """What the ensemble reads of every track in every dress.

    Parameters
    ----------
    tracks : Tracks
        From :func:`read_tracks`.
    work : Path
        Keeps what was measured, a small file for each track, so that a second run is quick.
    network : AudioNetwork
        Listens to every track too.

    Returns
    -------
    dict of str to numpy.ndarray, shape (n, 357)
        By the names of :data:`DRESSES`.
    """
    work.mkdir(parents=True, exist_ok=True)
    found: dict[str, list[Floats]] = {name: [] for name in DRESSES}
    for index, path in enumerate(tracks.files):
        for name, vector in _measured(path, index, work, network).items():
            found[name].append(vector)
        if index % 100 == 99:
            print(f"measured {index + 1} of {len(tracks.files)}", file=sys.stderr, flush=True)
    return {name: np.stack(vectors) for name, vectors in found.items()}


def _measured(path: Path, index: int, work: Path, network: AudioNetwork) -> dict[str, Floats]:
    kept = work / f"{path.stem}.npz"
    if not kept.exists():
        samples = decode.read(path).samples
        vectors = {
            name: describe(dress(samples, np.random.default_rng([index, seed])), network)
            for name, (dress, seed) in DRESSES.items()
        }
        with replacing(kept) as unfinished, unfinished.open("wb") as file:
            np.savez(file, allow_pickle=False, **vectors)
    with np.load(kept) as stored:
        return {name: stored[name] for name in DRESSES}


def stacked(measured: dict[str, Floats], keep: NDArray[np.bool_], inputs: slice) -> Floats:
    """The kept tracks in every dress that is trained on, one dress after the other."""
    return np.concatenate([measured[name][keep, inputs] for name in TRAINED_ON])
