"""Kernel ridge regression: a track feels as tracks feel that sound like it.

It answers for moods and for valence and arousal at once. Trees cut the space of features
along its axes and forget what lies beside a cut; a kernel compares whole sounds, and the two
err on different tracks.

References
----------
Saunders, Gammerman and Vovk (1998), Ridge regression learning algorithm in dual variables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

MOOD_COLUMNS = slice(0, 5)
PLANE_COLUMNS = slice(5, 7)


@dataclass(frozen=True, eq=False)
class Kernel:
    """What was learned from some tracks.

    Attributes
    ----------
    mean, scale : numpy.ndarray, shape (d,)
        Of each feature, over the tracks.
    supports : numpy.ndarray, shape (n, d)
        The tracks, brought to mean 0 and deviation 1 and divided by the root of ``d``.
    weights : numpy.ndarray, shape (n, 7)
        Of the kernel's values, for the five moods, valence and arousal.
    offset : numpy.ndarray, shape (7,)
        The answer for what is like none of the tracks.
    width : float
        The kernel is exp(-width x squared distance).
    """

    mean: Floats
    scale: Floats
    supports: Floats
    weights: Floats
    offset: Floats
    width: float

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[np.generic]], width: float) -> Kernel:
        """Build from the arrays of a bundle.

        Raises
        ------
        KeyError, ValueError
            If they are not those of a kernel.
        """
        names = ("mean", "scale", "supports", "weights", "offset")
        found = {name: np.asarray(arrays[name], np.float32) for name in names}
        count, inputs = found["supports"].shape
        expected = {"mean": (inputs,), "scale": (inputs,), "weights": (count, 7), "offset": (7,)}
        for name, shape in expected.items():
            if found[name].shape != shape:
                raise ValueError(f"{name} has the shape {found[name].shape}, not {shape}")
        return cls(width=width, **found)

    def answers(self, vectors: Floats) -> Floats:
        """Seven numbers for each track; moods may lie a little outside of [0, 1].

        Parameters
        ----------
        vectors : numpy.ndarray, shape (m, d)
            What is known of each track, in the order of the training.

        Returns
        -------
        numpy.ndarray, shape (m, 7), float32
        """
        places = standardised(vectors, self.mean, self.scale)
        return likeness(places, self.supports, self.width, self._squares) @ self.weights + (
            self.offset
        )

    @cached_property
    def _squares(self) -> Floats:
        return np.asarray((self.supports**2).sum(axis=1))


def standardised(vectors: Floats, mean: Floats, scale: Floats) -> Floats:
    """Mean 0 and deviation 1, divided by the root of the number of features.

    What lies more than eight deviations off is an odd file, not a mood: it is cut there.
    """
    width = np.float32(vectors.shape[1] ** 0.5)
    return np.asarray(np.clip((vectors - mean) / scale, -8, 8) / width, np.float32)


def likeness(
    places: Floats, supports: Floats, width: float, squares: Floats | None = None
) -> Floats:
    """exp(-width x squared distance) between rows, shape (m, n)."""
    if squares is None:
        squares = (supports**2).sum(axis=1)
    distances = (places**2).sum(axis=1)[:, None] + squares - 2 * places @ supports.T
    return np.asarray(np.exp(-width * np.maximum(distances, 0)), np.float32)
