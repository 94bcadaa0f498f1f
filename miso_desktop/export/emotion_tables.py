"""What a classifier's emotions say of the moods: learned from scenes in words.

MISO ships descriptions of everyday scenes with the mood, the valence and the arousal that
they were judged to have (``catalog/mood_scenes.csv``). They are no data of anybody's
photos, but they are of the kind of sentence that the classifier will read, and they are
there on every machine: what was learned from comments, with which the shipped model was
taught, is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from miso_desktop.moods import MOODS
from miso_desktop.photos.emotion_network import EmotionNetwork
from miso_desktop.photos.mood_scenes import PLAIN, Scenes
from miso_desktop.photos.numbers import softmax
from miso_desktop.training.evaluation import accuracy, confusion, macro_f1
from miso_desktop.training.text_bundle import fit_softmax, ridge

FOLDS = 5
STRENGTH = 100.0
"""Of the ridge's penalty: there are up to 28 emotions, many of them rare."""

NEAR_ONE = 0.95
"""Valence and arousal of the scenes end here, for their arctanh must not be infinite."""

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Tables:
    """The softmax over the moods and the plane, as a manifest holds them.

    Attributes
    ----------
    slope, offset : numpy.ndarray, shape (5,)
        Of the log-odds of each mood's strongest emotion.
    plane : numpy.ndarray, shape (emotions, 2)
        From log-odds to the arctanh of valence and arousal.
    plane_offset : numpy.ndarray, shape (2,)
    """

    slope: Floats
    offset: Floats
    plane: Floats
    plane_offset: Floats

    @classmethod
    def fit(cls, scenes: Scenes, logits: Floats, strongest: Floats) -> Tables:
        """Learn from scenes and what a classifier says of them.

        Parameters
        ----------
        scenes : Scenes
            n of them, each mood at least once.
        logits : numpy.ndarray, shape (n, emotions)
            Log-odds of every emotion.
        strongest : numpy.ndarray, shape (n, 5)
            The highest of each mood.
        """
        with_mood = scenes.groups != PLAIN
        truth = np.eye(len(MOODS), dtype=np.bool_)[scenes.groups[with_mood]]
        slope, offset = fit_softmax(strongest[with_mood], truth)
        places = np.arctanh(np.clip(scenes.plane, -NEAR_ONE, NEAR_ONE).astype(np.float64))
        return cls(slope, offset, *ridge(logits, places, STRENGTH))

    def moods(self, strongest: Floats) -> Floats:
        """Five probabilities for each sentence."""
        return softmax(strongest * self.slope + self.offset)

    def places(self, logits: Floats) -> Floats:
        """Valence and arousal of each sentence."""
        return np.asarray(np.tanh(logits @ self.plane + self.plane_offset))

    def parameters(self) -> dict[str, Any]:
        """For a manifest."""
        return {
            "softmax": {"slope": _rounded(self.slope), "offset": _rounded(self.offset)},
            "plane": {"weights": _rounded(self.plane), "offset": _rounded(self.plane_offset)},
        }


def out_of_fold(scenes: Scenes, logits: Floats, strongest: Floats) -> dict[str, float]:
    """How well the moods and the plane are told on scenes that the tables have not seen.

    Returns
    -------
    dict
        ``accuracy`` and ``macro_f1`` on the scenes with a mood (chance is 0.2),
        ``valence_r`` and ``arousal_r`` on all.
    """
    fold = np.random.default_rng(0).permutation(len(scenes.texts)) % FOLDS
    moods = np.zeros((len(fold), len(MOODS)))
    places = np.zeros((len(fold), 2))
    for k in range(FOLDS):
        seen, kept = fold != k, fold == k
        tables = Tables.fit(_some(scenes, seen), logits[seen], strongest[seen])
        moods[kept], places[kept] = tables.moods(strongest[kept]), tables.places(logits[kept])
    told = scenes.groups != PLAIN
    table = confusion(scenes.groups[told], moods[told].argmax(1), len(MOODS))
    valence, arousal = (_correlation(places[:, i], scenes.plane[:, i]) for i in (0, 1))
    figures = (accuracy(table), macro_f1(table), valence, arousal)
    names = ("accuracy", "macro_f1", "valence_r", "arousal_r")
    return {name: round(value, 3) for name, value in zip(names, figures, strict=True)}


def heard(network: EmotionNetwork, scenes: Scenes) -> tuple[Floats, Floats]:
    """What a network says of every scene: log-odds, and the strongest of each mood."""
    said = [network.emotions_of(text) for text in scenes.texts]
    strongest = [network.strongest(emotions) for emotions in said]
    return np.array([e.logits for e in said], np.float64), np.array(strongest, np.float64)


def _some(scenes: Scenes, keep: NDArray[np.bool_]) -> Scenes:
    texts = tuple(text for text, kept in zip(scenes.texts, keep, strict=True) if kept)
    return Scenes(texts, scenes.groups[keep], scenes.plane[keep], scenes.vectors[keep])


def _correlation(these: Floats, those: NDArray[Any]) -> float:
    if these.std() < 1e-9:  # the same for every sentence
        return 0.0
    return float(np.corrcoef(these, those)[0, 1])


def _rounded(values: Floats) -> Any:
    return np.round(values, 5).tolist()
