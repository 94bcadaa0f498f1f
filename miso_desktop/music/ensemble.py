"""From what is known of a track's sound to its mood: a vote of trees and a kernel.

Gradient boosting, extra trees and a random forest vote on the five moods with their
probabilities, and more extra trees place the track on the plane of valence and arousal. The
trees lie in one ONNX graph, so that a track costs one call. A kernel regression votes beside
them. A bundle holds two such ensembles: one for tracks that the audio network has heard, and
one for the features alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from miso_desktop.bundles import UNFIT, Bundle
from miso_desktop.errors import BundleError
from miso_desktop.moods import MOODS, MoodScores
from miso_desktop.music import features
from miso_desktop.music.kernel import MOOD_COLUMNS, PLANE_COLUMNS, Kernel
from miso_desktop.phrases import phrase

BUNDLE = "music_mood"
HEARD, UNHEARD = "heard", "unheard"
"""The two ensembles: with what the audio network heard, and without."""

INPUT, PROBABILITIES, PLANE = "features", "probabilities", "plane"

_SMALLEST = 1e-6

Doubles = NDArray[np.float64]


class Ensemble:
    """The trained models.

    Parameters
    ----------
    bundle : Bundle
        Verified; its parameters name the features in order, the moods in order, and for
        each ensemble the network it was taught with, the kernel's width and part of the vote,
        and the sharpness that was fitted to held-out tracks.
    network : tuple of str, optional
        Name and version of the audio network whose vectors follow the features; None: there
        is none.

    Raises
    ------
    BundleError
        If the bundle was trained for other features, moods or another network, or cannot be
        loaded.
    """

    def __init__(self, bundle: Bundle, network: tuple[str, str] | None = None) -> None:
        name = UNHEARD if network is None else HEARD
        expected = {"features": list(features.NAMES), "moods": [mood.value for mood in MOODS]}
        try:
            known: Any = bundle.parameters["ensembles"][name]
            fits = all(bundle.parameters.get(key) == value for key, value in expected.items())
            fits = fits and (network is None or known["network"] == list(network))
            self._sharpness, self._share = float(known["sharpness"]), float(known["kernel_share"])
            width = float(known["width"])
        except UNFIT:
            fits = False
        if not fits:
            raise BundleError(
                phrase(
                    "The model in {folder} was made for another version of MISO. "
                    "Delete that folder to use the one that came with this version.",
                    folder=str(bundle.folder),
                ),
                bundle.folder,
            )
        self._trees = bundle.session(f"{name}.onnx")
        with bundle.reading(f"{name}.npz"):
            self._kernel = Kernel.of(bundle.arrays(f"{name}.npz"), width)

    def scores(self, vector: NDArray[np.float32]) -> MoodScores:
        """The mood of one track.

        Parameters
        ----------
        vector : numpy.ndarray, shape (107,) or (357,), float32
            From :func:`miso_desktop.music.features.vector`; where there is a network, its
            :attr:`~miso_desktop.music.network.AudioImpression.vector` follows.
        """
        row = vector[None].astype(np.float32)
        trees = self._trees.run([PROBABILITIES, PLANE], {INPUT: row})
        answers = self._kernel.answers(row)
        moods = vote(trees[0], answers[:, MOOD_COLUMNS], self._share)
        plane = place(trees[1], answers[:, PLANE_COLUMNS], self._share)
        valence, arousal = plane[0].tolist()
        return MoodScores.of(sharpen(moods, self._sharpness)[0].tolist(), valence, arousal)


def vote(trees: NDArray[np.floating], kernel: NDArray[np.floating], share: float) -> Doubles:
    """Join the trees' probabilities with the kernel's answers, both of shape (n, 5).

    ``share`` is the kernel's part; the trees have the rest.
    """
    answers = np.maximum(kernel.astype(np.float64), _SMALLEST)
    answers /= answers.sum(axis=1, keepdims=True)
    return np.asarray((1 - share) * trees + share * answers, np.float64)


def place(trees: NDArray[np.floating], kernel: NDArray[np.floating], share: float) -> Doubles:
    """Join two opinions on valence and arousal, both of shape (n, 2); see :func:`vote`."""
    return np.asarray(np.clip((1 - share) * trees + share * kernel, -1, 1), np.float64)


def sharpen(probabilities: NDArray[np.floating], sharpness: float) -> Doubles:
    """Temper probabilities by a power.

    A vote hedges: its mean is flatter than the tracks deserve. The power is fitted to
    held-out tracks (temperature scaling; Guo et al. 2017) and never changes which mood comes
    first.

    Parameters
    ----------
    probabilities : numpy.ndarray, shape (n, 5)
        Rows sum to 1.
    sharpness : float
        1 leaves them as they are; more makes them bolder.

    Returns
    -------
    numpy.ndarray, shape (n, 5), float64
        Rows sum to 1.
    """
    powered = np.maximum(probabilities.astype(np.float64), _SMALLEST) ** sharpness
    return np.asarray(powered / powered.sum(axis=1, keepdims=True), np.float64)
