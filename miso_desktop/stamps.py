"""What tells whether a file is still the one that was looked at."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_FARTHEST_NS = (1 << 63) - 1


@dataclass(frozen=True)
class Stamp:
    """Size in bytes and time of last change in ns: together they tell a changed file."""

    size: int
    mtime_ns: int


GONE = Stamp(-1, -1)
"""The stamp of a file that is not there; no file has it, so it counts as changed later."""


def stamp_now(path: Path) -> Stamp:
    """The stamp of a file; :data:`GONE` if it is not there."""
    try:
        return stamp_of(path.stat())
    except OSError:
        return GONE


def stamp_of(status: os.stat_result) -> Stamp:
    """The stamp of a file whose status is known."""
    # The database keeps 64 bits; some file systems hold dates far beyond the year 2262.
    return Stamp(status.st_size, max(-_FARTHEST_NS, min(_FARTHEST_NS, status.st_mtime_ns)))
