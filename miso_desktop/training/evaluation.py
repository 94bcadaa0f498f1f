"""Figures for cards: accuracy, macro-F1, log loss, correlations, confusion tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from miso_desktop.moods import MOODS

Array = NDArray[np.floating[Any]]
Marks = NDArray[np.bool_]
Told = tuple[Array, Array]
"""Mood probabilities (n, 5); valence and arousal (n, 2)."""

_LEAST = 1e-9
"""Added to a probability, so that one of 0 does not make a log loss infinite."""


def confusion(truth: ArrayLike, guess: ArrayLike, classes: int) -> NDArray[np.int64]:
    """Count (true class, guessed class) pairs, shape (classes, classes)."""
    table = np.zeros((classes, classes), np.int64)
    np.add.at(table, (np.asarray(truth), np.asarray(guess)), 1)
    return table


def accuracy(table: NDArray[np.int64]) -> float:
    """Share on the diagonal of a confusion table."""
    return float(np.trace(table) / max(1, table.sum()))


def f1_scores(table: NDArray[np.int64]) -> NDArray[np.float64]:
    """F1 of each class; 0 for one that neither occurs nor is guessed."""
    return np.asarray(
        2 * np.diag(table) / np.maximum(1, table.sum(axis=0) + table.sum(axis=1)), np.float64
    )


def macro_f1(table: NDArray[np.int64]) -> float:
    """Mean F1 of the classes."""
    return float(f1_scores(table).mean())


def figures(
    moods: Array,
    places: Array,
    true_moods: NDArray[np.int64],
    true_places: Array,
) -> dict[str, Any]:
    """How good a reader is, as manifests hold it.

    Parameters
    ----------
    moods : numpy.ndarray, shape (n, 5)
        Probabilities that it gives.
    places : numpy.ndarray, shape (n, 2)
        Valence and arousal that it gives.
    true_moods : numpy.ndarray, shape (n,), int
        -1 where none is known; those count for valence and arousal alone.
    true_places : numpy.ndarray, shape (n, 2)
        Rated valence and arousal.
    """
    known = np.flatnonzero(true_moods >= 0)
    truth = true_moods[known]
    table = confusion(truth, moods[known].argmax(1), len(MOODS))
    return {
        "accuracy": round(accuracy(table), 4),
        "macro_f1": round(macro_f1(table), 4),
        "log_loss": round(float(-np.log(moods[known, truth] + _LEAST).mean()), 4),
        "valence_r": _correlation(places[:, 0], true_places[:, 0]),
        "arousal_r": _correlation(places[:, 1], true_places[:, 1]),
        "confusion": table.tolist(),
    }


def _correlation(one: NDArray[Any], other: NDArray[Any]) -> float:
    return round(float(np.corrcoef(one, other)[0, 1]), 4)


def markdown_row(title: str, found: Mapping[str, Any]) -> str:
    """:func:`figures` but for the confusion table, as a row of a table in Markdown."""
    names = ("accuracy", "macro_f1", "log_loss", "valence_r", "arousal_r")
    return f"| {title} | {' | '.join(f'{found[name]:.3f}' for name in names)} |"


def theme_folds(themes: Sequence[str], folds: int) -> NDArray[np.int64]:
    """A fold for each photo, by lot (always the same); photos of one theme stay together."""
    names = sorted(set(themes))
    lot = np.random.default_rng(0).permutation(len(names)) % folds
    fold_of_theme = dict(zip(names, lot, strict=True))
    return np.array([fold_of_theme[theme] for theme in themes])


def out_of_fold(folds: NDArray[np.int64], tell: Callable[[Marks, Marks], Told]) -> Told:
    """What is told of every photo by what has not seen its fold.

    Parameters
    ----------
    folds : numpy.ndarray, shape (n,), int
        Fold of each photo.
    tell : callable
        Given which photos to learn from and which to tell of, both of shape (n,), tells
        of the latter.
    """
    moods, places = np.zeros((len(folds), len(MOODS))), np.zeros((len(folds), 2))
    for fold in np.unique(folds):
        test = folds == fold
        moods[test], places[test] = tell(~test, test)
    return moods, places


def markdown(table: NDArray[np.int64], names: Sequence[str]) -> str:
    """A confusion table as Markdown: a row for each true class, with its F1."""
    lines = [
        f"| true \\ guessed | {' | '.join(names)} | F1 |",
        f"|---|{'---:|' * (len(names) + 1)}",
    ]
    for name, row, f1 in zip(names, table, f1_scores(table), strict=True):
        lines.append(f"| {name} | {' | '.join(map(str, row))} | {f1:.2f} |")
    return "\n".join(lines)


def mood_table(found: Mapping[str, Any]) -> str:
    """The confusion table of :func:`figures`, as Markdown."""
    return markdown(np.array(found["confusion"]), [mood.value for mood in MOODS])
