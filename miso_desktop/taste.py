"""What a person means by the five moods, learned from how they judge tracks.

People differ in their words: what one calls dramatic is aggressive to another. So a light
layer lies on top of the tagger's scores: a ridge regression of what the person said, less
the tagger's probabilities, on the tagger's seven numbers. It is a matrix of 7 x 5, found in
closed form, pulled towards "the tagger is right", and used only where leaving out one
judgement after the other shows that it helps.

NumPy does all of it. scikit-learn has the same regression, but would add 150 MB to the
installer and a second to a worker's start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from miso_desktop.moods import MOODS, Mood, MoodScores
from miso_desktop.phrases import Phrase, phrase

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Matrix = tuple[tuple[float, ...], ...]

LEAST_CORRECTIONS = 5
LEAST_JUDGEMENTS = 16
"""With fewer, chance looks like taste."""

CONFIRMED_PER_CORRECTED = 2.0
"""Confirmations weigh at most so many times what corrections do, all together.

A tagger that is right two times in three leaves two tracks as they are for each that is
corrected. More only say that this person does not correct everything.
"""

RIDGES = (1.0, 2.0, 4.0, 8.0, 16.0)
"""How strongly the layer is pulled towards the tagger: judgements that outweigh one."""

STANDARD_ERRORS = 2.5
"""How clear the gain must be."""

_FLOOR = 1e-3
"""What no mood's share falls below before the five are brought to 1 again."""


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
        meets with the layer, when the layer was learned without the judgement in question.
    matrix : tuple of tuple of float, shape (7, 5)
        What the five probabilities, valence and arousal add to each probability. Empty: the
        layer does not help this person, and is not used.
    """

    corrections: int = 0
    confirmations: int = 0
    accuracy_before: float = 0.0
    accuracy_after: float = 0.0
    matrix: Matrix = ()

    @property
    def used(self) -> bool:
        """Whether there is a layer that helps."""
        return bool(self.matrix)

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
        """What was learned, or why nothing was, for people."""
        if self.used:
            return phrase(
                "MISO has learned from {count} of your corrections: where you judged, "
                "it is right {after} % instead of {before} % of the time.",
                count=self.corrections,
                after=round(100 * self.accuracy_after),
                before=round(100 * self.accuracy_before),
            )
        if not self.enough:
            return phrase(
                "MISO learns what you mean by the moods as you correct tracks and listen. "
                "So far: {count} of {needed} judgements.",
                count=self.judgements,
                needed=max(LEAST_JUDGEMENTS, self.judgements + 1),
            )
        return phrase(
            "From your {count} judgements MISO could not learn to judge better than it does.",
            count=self.judgements,
        )

    def apply(self, scores: MoodScores) -> MoodScores:
        """The tagger's scores as this person would judge; see :func:`apply`."""
        return apply(self.matrix, scores)


def apply(matrix: Matrix, scores: MoodScores) -> MoodScores:
    """Put a layer on the tagger's scores; an empty one changes nothing.

    Plain Python, for libraries are read where NumPy is not needed.

    Returns
    -------
    MoodScores
        Valence and arousal are the tagger's.
    """
    if not matrix:
        return scores
    seven = (*scores.values, scores.valence, scores.arousal)
    added = [sum(x * row[mood] for x, row in zip(seven, matrix, strict=True)) for mood in range(5)]
    shares = [max(_FLOOR, p + more) for p, more in zip(scores.values, added, strict=True)]
    return MoodScores.of(shares, scores.valence, scores.arousal)


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
        Without a matrix where there are too few judgements, or where the layer's squared
        error is not clearly lower than the tagger's, or its accuracy is not higher.
    """
    corrections = sum(j.mood is not j.scores.top for j in judgements)
    counted = Taste(corrections, len(judgements) - corrections)
    if not counted.enough:
        return counted
    X, P, Y, w = _arrays(judgements, corrections)
    best = min(
        (_Attempt(X, P, Y, w, ridge) for ridge in RIDGES), key=lambda tried: float(w @ tried.error)
    )
    before = float(w @ _hits(P, Y) / w.sum())
    after = float(w @ _hits(best.left_out, Y) / w.sum())
    helps = _clearly_lower(best.error, ((Y - P) ** 2).sum(axis=1), w) and after > before
    matrix = tuple(map(tuple, best.matrix.tolist())) if helps else ()
    return Taste(counted.corrections, counted.confirmations, before, after, matrix)


class _Attempt:
    """A ridge regression, with what each judgement's prediction would be without it.

    Exact, from the diagonal of the hat matrix (Allen 1974): nothing is fitted again.
    """

    def __init__(self, X: Floats, P: Floats, Y: Floats, w: Floats, ridge: float) -> None:
        import numpy as np

        weighted = X * w[:, None]
        inverse = np.linalg.inv(X.T @ weighted + ridge * np.eye(X.shape[1]))
        self.matrix = inverse @ weighted.T @ (Y - P)
        leverage = np.einsum("ij,jk,ik->i", weighted, inverse, X)
        residual = (Y - P - X @ self.matrix) / (1.0 - leverage[:, None])
        shares = np.maximum(_FLOOR, Y - residual)
        self.left_out: Floats = shares / shares.sum(axis=1, keepdims=True)
        self.error: Floats = ((Y - self.left_out) ** 2).sum(axis=1)


def _arrays(
    judgements: Sequence[Judgement], corrections: int
) -> tuple[Floats, Floats, Floats, Floats]:
    """Features (n, 7), probabilities (n, 5), what the person said (n, 5), weights (n,)."""
    import numpy as np

    X = np.array([(*j.scores.values, j.scores.valence, j.scores.arousal) for j in judgements])
    Y = np.array([[float(mood is j.mood) for mood in MOODS] for j in judgements])
    left = np.array([not j.said for j in judgements])
    most = CONFIRMED_PER_CORRECTED * corrections / max(1, left.sum())
    return X, X[:, : len(MOODS)], Y, np.where(left, min(1.0, most), 1.0)


def _hits(P: Floats, Y: Floats) -> Floats:
    import numpy as np

    return np.asarray(P.argmax(axis=1) == Y.argmax(axis=1), dtype=np.float64)


def _clearly_lower(error: Floats, than: Floats, w: Floats) -> bool:
    """Whether the mean of the paired differences is :data:`STANDARD_ERRORS` above 0."""
    import numpy as np

    gain = w * (than - error)
    return bool(gain.mean() > STANDARD_ERRORS * gain.std(ddof=1) / np.sqrt(len(gain)))
