"""From a track's features to its mood: a vote of tree ensembles, run by ONNX Runtime.

Gradient boosting, extra trees and a random forest vote on the five moods with their
probabilities; a second set of extra trees places the track on the plane of valence and
arousal. Both lie in one ONNX graph, so that a track costs one call.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from miso_desktop.bundles import Bundle
from miso_desktop.errors import BundleError
from miso_desktop.moods import MOODS, MoodScores
from miso_desktop.music import features
from miso_desktop.phrases import phrase

BUNDLE = "music_mood"
GRAPH = "ensemble.onnx"
INPUT, PROBABILITIES, PLANE = "features", "probabilities", "plane"
_SMALLEST = 1e-6


class Ensemble:
    """The trained trees.

    Parameters
    ----------
    bundle : Bundle
        Verified; its parameters name the features in order, the moods in order, and the
        sharpness that was fitted to held-out tracks.

    Raises
    ------
    BundleError
        If the bundle was trained for other features or moods, or cannot be loaded.
    """

    def __init__(self, bundle: Bundle) -> None:
        expected = {"features": list(features.NAMES), "moods": [mood.value for mood in MOODS]}
        if any(bundle.parameters.get(name) != value for name, value in expected.items()):
            raise BundleError(
                phrase(
                    "The model in {folder} was made for another version of MISO. "
                    "Delete that folder to use the one that came with this version.",
                    folder=str(bundle.folder),
                ),
                bundle.folder,
            )
        self._session = bundle.session(GRAPH)
        self._sharpness = float(bundle.parameters["sharpness"])

    def scores(self, vector: NDArray[np.float32]) -> MoodScores:
        """The mood of one track.

        Parameters
        ----------
        vector : numpy.ndarray, shape (94,), float32
            From :func:`miso_desktop.music.features.vector`.
        """
        votes, plane = self._session.run(
            [PROBABILITIES, PLANE], {INPUT: vector[None].astype(np.float32)}
        )
        valence, arousal = plane[0].tolist()
        return MoodScores.of(sharpen(votes, self._sharpness)[0].tolist(), valence, arousal)


def sharpen(probabilities: NDArray[np.floating], sharpness: float) -> NDArray[np.float64]:
    """Temper probabilities by a power.

    A vote of trees hedges: its mean is flatter than the tracks deserve. The power is
    fitted to held-out tracks (temperature scaling; Guo et al. 2017) and never changes
    which mood comes first.

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
