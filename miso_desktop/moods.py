"""The five moods and a distribution over them. Values only: no input, no output."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Mood(StrEnum):
    """What a photo or a track feels like. The order is the order of every score vector."""

    HAPPY = "happy"
    ROMANTIC = "romantic"
    SAD = "sad"
    AGGRESSIVE = "aggressive"
    DRAMATIC = "dramatic"


MOODS: tuple[Mood, ...] = tuple(Mood)

_SUM_TOLERANCE = 1e-3
VALENCE_AROUSAL_SHARE = 0.3
"""How much of a distance comes from valence and arousal; the rest is the moods'."""


@dataclass(frozen=True)
class MoodScores:
    """Probabilities of the five moods, with valence and arousal.

    Attributes
    ----------
    values : tuple of float
        Five probabilities in the order of :data:`MOODS`; they sum to 1.
    valence : float
        Unpleasant (-1) to pleasant (1).
    arousal : float
        Calm (-1) to excited (1).

    Raises
    ------
    ValueError
        If a number is out of its range, not finite, or the sum is not 1.
    """

    values: tuple[float, float, float, float, float]
    valence: float
    arousal: float

    def __post_init__(self) -> None:
        if len(self.values) != len(MOODS):
            raise ValueError(f"five probabilities are needed, not {len(self.values)}")
        if not all(0.0 <= v <= 1.0 for v in self.values):
            raise ValueError(f"probabilities lie between 0 and 1: {self.values}")
        if abs(sum(self.values) - 1.0) > _SUM_TOLERANCE:
            raise ValueError(f"probabilities sum to 1, not {sum(self.values)}")
        if not (-1.0 <= self.valence <= 1.0 and -1.0 <= self.arousal <= 1.0):
            raise ValueError(f"valence and arousal lie in [-1, 1]: {self.valence}, {self.arousal}")

    @classmethod
    def of(cls, weights: Iterable[float], valence: float, arousal: float) -> MoodScores:
        """Normalise five non-negative weights and clip valence and arousal.

        Parameters
        ----------
        weights : iterable of float
            Five numbers in the order of :data:`MOODS`. Negative ones count as 0; if
            nothing is left, the moods are equally likely.
        valence, arousal : float
            Clipped to [-1, 1].

        Raises
        ------
        ValueError
            If a number is not finite or there are not five weights.
        """
        given = [float(w) for w in weights]
        if not all(map(math.isfinite, [*given, valence, arousal])):
            raise ValueError("mood scores must be finite numbers")
        kept = [max(0.0, w) for w in given]
        total = sum(kept)
        shares = [w / total for w in kept] if total > 0 else [1.0 / len(MOODS)] * len(kept)
        if len(shares) != len(MOODS):
            raise ValueError(f"five probabilities are needed, not {len(shares)}")
        a, b, c, d, e = (min(1.0, s) for s in shares)
        return cls((a, b, c, d, e), _clip(valence), _clip(arousal))

    @classmethod
    def from_mapping(
        cls, scores: Mapping[str, float], valence: float, arousal: float
    ) -> MoodScores:
        """Build from ``{"happy": 0.5, ...}``; a missing mood counts as 0."""
        return cls.of([scores.get(mood.value, 0.0) for mood in MOODS], valence, arousal)

    def __getitem__(self, mood: Mood) -> float:
        return self.values[MOODS.index(mood)]

    @property
    def top(self) -> Mood:
        """The most likely mood; the first in the fixed order where two are equal."""
        return self.ranked[0]

    @property
    def ranked(self) -> tuple[Mood, ...]:
        """All moods, most likely first."""
        return tuple(sorted(MOODS, key=lambda mood: -self[mood]))

    def as_dict(self, digits: int = 4) -> dict[str, float]:
        """``{"happy": 0.51, ...}``, rounded for people and for JSON."""
        return {mood.value: round(self[mood], digits) for mood in MOODS}

    def distance(self, other: MoodScores) -> float:
        """How differently two things feel, from 0 (the same) to 1.

        The moods' part is the square root of the Jensen-Shannon divergence in bits
        (a metric; Endres and Schindelin 2003); the rest is the straight line between
        the two points on the plane of valence and arousal.
        """
        plane = math.hypot(self.valence - other.valence, self.arousal - other.arousal)
        return (1 - VALENCE_AROUSAL_SHARE) * _jensen_shannon(self.values, other.values) + (
            VALENCE_AROUSAL_SHARE * plane / math.sqrt(8)
        )


def blend(parts: Sequence[tuple[MoodScores, float]]) -> MoodScores:
    """Weighted mean of several scores.

    Parameters
    ----------
    parts : sequence of (MoodScores, weight)
        At least one, with non-negative weights that are not all 0.

    Raises
    ------
    ValueError
        If there is nothing to blend.
    """
    total = sum(weight for _, weight in parts)
    if total <= 0 or any(weight < 0 for _, weight in parts):
        raise ValueError("blending needs at least one positive weight and no negative one")
    mix = [sum(s.values[i] * w for s, w in parts) / total for i in range(len(MOODS))]
    valence = sum(s.valence * w for s, w in parts) / total
    arousal = sum(s.arousal * w for s, w in parts) / total
    return MoodScores.of(mix, valence, arousal)


def certain(mood: Mood, like: MoodScores) -> MoodScores:
    """Scores of something a person has named ``mood``; its place on the plane is kept."""
    return MoodScores.of([float(m is mood) for m in MOODS], like.valence, like.arousal)


def _clip(value: float) -> float:
    return max(-1.0, min(1.0, float(value)))


def _jensen_shannon(p: Sequence[float], q: Sequence[float]) -> float:
    divergence = 0.0
    for a, b in zip(p, q, strict=True):
        middle = (a + b) / 2
        if middle > 0:  # half of the smallest number there is is 0
            divergence += sum(x * math.log2(x / middle) / 2 for x in (a, b) if x > 0)
    return math.sqrt(max(0.0, min(1.0, divergence)))
