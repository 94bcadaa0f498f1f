"""How a described photo feels: what captions with ratings taught, on top of the network.

Captions are flat statements, and most of them carry no emotion by the measure of Reddit.
A photo of "a wet dog in the rain" still feels like something. The moods are a multinomial
logistic regression on the sentence's embedding and its emotions; valence and arousal are a
kernel ridge regression whose supports are the scenes of the likeness reader.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from miso_desktop.moods import MOODS
from miso_desktop.photos.numbers import softmax

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from miso_desktop.bundles import Bundle
    from miso_desktop.photos.mood_scenes import Scenes

TABLE = "feeling.npz"


@dataclass(frozen=True)
class Feeling:
    """The two regressions.

    Attributes
    ----------
    scenes : numpy.ndarray, shape (scenes, d)
        Embeddings of length 1.
    width : float
        Of the kernel: exp(-width x squared distance).
    plane : numpy.ndarray, shape (scenes, 2)
        Weights of the kernel's values for valence and arousal.
    plane_offset : numpy.ndarray, shape (2,)
    logit_mean, logit_scale : numpy.ndarray, shape (28,)
        Bring the emotions' logits to the scale of the embedding.
    moods : numpy.ndarray, shape (d + 28, 5)
    moods_offset : numpy.ndarray, shape (5,)
    """

    scenes: NDArray[np.float32]
    width: float
    plane: NDArray[np.float32]
    plane_offset: NDArray[np.float32]
    logit_mean: NDArray[np.float32]
    logit_scale: NDArray[np.float32]
    moods: NDArray[np.float32]
    moods_offset: NDArray[np.float32]

    def rows(
        self, embeddings: NDArray[np.float32], logits: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """What the moods are read from, shape (n, d + 28)."""
        return np.hstack([embeddings, (logits - self.logit_mean) * self.logit_scale])

    def kernel(self, embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
        """Likeness to the scenes, shape (n, scenes); all embeddings have length 1."""
        squares = 2 - 2 * (embeddings @ self.scenes.T)
        return np.asarray(np.exp(-self.width * squares), np.float32)

    def moods_of(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Five probabilities for each of :meth:`rows`."""
        return softmax((rows @ self.moods + self.moods_offset).astype(np.float64))

    def places_of(self, embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
        """Valence and arousal in [-1, 1], shape (n, 2)."""
        places: NDArray[np.float32] = self.kernel(embeddings) @ self.plane + self.plane_offset
        return np.clip(places, -1, 1)


def load_feeling(bundle: Bundle, scenes: Scenes) -> Feeling:
    """Read a text bundle's table; ``scenes`` are the bundle's own.

    Raises
    ------
    BundleError
        If there is none, or it is damaged.
    """
    table = bundle.arrays(TABLE)
    with bundle.reading(TABLE):
        known: Any = bundle.parameters["feeling"]
        arrays = {name: array.astype(np.float32) for name, array in table.items()}
        feeling = Feeling(scenes=scenes.vectors, width=float(known["width"]), **arrays)
        count, width = scenes.vectors.shape
        if feeling.plane.shape != (count, 2) or feeling.moods.shape != (
            width + len(feeling.logit_mean),
            len(MOODS),
        ):
            raise ValueError("its columns are not those of the scenes and the moods")
        return feeling
