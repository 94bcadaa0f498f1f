"""A table of scenes in words: how many things that people photograph feel.

It lies in the bundle of the text model, whose embeddings it holds, and serves the two
readers of captions that stand on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from miso_desktop.moods import MOODS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from miso_desktop.bundles import Bundle

TABLE = "likeness.npz"
PLAIN = len(MOODS)
"""Number of the group of scenes without a mood."""


@dataclass(frozen=True)
class Scenes:
    """The table.

    Attributes
    ----------
    texts : tuple of str
        n descriptions.
    groups : numpy.ndarray, shape (n,), int
        Place of the mood in :data:`~miso_desktop.moods.MOODS`, or :data:`PLAIN`.
    plane : numpy.ndarray, shape (n, 2)
        Valence and arousal in [-1, 1].
    vectors : numpy.ndarray, shape (n, d)
        Embeddings of length 1.
    """

    texts: tuple[str, ...]
    groups: NDArray[np.int64]
    plane: NDArray[np.float32]
    vectors: NDArray[np.float32]

    @property
    def moods(self) -> NDArray[np.int64]:
        """:attr:`groups`, with -1 for a scene without a mood."""
        return np.where(self.groups == PLAIN, -1, self.groups)


def load_scenes(bundle: Bundle) -> Scenes:
    """Read the table.

    Raises
    ------
    BundleError
        If there is none, or it is damaged.
    """
    table = bundle.arrays(TABLE)
    with bundle.reading(TABLE):
        scenes = Scenes(
            tuple(map(str, table["texts"])),
            table["groups"].astype(np.int64),
            table["plane"].astype(np.float32),
            table["vectors"].astype(np.float32),
        )
        _check(scenes)
    scenes.vectors[:] /= np.maximum(np.linalg.norm(scenes.vectors, axis=-1), 1e-9)[:, None]
    return scenes


def _check(scenes: Scenes) -> None:
    count = len(scenes.texts)
    if scenes.groups.shape != (count,) or scenes.plane.shape != (count, 2):
        raise ValueError("the columns differ in length")
    if scenes.vectors.ndim != 2 or len(scenes.vectors) != count:
        raise ValueError("a scene without a vector")
    if set(scenes.groups.tolist()) != set(range(PLAIN + 1)):
        raise ValueError("a mood without a scene")
