"""A ring buffer between one thread that decodes and one callback that plays.

No locks: each side advances only its own counter, and an attribute of a Python object
is replaced as a whole. The counters never wrap, so that a frame keeps its number.
"""

from __future__ import annotations

import numpy as np

from miso_desktop.audio import Samples


class RingBuffer:
    """Frames of float32 samples, first in, first out.

    Parameters
    ----------
    capacity : int
        Frames that it holds at most.
    channels : int
        Samples in a frame.

    Attributes
    ----------
    written, consumed : int
        Frames that ever came in; frames that ever left, by being read or skipped.
    """

    def __init__(self, capacity: int, channels: int = 2) -> None:
        if capacity < 1:
            raise ValueError(f"a ring buffer holds at least one frame, not {capacity}")
        self._data = np.zeros((capacity, channels), np.float32)
        self._skip_to = 0
        self.capacity = capacity
        self.written = 0
        self.consumed = 0

    @property
    def filled(self) -> int:
        """Frames that wait to be read."""
        return self.written - max(self.consumed, self._skip_to)

    @property
    def free(self) -> int:
        """Frames that can be written now; skipped ones count once the reader let them go."""
        return self.capacity - (self.written - self.consumed)

    def write(self, block: Samples) -> int:
        """Put in what fits (writer's side).

        Returns
        -------
        int
            How many frames of the block were taken.
        """
        count = min(len(block), self.free)
        start = self.written % self.capacity
        first = min(count, self.capacity - start)
        self._data[start : start + first] = block[:first]
        self._data[: count - first] = block[first:count]
        self.written += count
        return count

    def read(self, out: Samples) -> int:
        """Take out what is there (reader's side); the rest of ``out`` stays as it is.

        Returns
        -------
        int
            How many frames of ``out`` were filled.
        """
        count = min(len(out), self.written - self.consumed)
        start = self.consumed % self.capacity
        first = min(count, self.capacity - start)
        out[:first] = self._data[start : start + first]
        out[first:count] = self._data[: count - first]
        self.consumed += count
        return count

    def discard(self) -> None:
        """Mark everything written so far as unwanted (writer's side).

        The frames stay until the reader has called :meth:`skip`, so that it can fade
        out on them first.
        """
        self._skip_to = self.written

    @property
    def skipping(self) -> bool:
        """Whether there are unwanted frames."""
        return self._skip_to > self.consumed

    def skip(self) -> None:
        """Let the unwanted frames go (reader's side, or while nothing reads)."""
        self.consumed = max(self.consumed, self._skip_to)
