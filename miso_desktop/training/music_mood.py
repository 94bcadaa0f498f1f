"""Train the music tagger's ensemble, measure it, and write its bundle.

Run it with::

    python -m miso_desktop.training.music_mood --data DATA --out models_onnx/music_mood

where ``DATA/music`` holds ``labels.csv`` and the clips it names. The figures come from
cross-validation in which no artist is in two folds, repeated with five seeds; the model
that ships is then trained on every track.

References
----------
Panda, Malheiro and Paiva (2018), Novel audio features for music emotion recognition: the
data. Guo et al. (2017), On calibration of modern neural networks: the sharpness.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from miso_desktop import bundles
from miso_desktop.moods import MOODS
from miso_desktop.music import features
from miso_desktop.music.ensemble import BUNDLE, GRAPH, sharpen
from miso_desktop.training import evaluation, music_card
from miso_desktop.training.music_data import Tracks, measure, read_tracks
from miso_desktop.training.music_ensemble import (
    TRAINED_ON,
    VOTE,
    HeldOut,
    cross_validate,
    fit_plane,
    fit_vote,
    stacked,
    to_onnx,
)

VERSION = "1.0"
SEEDS = (0, 1, 2, 3, 4)
_SHARPNESSES = np.arange(0.5, 4.01, 0.05)
_ONNX_TOLERANCE = 1e-4


def figures(tracks: Tracks, runs: Sequence[HeldOut]) -> dict[str, Any]:
    """Everything that the card prints.

    Parameters
    ----------
    tracks : Tracks
        With their true moods.
    runs : sequence of HeldOut
        One for each seed.
    """
    names = [mood.value for mood in MOODS]
    tables = {name: [_table(tracks, run, name) for run in runs] for name in runs[0].moods}
    strict = [_table(tracks, run, VOTE, tracks.strict) for run in runs]
    total = np.sum(tables[VOTE], axis=0)
    sharpness = fit_sharpness(tracks, runs)
    return {
        "tracks": int(tracks.labelled.sum()),
        "seeds": len(runs),
        **{name: _spread(table) for name, table in tables.items()},
        "strict": _spread(strict),
        "f1": dict(zip(names, evaluation.f1_scores(total).round(3).tolist(), strict=True)),
        "confusion": tables[VOTE][0].tolist(),
        "quadrant_accuracy": round(float(np.mean([_quadrants(tracks, r) for r in runs])), 4),
        "sharpness": round(sharpness, 2),
        "log_loss": {
            "as voted": round(_log_loss(tracks, runs, 1.0), 4),
            "sharpened": round(_log_loss(tracks, runs, sharpness), 4),
        },
    }


def fit_sharpness(tracks: Tracks, runs: Sequence[HeldOut]) -> float:
    """Power of the probabilities with the least log loss on held-out tracks."""
    losses = [_log_loss(tracks, runs, power) for power in _SHARPNESSES]
    return float(_SHARPNESSES[int(np.argmin(losses))])


def train(tracks: Tracks, measured: dict[str, Any], seed: int = 0) -> bytes:
    """Train on every track, and check that ONNX Runtime gives what scikit-learn gave.

    Raises
    ------
    RuntimeError
        If a probability differs by more than 1e-4.
    """
    import onnxruntime

    keep, everything = tracks.labelled, np.ones(len(tracks.moods), bool)
    vote = fit_vote(stacked(measured, keep), np.tile(tracks.moods[keep], len(TRAINED_ON)), seed)
    targets = np.tile(tracks.plane, (len(TRAINED_ON), 1))
    plane = fit_plane(stacked(measured, everything), targets, seed)
    graph: bytes = to_onnx(vote, plane).SerializeToString()
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    X = stacked(measured, everything)
    answers = session.run(None, {session.get_inputs()[0].name: X})
    for answer, expected in zip(answers, (vote.predict_proba(X), plane.predict(X)), strict=True):
        apart = float(np.abs(answer - expected).max())
        if apart > _ONNX_TOLERANCE:
            raise RuntimeError(f"the ONNX graph differs from scikit-learn by {apart}")
    return graph


def write_bundle(folder: Path, graph: bytes, measured_figures: dict[str, Any]) -> None:
    """Write the graph, the card and the manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / GRAPH).write_bytes(graph)
    (folder / "CARD.md").write_text(music_card.card(measured_figures), encoding="utf-8")
    bundles.write_manifest(
        folder,
        name=BUNDLE,
        version=VERSION,
        licence=music_card.LICENCE,
        sources=list(music_card.SOURCES),
        parameters={
            "features": list(features.NAMES),
            "moods": [mood.value for mood in MOODS],
            "sharpness": measured_figures["sharpness"],
        },
        figures=measured_figures,
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, cross-validate, train, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds music/")
    parser.add_argument("--out", type=Path, required=True, help="the bundle's folder")
    parser.add_argument(
        "--work", type=Path, default=Path("build/music_mood"), help="keeps measured frames"
    )
    parser.add_argument("--jobs", type=int, default=1, help="seeds validated side by side")
    options = parser.parse_args(arguments)
    tracks = read_tracks(options.data / "music")
    measured = measure(tracks, options.work)
    with ProcessPoolExecutor(options.jobs) as pool:
        runs = list(pool.map(cross_validate, repeat(tracks), repeat(measured), SEEDS))
    found = figures(tracks, runs)
    write_bundle(options.out, train(tracks, measured), found)
    print(json.dumps(found, indent=1))


def _table(
    tracks: Tracks, run: HeldOut, model: str, subset: NDArray[np.bool_] | None = None
) -> NDArray[np.int64]:
    keep = tracks.labelled if subset is None else tracks.labelled & subset
    guesses = run.moods[model][keep].argmax(axis=1)
    return evaluation.confusion(tracks.moods[keep], guesses, len(MOODS))


def _spread(tables: Sequence[NDArray[np.int64]]) -> dict[str, float]:
    """Mean and standard deviation of accuracy and macro-F1 over the seeds."""
    accuracies = [evaluation.accuracy(table) for table in tables]
    f1s = [evaluation.macro_f1(table) for table in tables]
    return {
        "accuracy": round(float(np.mean(accuracies)), 4),
        "accuracy_sd": round(float(np.std(accuracies)), 4),
        "macro_f1": round(float(np.mean(f1s)), 4),
        "macro_f1_sd": round(float(np.std(f1s)), 4),
    }


def _quadrants(tracks: Tracks, run: HeldOut) -> float:
    """Share of tracks whose valence and arousal both have the right sign."""
    return float(((run.plane > 0) == (tracks.plane > 0)).all(axis=1).mean())


def _log_loss(tracks: Tracks, runs: Sequence[HeldOut], sharpness: float) -> float:
    keep, losses = tracks.labelled, []
    for run in runs:
        right = sharpen(run.moods[VOTE][keep], sharpness)
        losses.append(-np.log(right[np.arange(len(right)), tracks.moods[keep]]).mean())
    return float(np.mean(losses))


if __name__ == "__main__":
    main()
