"""The likeness reader: a caption against short descriptions of everyday scenes.

The bundle of the text model holds a table of scenes, each with its mood (or none), its
valence and arousal by judgement, and its sentence embedding. A caption is as happy as the
happy scenes that it resembles most; scenes without a mood stand for plain words and make
the vote a modest one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from miso_desktop.errors import BundleError
from miso_desktop.moods import MoodScores
from miso_desktop.photos.caption_mood import CaptionMood, quoted
from miso_desktop.photos.mood_scenes import PLAIN, TABLE
from miso_desktop.photos.numbers import softmax
from miso_desktop.phrases import Phrase, phrase
from miso_desktop.values import Silence, Vote

if TYPE_CHECKING:
    from numpy.typing import NDArray

READER = "likeness"
LEAST = 0.2
"""Cosine below which a caption resembles no scene: another language, or no sentence."""


@dataclass(frozen=True)
class Tuning:
    """What was learned on rated photos.

    Attributes
    ----------
    nearest : int
        How many scenes of each group count.
    temperature, plane_temperature : float
        Of the softmax over the groups, and over the scenes for valence and arousal.
    slope, offset : numpy.ndarray, shape (2,)
        Bring the weighted means of valence and arousal to the scale of people's ratings.
    """

    nearest: int
    temperature: float
    plane_temperature: float
    slope: NDArray[np.float64]
    offset: NDArray[np.float64]


class Likeness:
    """Reads the mood of a sentence from what it resembles.

    Parameters
    ----------
    words : CaptionMood
        The text model whose embeddings are compared.

    Raises
    ------
    BundleError
        If its bundle has no table of scenes, or a damaged one.
    """

    def __init__(self, words: CaptionMood) -> None:
        bundle = words.bundle
        if TABLE not in bundle.files:
            raise BundleError(
                phrase(
                    'The model "{name}" {version} holds no scenes to compare a caption with.',
                    name=bundle.name,
                    version=bundle.version,
                ),
                bundle.folder,
            )
        self._scenes = words.scenes
        with bundle.reading(TABLE):
            known: Any = bundle.parameters["likeness"]
            self._tuning = Tuning(
                int(known["nearest"]),
                float(known["temperature"]),
                float(known["plane_temperature"]),
                np.array(known["slope"], np.float64),
                np.array(known["offset"], np.float64),
            )

    def read(self, text: str, embedding: NDArray[np.float32] | None) -> Vote | Silence:
        """Vote on a photo by what its caption resembles.

        Parameters
        ----------
        text : str
            The caption, to be quoted.
        embedding : numpy.ndarray, shape (d,), optional
            Of the caption, of length 1, by the bundle that holds the table.
        """
        scenes = self._scenes
        if embedding is None or embedding.shape != scenes.vectors.shape[1:]:
            return Silence(READER, phrase("The text model gives nothing to compare."))
        near = scenes.vectors @ embedding
        if not near.max() >= LEAST:  # also if it is not a number
            return Silence(READER, phrase("{quoted} resembles no scene.", quoted=quoted(text)))
        groups = grouped(near[None], scenes.groups, self._tuning)
        (moods,) = moods_of(groups)
        valence, arousal = calibrated(placed(near[None], scenes.plane, self._tuning), self._tuning)[
            0
        ]
        scores = MoodScores.of(moods.tolist(), float(valence), float(arousal))
        return Vote(READER, scores, 1.0, self._reason(text, near, groups[0]))

    def _reason(self, text: str, near: NDArray[np.float32], groups: NDArray[np.float64]) -> Phrase:
        leading = int(groups.argmax())
        closest = int(np.where(self._scenes.groups == leading, near, -1.0).argmax())
        holes = {"quoted": quoted(text), "scene": quoted(self._scenes.texts[closest])}
        if leading == PLAIN:
            return phrase("{quoted} resembles {scene}: hardly a mood in it.", **holes)
        return phrase("{quoted} resembles {scene}.", **holes)


def grouped(near: NDArray[Any], groups: NDArray[np.int64], tuning: Tuning) -> NDArray[np.float64]:
    """How likely each group is: a softmax over the mean of its nearest scenes.

    Returns
    -------
    numpy.ndarray, shape (captions, 6)
        The moods and :data:`PLAIN`, for cosines of shape (captions, scenes); a row sums to 1.
    """
    level = np.stack(
        [
            np.sort(near[:, groups == group], axis=1)[:, -tuning.nearest :].mean(1)
            for group in range(PLAIN + 1)
        ],
        axis=1,
    )
    return softmax(level.astype(np.float64) / tuning.temperature)


def moods_of(groups: NDArray[np.float64]) -> NDArray[np.float64]:
    """Five probabilities from six: what is plain speaks for every mood alike."""
    return groups[:, :PLAIN] + groups[:, PLAIN:] / PLAIN


def placed(near: NDArray[Any], plane: NDArray[np.float32], tuning: Tuning) -> NDArray[np.float64]:
    """Valence and arousal of the scenes, weighted by likeness; shape (captions, 2)."""
    return softmax(near.astype(np.float64) / tuning.plane_temperature) @ plane


def calibrated(places: NDArray[np.float64], tuning: Tuning) -> NDArray[np.float64]:
    """:func:`placed`, on the scale of people's ratings."""
    return np.asarray(places * tuning.slope + tuning.offset)
