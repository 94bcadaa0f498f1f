"""Of several sentences about a photo, the one that says what they agree on.

Beam search finds sentences that differ in a word. The likeliest of them is often an odd one;
the one that is most like all the others, likely ones above all, is right more often: it
runs the least risk, whichever of them is true.

References
----------
Kumar and Byrne (2004), Minimum Bayes-risk decoding for statistical machine translation.
Devlin et al. (2015), Exploring nearest neighbor approaches for image captioning.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

LONGEST = 4
"""Tokens in a row that are compared, as in BLEU and CIDEr."""

Grams = tuple[Counter[tuple[int, ...]], ...]


def most_agreed(sentences: Sequence[Sequence[int]], log_probabilities: Sequence[float]) -> int:
    """Which sentence is most like the others, each weighed by its probability.

    Parameters
    ----------
    sentences : sequence of sequences of int
        Tokens; at least one sentence.
    log_probabilities : sequence of float
        One for each; only their differences count.

    Returns
    -------
    int
        Its place; the first of equals.
    """
    grams = [grams_of(sentence) for sentence in sentences]
    weights = np.exp(np.array(log_probabilities) - max(log_probabilities))
    likeness = np.array([[alike(one, other) for other in grams] for one in grams])
    return int((likeness @ weights).argmax())


def grams_of(sentence: Sequence[int]) -> Grams:
    """How often each row of one to :data:`LONGEST` tokens occurs."""
    return tuple(
        Counter(tuple(sentence[i : i + size]) for i in range(len(sentence) - size + 1))
        for size in range(1, LONGEST + 1)
    )


def alike(one: Grams, other: Grams) -> float:
    """Mean Dice coefficient over the lengths: 0 for nothing in common, 1 for the same."""
    shares = [
        2 * (a & b).total() / total if (total := a.total() + b.total()) else 1.0
        for a, b in zip(one, other, strict=True)
    ]
    return sum(shares) / len(shares)
