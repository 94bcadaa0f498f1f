"""What the audio network's outputs are worth: trees that learn moods from each of them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesClassifier

from miso_desktop.audio import resample
from miso_desktop.moods import MOODS
from miso_desktop.music import decode, mel
from miso_desktop.music.network import AudioImpression, AudioNetwork
from miso_desktop.music.spectral import SAMPLE_RATE
from miso_desktop.training import evaluation
from miso_desktop.training.music_data import Floats, Tracks, read_tracks
from miso_desktop.training.music_ensemble import folds

SEEDS = (0, 1, 2)


def figures(folder: Path, network: AudioNetwork) -> dict[str, Any]:
    """Everything that the card prints of the labelled tracks.

    Parameters
    ----------
    folder : Path
        Holds ``labels.csv`` and the clips it names.
    network : AudioNetwork
        To be measured.
    """
    tracks = read_tracks(folder)
    heard, cpu_ms = _hear(tracks.files, network)
    names = network.names
    return {
        "tracks": int(tracks.labelled.sum()),
        "seeds": len(SEEDS),
        "cpu_ms": cpu_ms,
        "trees": {name: score(tracks, table) for name, table in tables(heard).items()},
        "tags": {
            mood.value: [names[i] for i in _telling(tracks, heard, index)]
            for index, mood in enumerate(MOODS)
        },
    }


def tables(heard: Sequence[AudioImpression]) -> dict[str, Floats]:
    """What trees may learn from, a row for each track."""
    mean = np.stack([one.embedding for one in heard])
    spread = np.stack([one.spread for one in heard])
    dense = np.stack([one.dense for one in heard])
    tags = np.stack([one.tags for one in heard])
    return {
        "embedding": mean,
        "embedding and spread": np.hstack([mean, spread]),
        "last hidden layer": dense,
        "tags": tags,
        "all of them": np.hstack([mean, spread, dense, tags]),
    }


def score(tracks: Tracks, table: Floats) -> dict[str, float]:
    """Extra trees on held-out artists: accuracy, macro-F1, and accuracy of the strict tracks."""
    n, keep = len(tracks.moods), tracks.labelled
    rows = []
    for seed in SEEDS:
        guesses = np.zeros(n, np.int64)
        for train, test in folds(tracks, seed):
            known = train & keep
            trees = ExtraTreesClassifier(
                200, min_samples_leaf=2, class_weight="balanced", random_state=seed
            )
            guesses[test] = trees.fit(table[known], tracks.moods[known]).predict(table[test])
        counts = evaluation.confusion(tracks.moods[keep], guesses[keep], len(MOODS))
        strict = keep & tracks.strict
        right = float((guesses[strict] == tracks.moods[strict]).mean())
        rows.append((evaluation.accuracy(counts), evaluation.macro_f1(counts), right))
    accuracy, macro_f1, strict_accuracy = np.mean(rows, axis=0).round(4).tolist()
    spread = round(float(np.std([row[0] for row in rows])), 4)
    return {
        "accuracy": accuracy,
        "accuracy_sd": spread,
        "macro_f1": macro_f1,
        "strict": strict_accuracy,
    }


def _hear(
    files: Sequence[Path], network: AudioNetwork
) -> tuple[list[AudioImpression], dict[str, float]]:
    """Listen to every file, and what a file costs: processor time in ms, the median."""
    heard, spent = [], []
    for path in files:
        samples = decode.read(path).samples
        times = [time.process_time()]
        resampled = resample(samples, SAMPLE_RATE, mel.SAMPLE_RATE)
        times.append(time.process_time())
        patches = mel.patches(resampled)
        times.append(time.process_time())
        heard.append(network.impression(patches))
        times.append(time.process_time())
        spent.append(np.diff(times))
    steps = ("resampling", "spectrogram", "network")
    medians = (1000 * np.median(spent, axis=0)).round(1).tolist()
    return heard, dict(zip(steps, medians, strict=True))


def _telling(
    tracks: Tracks, heard: Sequence[AudioImpression], mood: int, k: int = 4
) -> NDArray[np.int64]:
    """The tags that tell a mood's tracks from the others best, by their ranks (AUC)."""
    tags = np.stack([one.tags for one in heard])[tracks.labelled]
    ranks = tags.argsort(axis=0).argsort(axis=0)
    inside = tracks.moods[tracks.labelled] == mood
    return np.asarray(np.argsort(-ranks[inside].mean(axis=0))[:k])
