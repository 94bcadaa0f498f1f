"""Teach the kernel regression that votes beside the trees.

Its targets are softer than one mood a track. What listeners called the track counts too:
each word stands for the moods of the training tracks that bear it, so a sad track that is
also *theatrical* is a little dramatic. Tracks that have words but none of the five moods can
teach as well.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from miso_desktop.moods import MOODS
from miso_desktop.music.kernel import Kernel, likeness, standardised
from miso_desktop.training.music_data import TRAINED_ON, Floats, Tracks, stacked

WIDTH = 0.5
"""The kernel of two tracks that differ by one deviation in every feature is exp(-1/2)."""
RIDGE = 2.0
SOFTNESS = 0.3
"""Share of the words in the target of a track that has a mood."""
UNLABELLED_WEIGHT = 0.5
_RAREST = 5
"""Tracks that must bear a word before it says anything."""


def targets(tracks: Tracks, train: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """What the kernel learns of each track.

    Parameters
    ----------
    tracks : Tracks
        With their moods, places and words.
    train : numpy.ndarray, shape (n,), bool
        Whose moods may be looked at.

    Returns
    -------
    targets : numpy.ndarray, shape (n, 7)
        Five moods, valence, arousal; of use for the tracks of ``train`` alone.
    weights : numpy.ndarray, shape (n,)
        Every mood weighs the same.
    """
    known = train & tracks.labelled
    moods = np.zeros((len(train), len(MOODS)), np.float32)
    moods[known, tracks.moods[known]] = 1
    usual = moods[known].mean(axis=0)
    said = _by_words(tracks, moods, known, usual)
    soft = np.where(known[:, None], (1 - SOFTNESS) * moods + SOFTNESS * said, said)
    balance = 1 / (len(MOODS) * np.maximum(usual, 1e-3))
    weights = np.where(known, moods @ balance, UNLABELLED_WEIGHT * (said @ balance))
    return np.hstack([soft, tracks.plane]).astype(np.float32), weights.astype(np.float32)


def _by_words(
    tracks: Tracks, moods: Floats, known: NDArray[np.bool_], usual: Floats
) -> NDArray[np.float64]:
    """Mean over a track's words of the moods that they go with; the usual ones without any."""
    counts = Counter(word for words in tracks.words for word in words)
    index = {word: i for i, (word, n) in enumerate(counts.items()) if n >= _RAREST}
    places = {word: i for i, word in enumerate(index)}
    bears = np.zeros((len(known), len(places)))
    for row, words in enumerate(tracks.words):
        bears[row, [places[word] for word in words if word in places]] = 1
    go_with = bears[known].T @ moods[known] + 0.5 * usual
    go_with /= go_with.sum(axis=1, keepdims=True)
    spoken = bears.sum(axis=1, keepdims=True)
    return np.where(spoken > 0, bears @ go_with / np.maximum(spoken, 1), usual)


def teach(
    tracks: Tracks, measured: dict[str, Floats], train: NDArray[np.bool_], inputs: slice
) -> Kernel:
    """Learn from some of the tracks in every dress; a track weighs no more for its dresses."""
    wanted, weights = targets(tracks, train)
    dresses = len(TRAINED_ON)
    return fit(
        stacked(measured, train, inputs),
        np.concatenate([wanted[train]] * dresses),
        np.concatenate([weights[train] / dresses] * dresses),
    )


def fit(vectors: Floats, wanted: Floats, weights: Floats) -> Kernel:
    """Kernel ridge regression, in which a track's error counts by its weight.

    Parameters
    ----------
    vectors : numpy.ndarray, shape (n, d)
        What is known of each track.
    wanted : numpy.ndarray, shape (n, 7)
        From :func:`targets`.
    weights : numpy.ndarray, shape (n,)
        More than 0.
    """
    mean, scale = vectors.mean(axis=0), vectors.std(axis=0) + 1e-6
    supports = standardised(vectors, mean, scale)
    offset = np.average(wanted, axis=0, weights=weights)
    # Double precision: supports that are remasters of one track lie close together.
    gram = likeness(supports, supports, WIDTH).astype(np.float64)
    found = np.linalg.solve(gram + np.diag(RIDGE / weights), wanted - offset)
    return Kernel(mean, scale, supports, found.astype(np.float32), offset.astype(np.float32), WIDTH)
