"""Figures for cards: accuracy, macro-F1, confusion tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray


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


def theme_folds(themes: Sequence[str], folds: int) -> NDArray[np.int64]:
    """A fold for each photo, by lot (always the same); photos of one theme stay together."""
    names = sorted(set(themes))
    lot = np.random.default_rng(0).permutation(len(names)) % folds
    fold_of_theme = dict(zip(names, lot, strict=True))
    return np.array([fold_of_theme[theme] for theme in themes])


def markdown(table: NDArray[np.int64], names: Sequence[str]) -> str:
    """A confusion table as Markdown: a row for each true class, with its F1."""
    lines = [
        f"| true \\ guessed | {' | '.join(names)} | F1 |",
        f"|---|{'---:|' * (len(names) + 1)}",
    ]
    for name, row, f1 in zip(names, table, f1_scores(table), strict=True):
        lines.append(f"| {name} | {' | '.join(map(str, row))} | {f1:.2f} |")
    return "\n".join(lines)
