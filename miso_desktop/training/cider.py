"""CIDEr-D: how much a caption says what several people said, and says it their way.

References
----------
Vedantam, Zitnick and Parikh (2015), CIDEr: consensus-based image description evaluation.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Gram = tuple[str, ...]

LONGEST = 4
"""Words in the longest n-gram that is compared."""

SIGMA = 6.0
"""Deviation of the penalty on a difference in length, in words."""


def words(text: str) -> list[str]:
    """What is compared: runs of letters and digits, in lower case."""
    return re.findall(r"[a-z0-9]+", text.lower())


def grams(text: str) -> Counter[Gram]:
    """Every n-gram of one to four words, with its count."""
    said = words(text)
    return Counter(
        tuple(said[i : i + n]) for n in range(1, LONGEST + 1) for i in range(len(said) - n + 1)
    )


@dataclass(frozen=True)
class Vector:
    """A sentence as weighted n-grams.

    Attributes
    ----------
    weights : dict of n-gram to float
        Count times inverse document frequency.
    norms : tuple of float
        Euclidean length for n = 1, 2, 3, 4.
    length : int
        In words.
    """

    weights: dict[Gram, float]
    norms: tuple[float, ...]
    length: int


class CiderD:
    """Compares captions with references.

    Parameters
    ----------
    corpus : iterable of sequence of str
        The references of each photo: an n-gram that many of these sentences use says little.
    """

    def __init__(self, corpus: Iterable[Sequence[str]]) -> None:
        self._frequency: Counter[Gram] = Counter()
        photos = 0
        for sentences in corpus:
            photos += 1
            self._frequency.update({gram for text in sentences for gram in grams(text)})
        self._most = math.log(max(2, photos))

    def vector(self, text: str) -> Vector:
        """Weigh the n-grams of a sentence."""
        weights, squares = {}, [0.0] * LONGEST
        for gram, count in grams(text).items():
            weight = count * (self._most - math.log(max(1, self._frequency[gram])))
            weights[gram] = weight
            squares[len(gram) - 1] += weight * weight
        return Vector(weights, tuple(map(math.sqrt, squares)), len(words(text)))

    def score(self, caption: Vector, references: Sequence[Vector]) -> float:
        """CIDEr-D of one caption, 0 to 10 (10: equal to every reference)."""
        return 10 * sum(self._alike(caption, r) for r in references) / max(1, len(references))

    @staticmethod
    def _alike(one: Vector, other: Vector) -> float:
        dots = [0.0] * LONGEST
        for gram, weight in one.weights.items():
            theirs = other.weights.get(gram)
            if theirs is not None:
                dots[len(gram) - 1] += min(weight, theirs) * theirs
        total = sum(
            dot / (a * b) for dot, a, b in zip(dots, one.norms, other.norms, strict=True) if a and b
        )
        return total / LONGEST * math.exp(-((one.length - other.length) ** 2) / (2 * SIGMA**2))
