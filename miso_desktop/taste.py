"""What a person means by the five moods, learned from how they judge tracks.

People differ in their words: what one calls dramatic is aggressive to another. So a light
layer lies on top of the tagger's scores: a few :class:`Shift`, each of which hands a share
of one mood's probability to another. A shift is found in closed form (least squares with one
unknown, pulled towards 0), and used only where leaving out one judgement after the other
shows that it helps.

A ridge regression of all 35 weights between the tagger's seven numbers and the five moods
was tried first. It learned no more, later, and cost persons whose taste it could not express
up to 8 points (``tests/benchmarks/corrections.py``). A kernel over the audio network's vector,
which knows genres, gave less than a point at 50 corrections to those who differ by genre, and
took half a point to five from those who agree with the tagger. NumPy is all that any needs;
scikit-learn would add 150 MB to the installer and a second to a worker's start.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from miso_desktop.moods import MOODS, Mood, MoodScores
from miso_desktop.phrases import Phrase, phrase
from miso_desktop.words import MOOD_WORDS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEAST_CORRECTIONS = 5
LEAST_JUDGEMENTS = 30
"""With fewer, chance looks like taste."""

LEFT_PER_CORRECTED = 1.0
"""Tracks that were left weigh at most so many times what corrections do, all together.

Many more only say that this person does not correct everything.
"""

MOST_SHIFTS = 3

RIDGE = 1.0
"""How strongly a share is pulled towards 0, in judgements that are sure."""

CLEARLY = 3.0
"""Standard errors by which every shift must lower the squared error, left out.

That is much, for there are twenty shifts to choose from. With 2.5 rules are found earlier,
but one simulated person in a hundred lost up to 6 points.
"""
AS_CLEARLY_RIGHT = 1.0
"""Standard errors by which it must raise the accuracy."""


_PLACES = {mood: place for place, mood in enumerate(MOODS)}


@dataclass(frozen=True)
class Judgement:
    """A track that the person has judged.

    Attributes
    ----------
    scores : MoodScores
        What the tagger said.
    mood : Mood
        What the person calls it.
    said : bool
        True: in so many words. False: the track was shown as ``mood``, the person heard it
        to its end and left it so.
    """

    scores: MoodScores
    mood: Mood
    said: bool = True


class Shift(NamedTuple):
    """What the tagger hears as one mood, this person calls another, in a share of cases."""

    heard: Mood
    meant: Mood
    share: float

    @property
    def sentence(self) -> Phrase:
        """The shift, for people."""
        return phrase(
            "What MISO hears as {heard} you often call {meant}.",
            heard=MOOD_WORDS[self.heard],
            meant=MOOD_WORDS[self.meant],
        )


@dataclass(frozen=True)
class Taste:
    """What came of learning.

    Attributes
    ----------
    corrections, confirmations : int
        What was learned from: tracks that the person named otherwise than the tagger, and
        tracks that they left or named as the tagger does.
    accuracy_before, accuracy_after : float
        Share of these judgements (as they weigh) that the tagger alone meets, and that it
        meets with the layer, each judgement left out when it was its turn.
    shifts : tuple of Shift
        The layer. Empty: nothing was found that helps this person.
    """

    corrections: int = 0
    confirmations: int = 0
    accuracy_before: float = 0.0
    accuracy_after: float = 0.0
    shifts: tuple[Shift, ...] = ()

    @property
    def judgements(self) -> int:
        """How many tracks were learned from."""
        return self.corrections + self.confirmations

    @property
    def enough(self) -> bool:
        """Whether there were enough judgements to learn from."""
        return self.corrections >= LEAST_CORRECTIONS and self.judgements >= LEAST_JUDGEMENTS

    @property
    def sentence(self) -> Phrase:
        """What came of it, for people."""
        if self.shifts:
            return phrase(
                "MISO has learned from {count} of your corrections: of what you judged, "
                "it gets {after} % right instead of {before} %.",
                count=self.corrections,
                after=round(100 * self.accuracy_after),
                before=round(100 * self.accuracy_before),
            )
        if not self.enough:
            return phrase(
                "MISO learns what you mean by the moods from tracks that you correct "
                "and tracks that you hear to their end. Corrected so far: {count}.",
                count=self.corrections,
            )
        return phrase(
            "MISO has looked at {count} of your corrections and found no rule in them yet.",
            count=self.corrections,
        )

    def apply(self, scores: MoodScores) -> MoodScores:
        """The tagger's scores as this person would judge; see :func:`apply`."""
        return apply(self.shifts, scores)


def apply(shifts: Sequence[Shift], scores: MoodScores) -> MoodScores:
    """Put a layer on the tagger's scores; an empty one changes nothing.

    Returns
    -------
    MoodScores
        Valence and arousal are the tagger's.
    """
    if not shifts:
        return scores
    shares = list(scores.values)
    for heard, meant, share in shifts:
        place = _PLACES[heard]
        handed = share * scores.values[place]
        shares[place] -= handed
        shares[_PLACES[meant]] += handed
    a, b, c, d, e = (min(1.0, max(0.0, share)) for share in shares)  # rounding leaves them
    return MoodScores((a, b, c, d, e), scores.valence, scores.arousal)


def learn(judgements: Sequence[Judgement]) -> Taste:
    """Learn the layer, and judge it by leaving out one judgement after the other.

    Corrections alone are a biased sample: only what is wrong is corrected, so any change
    looks good on them. What the person left as it was stands against them.

    Parameters
    ----------
    judgements : sequence of Judgement
        One a piece of music; two of the same would vouch for one another.

    Returns
    -------
    Taste
        Without shifts where there are too few judgements, or where none lowers the squared
        error clearly and raises the accuracy.
    """
    import numpy as np

    corrections = sum(j.said and j.mood is not j.scores.top for j in judgements)
    counted = Taste(corrections, len(judgements) - corrections)
    if not counted.enough:
        return counted
    P = np.array([j.scores.values for j in judgements])
    Y = np.array([[float(mood is j.mood) for mood in MOODS] for j in judgements])
    w = _weights(judgements, corrections)
    kept = np.ones(len(MOODS))  # of each mood's probability
    left_out, shifts = P, []
    for _ in range(MOST_SHIFTS):
        found = max(_candidates(P, Y, w, left_out, kept), key=lambda one: one.gain)
        if not _helps(found.left_out, left_out, Y, w):
            break
        left_out = found.left_out
        shifts.append(found.shift)
        kept[MOODS.index(found.shift.heard)] -= found.shift.share
    before, after = (float(w @ _hits(scores, Y) / w.sum()) for scores in (P, left_out))
    return Taste(counted.corrections, counted.confirmations, before, after, tuple(shifts))


class _Candidate(NamedTuple):
    shift: Shift
    gain: float
    """By how much it lowers the squared error, every judgement left out in its turn."""
    left_out: Floats


def _candidates(P: Floats, Y: Floats, w: Floats, so_far: Floats, kept: Floats) -> list[_Candidate]:
    """Every shift on top of those so far, with its scores for each judgement without it.

    One unknown makes that exact and cheap: a judgement's part is taken out of both sums.
    """
    import numpy as np

    found = []
    for heard, meant in ((a, b) for a in range(len(MOODS)) for b in range(len(MOODS)) if a != b):
        way = np.zeros_like(P)
        way[:, meant], way[:, heard] = P[:, heard], -P[:, heard]
        along = w * ((Y - so_far) * way).sum(axis=1)
        length = w * (way**2).sum(axis=1)
        most = kept[heard]
        share = float(np.clip(along.sum() / (length.sum() + RIDGE), 0.0, most))
        without = np.clip((along.sum() - along) / (length.sum() - length + RIDGE), 0.0, most)
        left_out = so_far + without[:, None] * way
        gain = float(w @ (((Y - so_far) ** 2).sum(axis=1) - ((Y - left_out) ** 2).sum(axis=1)))
        found.append(_Candidate(Shift(MOODS[heard], MOODS[meant], share), gain, left_out))
    return found


def _weights(judgements: Sequence[Judgement], corrections: int) -> Floats:
    import numpy as np

    left = np.array([not judgement.said for judgement in judgements])
    most = LEFT_PER_CORRECTED * corrections / max(1, int(left.sum()))
    return np.where(left, min(1.0, most), 1.0)


def _helps(scores: Floats, than: Floats, Y: Floats, w: Floats) -> bool:
    """Whether squared error and accuracy are clearly better: two paired tests."""
    lower = w * (((Y - than) ** 2).sum(axis=1) - ((Y - scores) ** 2).sum(axis=1))
    righter = w * (_hits(scores, Y) - _hits(than, Y))
    return _above_0(lower, CLEARLY) and _above_0(righter, AS_CLEARLY_RIGHT)


def _above_0(differences: Floats, errors: float) -> bool:
    """Whether the mean is so many standard errors above 0."""
    error = differences.std(ddof=1) / math.sqrt(len(differences))
    return bool(differences.mean() > errors * error)


def _hits(scores: Floats, Y: Floats) -> Floats:
    import numpy as np

    return np.asarray(scores.argmax(axis=1) == Y.argmax(axis=1), dtype=np.float64)
