"""A running median of 31 rows, exact and in a few passes.

Neighbouring windows share most of their rows. Sixteen windows in a row share sixteen
rows; those are sorted once, and each half of the windows adds the eight rows that its
members share beyond that, then each quarter four, each pair two, each window one. At
every step only the values that can still become a median are kept. All of it is minima
and maxima of whole blocks of rows, 28 of them for each row of the result.

References
----------
Adams (2021), Fast median filters using separable sorting networks, ACM Transactions on
Graphics 40(4). Batcher (1968), Sorting networks and their applications.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

WINDOW = 31
"""Rows; librosa's default in :func:`librosa.decompose.hpss`."""
_GROUP = (WINDOW + 1) // 2
"""Windows that are worked on together; a power of two."""
_CHUNK = 16
"""Groups at a time, so that their blocks stay in the cache."""


def running_median(values: Floats) -> Floats:
    """Median of 31 rows around each row (:func:`scipy.ndimage.median_filter`, size (31, 1)).

    Parameters
    ----------
    values : numpy.ndarray, shape (n, m), float32
        Finite. Beyond the ends the rows are mirrored, the outermost one counted twice, and
        again where they are few. (SciPy 1.17 reads beyond an array of two rows, and of
        three where neighbours in memory are of one column.)

    Returns
    -------
    numpy.ndarray, shape (n, m), float32
    """
    length, width = values.shape
    groups = -(-length // _GROUP)
    mirrored = _mirrored(np.arange(-_GROUP, _GROUP * (groups + 1)), length)
    medians = np.empty((groups, _GROUP, width), np.float32)
    for first in range(0, groups, _CHUNK):
        last = min(first + _CHUNK, groups)
        rows = values[mirrored[first * _GROUP : (last + 2) * _GROUP]]
        _fill(medians[first:last], rows)
    return medians.reshape(-1, width)[:length]


def _mirrored(places: NDArray[np.int_], length: int) -> NDArray[np.int_]:
    wrapped = places % (2 * length)
    return np.minimum(wrapped, 2 * length - 1 - wrapped)


def _fill(medians: Floats, rows: Floats) -> None:
    """The medians of some groups, from their rows and a group's length on either side.

    Window ``i`` of a group reaches from row ``i - 15`` to row ``i + 15``, counted from
    the group's first row.
    """
    blocks = {1: rows[None]}
    for width in (1, 2, 4):
        runs = blocks[width]
        blocks[2 * width] = _merged(runs[:, 0::2], runs[:, 1::2])
    groups = _Groups(medians, blocks)
    groups.descend(_merged(groups.run(8, 0), groups.run(8, 8)), 0, 8)


class _Groups(NamedTuple):
    """Some groups of windows. (Functions within a function, one of them calling itself, would
    hold each other and all these rows until the garbage is collected.)
    """

    medians: Floats
    blocks: dict[int, Floats]
    """By width: sorted runs of so many rows, one after another."""

    def run(self, width: int, place: int) -> Floats:
        """The sorted run of rows that begins at a place of every group."""
        step = _GROUP // width
        first = (_GROUP + place) // width
        return self.blocks[width][:, first : first + step * (len(self.medians) - 1) + 1 : step]

    def descend(self, shared: Floats, first: int, half: int) -> None:
        """Windows ``first`` to ``first + 2 half``, from what all of them share."""
        if not half:
            self.medians[:, first] = shared[0]
            return
        before, after = self.run(half, first + half - _GROUP), self.run(half, first + _GROUP)
        self.descend(_middle(shared, before), first, half // 2)
        self.descend(_middle(shared, after), first + half, half // 2)


def _merged(a: Floats, b: Floats) -> Floats:
    """Two sorted runs of k along the first axis as one of 2 k."""
    k = len(a)
    both = np.empty((2 * k, *a.shape[1:]), np.float32)
    np.minimum(a, b[::-1], out=both[:k])
    np.maximum(a, b[::-1], out=both[k:])
    return _ordered(both.reshape(2, k, *a.shape[1:])).reshape(both.shape)


def _middle(a: Floats, b: Floats) -> Floats:
    """The middle k of a sorted run of 2 k and one of k, sorted.

    The lowest k of all are the lower ones of ``a``'s lower half against ``b`` upside
    down, and go; of what stays, the lowest k are found likewise.
    """
    k = len(b)
    without_low = _ordered(np.maximum(a[:k], b[::-1])[None])[0]
    ordered: Floats = _ordered(np.minimum(without_low, a[: k - 1 : -1])[None])[0]
    return ordered


def _ordered(runs: Floats) -> Floats:
    """Bitonic runs along the second axis, sorted."""
    shape = runs.shape
    while runs.shape[1] > 1:
        half = runs.shape[1] // 2
        low, high = runs[:, :half], runs[:, half:]
        halves = np.empty((len(runs), 2, half, *runs.shape[2:]), np.float32)
        np.minimum(low, high, out=halves[:, 0])
        np.maximum(low, high, out=halves[:, 1])
        runs = halves.reshape(-1, half, *shape[2:])
    return np.asarray(runs.reshape(shape), np.float32)
