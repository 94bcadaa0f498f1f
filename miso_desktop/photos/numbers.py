"""Arithmetic that several readers share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

F = TypeVar("F", bound=np.floating[Any])


def softmax(level: NDArray[F]) -> NDArray[F]:
    """Along the last axis."""
    shares = np.exp(level - level.max(-1, keepdims=True))
    return np.asarray(shares / shares.sum(-1, keepdims=True))


def table(values: Any, *shape: int) -> NDArray[np.float64]:
    """Numbers from a file, float64, of the shape that they must have.

    Raises
    ------
    ValueError, TypeError
        If they are of another, are no numbers, or are not finite.
    """
    found = np.array(values, np.float64)
    if found.shape != shape or not np.isfinite(found).all():
        raise ValueError(f"a table of {found.shape} numbers in place of {shape}")
    return found
