"""Whether an exported captioner says what its checkpoint says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass


class Disagreement(Exception):
    """The exported captioner describes photos otherwise than its checkpoint."""


@dataclass(frozen=True)
class Agreement:
    """How alike two captioners describe the same photos.

    Attributes
    ----------
    same : float
        Share of photos with equal captions, 0 to 1.
    words : float
        Mean over the photos of the F1 of one caption's words in the other's, 0 to 1.
    """

    same: float
    words: float

    @classmethod
    def between(cls, these: Sequence[str], those: Sequence[str]) -> Agreement:
        """Compare captions of the same photos, at least one."""
        pairs = list(zip(these, those, strict=True))
        return cls(
            same=sum(a == b for a, b in pairs) / len(pairs),
            words=sum(word_f1(a, b) for a, b in pairs) / len(pairs),
        )

    def demand(self, what: str, *, same: float = 0.0, words: float = 0.0) -> None:
        """Refuse a captioner that agrees less.

        Raises
        ------
        Disagreement
            Names ``what``, how much it agrees and how much it should.
        """
        if self.same < same or self.words < words:
            raise Disagreement(
                f"{what}: {self.same:.0%} of the captions and {self.words:.0%} of their words "
                f"are those of the checkpoint; at least {same:.0%} and {words:.0%} must be"
            )

    def figures(self) -> dict[str, float]:
        """For a manifest."""
        return {name: round(value, 3) for name, value in asdict(self).items()}


def word_f1(this: str, that: str) -> float:
    """Harmonic mean of precision and recall of words, counted as often as they occur."""
    a, b = Counter(this.split()), Counter(that.split())
    total = a.total() + b.total()
    return 2 * (a & b).total() / total if total else 1.0
