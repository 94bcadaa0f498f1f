"""Whether an exported classifier hears what its checkpoint hears."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from miso_desktop.export.agreement import Disagreement
from miso_desktop.photos.emotion_network import EmotionNetwork, Emotions

EXACT = 1e-3
"""What a probability may differ by in fp32."""

INT8 = 0.9
"""What 8 bits must keep of the differences between sentences."""

NAMED = 0.8
"""What they must keep of the moods named: many a probability lies just beside the threshold."""

LEAST = 1e-6
"""Variance of the log-odds below which a classifier says the same of every sentence."""


@dataclass(frozen=True)
class Fidelity:
    """How alike two classifiers hear the same sentences.

    Attributes
    ----------
    worst : float
        Largest difference of an emotion's probability, 0 to 1.
    kept : float
        Of the variance over sentences in the moods' log-odds, the share that is left when
        the error is taken off: 1 is all, and it may fall below 0.
    named : float
        F1 of the moods that one names in those that the other names, 0 to 1.
    varied : float
        That variance.
    """

    worst: float
    kept: float
    named: float
    varied: float

    @classmethod
    def between(
        cls, network: EmotionNetwork, expected: Sequence[Emotions], found: Sequence[Emotions]
    ) -> Fidelity:
        """Compare what two said of the same sentences; ``network`` knows the moods."""
        pairs = list(zip(expected, found, strict=True))
        these = np.array([network.strongest(e) for e in expected], np.float64)
        those = np.array([network.strongest(e) for e in found], np.float64)
        varied = float(these.var(axis=0).mean())
        error = float(((these - those) ** 2).mean())
        names = [({*network.named(a)}, {*network.named(b)}) for a, b in pairs]
        total = sum(len(a) + len(b) for a, b in names)
        both = sum(len(a & b) for a, b in names)
        return cls(
            worst=max(float(np.abs(a.probabilities - b.probabilities).max()) for a, b in pairs),
            kept=1 - error / varied if varied > LEAST else 0.0,
            named=2 * both / total if total else 1.0,
            varied=varied,
        )

    def figures(self) -> dict[str, float]:
        """For a manifest."""
        return {name: round(value, 5) for name, value in asdict(self).items()}


def demand_exact(found: Fidelity) -> None:
    """Refuse an export in fp32 that is not the checkpoint, or a checkpoint that hears nothing.

    Raises
    ------
    Disagreement
        Says by how much.
    """
    if found.varied <= LEAST:
        raise Disagreement("it says the same of every sentence")
    if not found.worst <= EXACT:  # also if it is not a number
        raise Disagreement(f"fp32: a probability differs by {found.worst:.4f}, {EXACT} is allowed")


def demand_near(found: Fidelity, least: float) -> None:
    """Refuse an export in 8 bits that lost too much.

    Raises
    ------
    Disagreement
        Says how much.
    """
    if not (found.kept >= least and found.named >= NAMED):
        raise Disagreement(
            f"int8: {found.kept:.0%} of what tells sentences apart and {found.named:.0%} of the "
            f"moods that are named are left; at least {least:.0%} and {NAMED:.0%} must be"
        )
