"""The outline of a track, for a seek bar."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from miso_desktop.audio import AudioStream
from miso_desktop.music.decode import finite

_RATE = 8_000
"""Hertz. An outline needs no treble, and a low rate is quick."""
_BIN = 400
"""Samples that become one peak while decoding: a twentieth of a second, so that an hour
of music leaves 288 kB of peaks."""


def peaks(path: Path, count: int = 160) -> NDArray[np.float32]:
    """Loudest sample of each of ``count`` equal parts of a track.

    The file is decoded once from beginning to end; only peaks are kept.

    Parameters
    ----------
    path : Path
        Any format that :class:`~miso_desktop.audio.AudioStream` opens.
    count : int
        How many bars the seek bar has; at least 1.

    Returns
    -------
    numpy.ndarray, shape (count,), float32
        From 0 to 1; the loudest part is 1, unless the whole track is silent. A track with
        fewer samples than parts repeats them.

    Raises
    ------
    FileMissing
        If there is no such file or it may not be read.
    UnreadableTrack
        If it holds no sound that can be decoded.
    ValueError
        If ``count`` is less than 1.
    """
    if count < 1:
        raise ValueError(f"an outline has at least one part, not {count}")
    fine = _fine_peaks(path)
    edges = np.linspace(0, len(fine), count + 1)
    first = np.minimum(np.floor(edges[:-1]).astype(int), len(fine) - 1)
    after = np.maximum(np.ceil(edges[1:]).astype(int), first + 1)
    outline = np.array([fine[a:b].max() for a, b in zip(first, after, strict=True)], np.float32)
    loudest = outline.max()
    return outline / loudest if loudest > 0 else outline


def _fine_peaks(path: Path) -> NDArray[np.float32]:
    """Peaks of twentieths of a second."""
    found: list[NDArray[np.float32]] = []
    rest = np.zeros(0, np.float32)
    with AudioStream(path, _RATE, channels=1) as stream:
        for block in stream.blocks():
            samples = np.concatenate((rest, np.abs(finite(block[:, 0]))))
            whole = len(samples) // _BIN * _BIN
            found.append(samples[:whole].reshape(-1, _BIN).max(axis=1))
            rest = samples[whole:]
    if len(rest) or not found:
        found.append(np.array([rest.max() if len(rest) else 0.0], np.float32))
    return np.concatenate(found)
