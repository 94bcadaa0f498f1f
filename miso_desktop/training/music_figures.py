"""What the music card prints of the tracks that were held out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from miso_desktop.moods import MOODS
from miso_desktop.music import features
from miso_desktop.music.ensemble import HEARD, UNHEARD, sharpen, vote
from miso_desktop.music.kernel import MOOD_COLUMNS
from miso_desktop.training import evaluation
from miso_desktop.training.music_data import PLAIN, TRAINED_ON, Floats, Tracks, stacked
from miso_desktop.training.music_ensemble import (
    ENSEMBLES,
    KERNEL_SHARES,
    VOTE,
    HeldOut,
    extra_trees,
    folds,
)
from miso_desktop.training.music_kernel import teach

VOTES = {HEARD: VOTE, UNHEARD: f"{UNHEARD}: {VOTE}"}
"""Under which name the vote of each ensemble is kept."""

CNN = "cnn.json"
"""In the work folder, where ``miso_desktop.training.music_cnn`` leaves its figures."""

ABLATION_SEEDS = (0, 1, 2)
_SHARPNESSES = np.arange(0.5, 4.01, 0.05)


def figures(tracks: Tracks, runs: Sequence[HeldOut]) -> dict[str, Any]:
    """Everything that the card prints, but for the ablation.

    Parameters
    ----------
    tracks : Tracks
        With their true moods.
    runs : sequence of HeldOut
        One for each seed.
    """
    names = [mood.value for mood in MOODS]
    tables = {name: [_table(tracks, run, name) for run in runs] for name in runs[0].moods}
    total = np.sum(tables[VOTE], axis=0)
    sharpness = {name: fit_sharpness(tracks, runs, key) for name, key in VOTES.items()}
    return {
        "tracks": int(tracks.labelled.sum()),
        "seeds": len(runs),
        **{name: spread(table) for name, table in tables.items()},
        **{
            _strictly(name): spread([_table(tracks, run, key, tracks.strict) for run in runs])
            for name, key in VOTES.items()
        },
        "f1": dict(zip(names, evaluation.f1_scores(total).round(3).tolist(), strict=True)),
        "confusion": tables[VOTE][0].tolist(),
        "quadrant_accuracy": {
            name: round(float(np.mean([_quadrants(tracks, run, name) for run in runs])), 4)
            for name in ENSEMBLES
        },
        "sharpness": {name: round(power, 2) for name, power in sharpness.items()},
        "log_loss": {
            "as voted": round(log_loss(tracks, runs, VOTE, 1.0), 4),
            "sharpened": round(log_loss(tracks, runs, VOTE, sharpness[HEARD]), 4),
        },
    }


def fit_sharpness(tracks: Tracks, runs: Sequence[HeldOut], model: str) -> float:
    """Power of the probabilities with the least log loss on held-out tracks."""
    losses = [log_loss(tracks, runs, model, power) for power in _SHARPNESSES]
    return float(_SHARPNESSES[int(np.argmin(losses))])


def log_loss(tracks: Tracks, runs: Sequence[HeldOut], model: str, sharpness: float) -> float:
    """Mean over seeds and tracks of the true mood's negative log-probability."""
    keep, losses = tracks.labelled, []
    for run in runs:
        right = sharpen(run.moods[model][keep], sharpness)
        losses.append(-np.log(right[np.arange(len(right)), tracks.moods[keep]]).mean())
    return float(np.mean(losses))


def ablate(tracks: Tracks, measured: dict[str, Floats]) -> dict[str, dict[str, float]]:
    """What each family of features is worth: kernel and extra trees on some of the columns."""
    ends = np.cumsum([0, *(len(names) for names in features.FAMILIES.values())])
    family = {
        name: np.arange(a, b)
        for name, a, b in zip(features.FAMILIES, ends[:-1], ends[1:], strict=True)
    }
    heard = np.arange(ends[-1], measured[PLAIN].shape[1])
    subsets = {
        "spectral": [family["spectral"]],
        "spectral, acoustic": [family["spectral"], family["acoustic"]],
        "spectral, acoustic, structural": [
            family["spectral"], family["acoustic"], family["structural"],
        ],
        "all features": list(family.values()),
        "network": [heard],
        "spectral, network": [family["spectral"], heard],
        "all features, network": [*family.values(), heard],
    }  # fmt: skip
    found = {}
    for name, parts in subsets.items():
        columns = np.concatenate(parts)
        some = {dress: table[:, columns] for dress, table in measured.items()}
        share = KERNEL_SHARES[HEARD if heard[-1] in columns else UNHEARD]
        found[name] = spread([_ablated(tracks, some, share, seed) for seed in ABLATION_SEEDS])
    return found


def _ablated(
    tracks: Tracks, measured: dict[str, Floats], share: float, seed: int
) -> NDArray[np.int64]:
    guesses = np.zeros(len(tracks.moods), np.int64)
    everything = slice(None)
    for train, test in folds(tracks, seed):
        keep = train & tracks.labelled
        trees = extra_trees(seed, balanced=True).fit(
            stacked(measured, keep, everything), np.tile(tracks.moods[keep], len(TRAINED_ON))
        )
        kernel = teach(tracks, measured, train, everything)
        seen = measured[PLAIN][test]
        answers = kernel.answers(seen)[:, MOOD_COLUMNS]
        guesses[test] = vote(trees.predict_proba(seen), answers, share).argmax(axis=1)
    keep = tracks.labelled
    return evaluation.confusion(tracks.moods[keep], guesses[keep], len(MOODS))


def spread(tables: Sequence[NDArray[np.int64]]) -> dict[str, float]:
    """Mean and standard deviation of accuracy and macro-F1 over the seeds."""
    accuracies = [evaluation.accuracy(table) for table in tables]
    f1s = [evaluation.macro_f1(table) for table in tables]
    return {
        "accuracy": round(float(np.mean(accuracies)), 4),
        "accuracy_sd": round(float(np.std(accuracies)), 4),
        "macro_f1": round(float(np.mean(f1s)), 4),
        "macro_f1_sd": round(float(np.std(f1s)), 4),
    }


def _table(
    tracks: Tracks, run: HeldOut, model: str, subset: NDArray[np.bool_] | None = None
) -> NDArray[np.int64]:
    keep = tracks.labelled if subset is None else tracks.labelled & subset
    guesses = run.moods[model][keep].argmax(axis=1)
    return evaluation.confusion(tracks.moods[keep], guesses, len(MOODS))


def _strictly(name: str) -> str:
    return "strict" if name == HEARD else f"{name}: strict"


def _quadrants(tracks: Tracks, run: HeldOut, name: str) -> float:
    """Share of tracks whose valence and arousal both have the right sign."""
    return float(((run.plane[name] > 0) == (tracks.plane > 0)).all(axis=1).mean())
