"""The part of a track that is analysed: mono, 22.05 kHz, at most 30 seconds.

A long track is heard in three excerpts of ten seconds. They lie so that what is left
out falls into four equal parts: before, between and after them. So neither an intro nor
an ending decides. A track of 30 seconds or less is heard whole. Only the excerpts are
decoded where the container can seek, and never more than they are is held in memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from miso_desktop.audio import AudioStream
from miso_desktop.errors import UnreadableTrack
from miso_desktop.music.spectral import SAMPLE_RATE
from miso_desktop.phrases import phrase

MAX_SECONDS = 30.0
EXCERPTS = 3

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Sound:
    """What was heard of a track.

    Attributes
    ----------
    samples : numpy.ndarray, shape (n,), float32
        Mono at 22.05 kHz, finite; at least one sample.
    track_s : float
        Length of the whole track in seconds, 0 where the container does not tell.
    """

    samples: Samples
    track_s: float

    @property
    def seconds(self) -> float:
        """Seconds that were heard."""
        return len(self.samples) / SAMPLE_RATE


def read(path: Path) -> Sound:
    """Decode the part of a track that is analysed.

    Parameters
    ----------
    path : Path
        Any format that :class:`~miso_desktop.audio.AudioStream` opens.

    Raises
    ------
    FileMissing
        If there is no such file or it may not be read.
    UnreadableTrack
        If it holds no sound that can be decoded.
    """
    with AudioStream(path, SAMPLE_RATE, channels=1, exact=False) as stream:
        length = stream.duration_s
        parts = [_excerpt(stream, start, span) for start, span in excerpts(length)]
    heard = np.concatenate(parts)
    if not len(heard):
        # Some containers claim a length that they do not have: hear the beginning.
        with AudioStream(path, SAMPLE_RATE, channels=1) as stream:
            heard = _excerpt(stream, 0.0, MAX_SECONDS)
    if not len(heard):
        raise UnreadableTrack(
            phrase("{path} holds no sound. Is it a complete file?", path=str(path)), path
        )
    return Sound(finite(heard), length)


def excerpts(length: float) -> tuple[tuple[float, float], ...]:
    """Where to listen in a track: pairs of start and span, in seconds.

    Parameters
    ----------
    length : float
        Length of the track in seconds; 0 where it is not known, and then the beginning
        is heard.

    Examples
    --------
    >>> excerpts(190.0)
    ((40.0, 10.0), (90.0, 10.0), (140.0, 10.0))
    """
    left_out = length - MAX_SECONDS
    # A container's length is often a little off; half a second is not worth three seeks.
    if left_out <= 0.5:
        return ((0.0, MAX_SECONDS),)
    gap, span = left_out / (EXCERPTS + 1), MAX_SECONDS / EXCERPTS
    return tuple((gap + i * (gap + span), span) for i in range(EXCERPTS))


def finite(samples: Samples) -> Samples:
    """Silence in place of samples that are not numbers, and full scale for infinite ones."""
    return np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)


def _excerpt(stream: AudioStream, start: float, span: float) -> Samples:
    if start > 0:
        stream.seek(start)
    wanted = round(span * SAMPLE_RATE)
    blocks: list[Samples] = [np.zeros(0, np.float32)]
    for block in stream.blocks():
        blocks.append(block[:wanted, 0])
        wanted -= len(blocks[-1])
        if wanted <= 0:
            break
    return np.concatenate(blocks)
