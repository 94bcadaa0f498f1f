"""The head of the panel: it weighs the votes and explains the decision.

It blends the distributions with weights learned on rated photos (the bundle ``panel``),
takes valence and arousal with weights of their own, and names what decided. Words of the
shipped captioner are worth less than a person's or a large captioner's: the bundle holds
weights for either.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from miso_desktop import bundles
from miso_desktop.moods import MOODS, MoodScores
from miso_desktop.phrases import Phrase, phrase
from miso_desktop.values import Vote
from miso_desktop.words import MOOD_WORDS, READER_WORDS

_READER = phrase("reader")
"""A reader that has no word of its own; by itself, for Babel sees no call inside another."""

BUNDLE = "panel"


@dataclass(frozen=True)
class Weights:
    """How much a reader counts: for the mood, and for the two axes."""

    mood: float
    valence: float
    arousal: float


class Head:
    """Joins votes into one decision.

    Parameters
    ----------
    weights : mapping of reader name to Weights
        A reader that is not named counts as the average of those that are: nobody has
        measured it. Where none is named, all count the same.
    sharpness : float
        Exponent on the blended probabilities, so that they are calibrated.
    """

    def __init__(self, weights: Mapping[str, Weights], sharpness: float = 1.0) -> None:
        self.weights = weights
        self.sharpness = sharpness
        self._unmeasured = _average(list(weights.values()))

    def decide(self, votes: Sequence[Vote]) -> tuple[MoodScores, tuple[Vote, ...]]:
        """Blend the votes.

        Returns
        -------
        scores : MoodScores
        votes : tuple of Vote
            With the weights that they had, which sum to 1; the weightiest first.

        Raises
        ------
        ValueError
            If nobody votes.
        """
        if not votes:
            raise ValueError("a panel needs at least one vote")
        used = [self.weights.get(v.reader, self._unmeasured) for v in votes]
        shares = _shares([w.mood for w in used])
        mix = [
            sum(s * v.scores.values[i] for s, v in zip(shares, votes, strict=True))
            ** self.sharpness
            for i in range(len(MOODS))
        ]
        valence = _mean([v.scores.valence for v in votes], [w.valence for w in used])
        arousal = _mean([v.scores.arousal for v in votes], [w.arousal for w in used])
        weighed = [replace(v, weight=s) for v, s in zip(votes, shares, strict=True)]
        return MoodScores.of(mix, valence, arousal), tuple(sorted(weighed, key=lambda v: -v.weight))


@dataclass(frozen=True)
class Heads:
    """The learned heads.

    Attributes
    ----------
    usual : Head
        For photos without words, and for words of a person or of any other captioner.
    of_captioner : mapping of str to Head
        For words of the captioner of that name.
    used : tuple
        Name and version of the bundle, if there is one.
    """

    usual: Head
    of_captioner: Mapping[str, Head] = field(default_factory=dict)
    used: tuple[tuple[str, str], ...] = ()

    def for_words_of(self, captioner: str | None) -> Head:
        """The head for a caption that this captioner wrote; None: a person, or nobody."""
        return self.of_captioner.get(captioner or "", self.usual)


def read_heads(bundle: bundles.Bundle) -> Heads:
    """The learned heads of a bundle.

    Raises
    ------
    BundleError
        If it holds something else.
    """
    known = bundle.parameters
    with bundle.reading():
        of_captioner = {str(n): _head(table) for n, table in known.get("captioners", {}).items()}
        return Heads(_head(known), of_captioner, (bundle.used,))


def _head(known: Mapping[str, Any]) -> Head:
    weights = {
        str(reader): Weights(*(_weight(row[axis]) for axis in ("mood", "valence", "arousal")))
        for reader, row in known["weights"].items()
    }
    return Head(weights, _weight(known["sharpness"]))


def _weight(value: Any) -> float:
    if not 0 <= float(value) < math.inf:
        raise ValueError(f"a weight of {value}")
    return float(value)


def explain(scores: MoodScores, votes: Sequence[Vote]) -> Phrase:
    """The decision in one sentence: who carried it, with what reason, and who saw it otherwise."""
    mood = scores.top
    agreeing = [v for v in votes if v.mood is mood]
    if not agreeing:
        first = votes[0]
        return phrase(
            "{mood}, as what the readers have in common; the {reader} alone says {other}: {reason}",
            mood=MOOD_WORDS[mood],
            reader=READER_WORDS.get(first.reader, _READER),
            other=MOOD_WORDS[first.mood],
            reason=first.reason,
        )
    lead = max(agreeing, key=lambda v: v.weight * v.scores[mood])
    others = [v for v in votes if v.mood is not mood]
    if not others:
        return phrase(
            "{mood}: all readers agree. {reason}", mood=MOOD_WORDS[mood], reason=lead.reason
        )
    return phrase(
        "{mood}, above all by the {reader}: {reason} The {other} leans to {instead}.",
        mood=MOOD_WORDS[mood],
        reader=READER_WORDS.get(lead.reader, _READER),
        reason=lead.reason,
        other=READER_WORDS.get(others[0].reader, _READER),
        instead=MOOD_WORDS[others[0].mood],
    )


def _average(weights: Sequence[Weights]) -> Weights:
    if not weights:
        return Weights(1.0, 1.0, 1.0)
    return Weights(
        sum(w.mood for w in weights) / len(weights),
        sum(w.valence for w in weights) / len(weights),
        sum(w.arousal for w in weights) / len(weights),
    )


def _shares(weights: Sequence[float]) -> list[float]:
    total = sum(weights)
    return [w / total if total > 0 else 1 / len(weights) for w in weights]


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    return sum(v * w for v, w in zip(values, _shares(weights), strict=True))
