"""How near each track of a library is to a photo's mood, for all tracks at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from miso_desktop.moods import (
    MOODS,
    VALENCE_AROUSAL_SHARE,
    Mood,
    MoodScores,
    blend,
    certain,
)
from miso_desktop.values import Track

Numbers = NDArray[np.float64]

_PERSONS_SHARE = 0.6


def felt(track: Track) -> MoodScores:
    """The scores that a track is chosen by.

    What the person named has one mood and nothing else, and so would lie far from every
    photo, whose moods are always mixed. The rest of the expected mixture is left in; the
    person's mood is the top one all the same.
    """
    if track.corrected is None:
        return track.expected
    named = certain(track.corrected, track.expected)
    return blend([(named, _PERSONS_SHARE), (track.expected, 1 - _PERSONS_SHARE)])


def distances(photo: MoodScores, scores: Sequence[MoodScores]) -> Numbers:
    """:meth:`MoodScores.distance` from one to many.

    Returns
    -------
    numpy.ndarray, shape (tracks,)
        0 (the same) to 1.
    """
    moods = np.array([s.values for s in scores], dtype=np.float64).reshape(-1, len(MOODS))
    plane = np.array([(s.valence, s.arousal) for s in scores], dtype=np.float64).reshape(-1, 2)
    wanted = np.array(photo.values)
    middle = (moods + wanted) / 2
    # 0 log 0 is 0; where the middle is 0 both sides are.
    safe = np.where(middle > 0, middle, 1.0)
    divergence = np.zeros(len(scores))
    for side in (moods, np.broadcast_to(wanted, moods.shape)):
        ratio = np.where(side > 0, side / safe, 1.0)
        divergence += (side * np.log2(ratio)).sum(axis=1) / 2
    jensen_shannon = np.sqrt(np.clip(divergence, 0.0, 1.0))
    straight = np.hypot(plane[:, 0] - photo.valence, plane[:, 1] - photo.arousal) / np.sqrt(8)
    mixed = (1 - VALENCE_AROUSAL_SHARE) * jensen_shannon + VALENCE_AROUSAL_SHARE * straight
    return np.asarray(mixed, dtype=np.float64)


def are_of(mood: Mood, scores: Sequence[MoodScores]) -> NDArray[np.bool_]:
    """Which scores have this mood on top, as :attr:`MoodScores.top` says; shape (tracks,)."""
    moods = np.array([s.values for s in scores], dtype=np.float64).reshape(-1, len(MOODS))
    return np.asarray(moods.argmax(axis=1) == MOODS.index(mood))
