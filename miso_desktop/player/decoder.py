"""Decode a queue of tracks as one continuous sound."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from miso_desktop.audio import AudioStream, Samples
from miso_desktop.errors import MisoError

MAX_BOOST_DB = 6.0
"""Peaks are not known beforehand, and more than this the limiter could be heard."""

_KNEE = 0.8
"""Level above which a boosted track is bent softly towards full scale."""


@dataclass(frozen=True)
class Entry:
    """A track of the queue.

    Attributes
    ----------
    gain_db : float or None
        Replay gain; None leaves the track as it is.
    """

    path: Path
    gain_db: float | None = None


@dataclass(frozen=True)
class Chunk:
    """Frames of one track.

    Attributes
    ----------
    samples : numpy.ndarray, shape (frames, 2), float32
        In [-1, 1].
    index : int
        Place of the track in the queue.
    position_s, duration_s : float
        Where in the track the frames begin; its length, 0 where unknown.
    first : bool
        Whether the track begins here.
    """

    samples: Samples
    index: int
    position_s: float
    duration_s: float
    first: bool


class QueueDecoder:
    """Decode from a place in a queue to its end, one track on the heels of another.

    Parameters
    ----------
    entries : sequence of Entry
        The queue.
    index, position_s : int, float
        Where to begin.
    rate : int
        Frames a second of what comes out; stereo.
    on_failure : callable
        Told of each track that cannot be decoded, and why; the next one follows.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        index: int,
        position_s: float,
        rate: int,
        on_failure: Callable[[Entry, MisoError], None],
    ) -> None:
        self._entries = entries
        self._rate = rate
        self._on_failure = on_failure
        self._chunks = self._decode(index, position_s)

    def read(self) -> Chunk | None:
        """The next frames, or None at the end of the queue."""
        return next(self._chunks, None)

    def close(self) -> None:
        """Release the file that is open."""
        self._chunks.close()

    def _decode(self, start: int, position_s: float) -> Generator[Chunk, None, None]:
        for index in range(start, len(self._entries)):
            try:
                yield from self._track(index, position_s if index == start else 0.0)
            except MisoError as error:
                self._on_failure(self._entries[index], error)

    def _track(self, index: int, position_s: float) -> Generator[Chunk, None, None]:
        entry = self._entries[index]
        with AudioStream(entry.path, self._rate, 2) as stream:
            if position_s > 0:
                stream.seek(position_s)
            first = True
            for block in stream.blocks():
                yield Chunk(
                    level(block, entry.gain_db),
                    index,
                    max(0.0, stream.position_s - len(block) / self._rate),
                    stream.duration_s,
                    first,
                )
                first = False


def level(block: Samples, gain_db: float | None) -> Samples:
    """Apply a replay gain without clipping.

    A gain above 0 dB is held to :data:`MAX_BOOST_DB`, and its peaks are bent towards
    full scale by a hyperbolic tangent; what lies below the knee is only scaled.

    Parameters
    ----------
    block : numpy.ndarray, shape (frames, 2), float32
        As decoded; a lossy codec may overshoot full scale.
    gain_db : float or None
        None or a number that is not finite leaves the level as it is.

    Returns
    -------
    numpy.ndarray, shape (frames, 2), float32
        In [-1, 1].
    """
    gain = 0.0 if gain_db is None or not math.isfinite(gain_db) else min(gain_db, MAX_BOOST_DB)
    scaled = block if gain == 0.0 else block * np.float32(10 ** (gain / 20))
    if gain <= 0.0 or not len(scaled):
        return np.clip(scaled, -1.0, 1.0)
    size = np.abs(scaled)
    if size.max() <= _KNEE:
        return scaled
    bent = _KNEE + (1 - _KNEE) * np.tanh((size - _KNEE) / (1 - _KNEE))
    return np.where(size > _KNEE, np.copysign(bent, scaled), scaled).astype(np.float32)
