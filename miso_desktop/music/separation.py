"""How much of each frame is tone and how much is stroke.

A tone goes on in time and a stroke reaches over the spectrum: the median over 31 frames
keeps the one, the median over 31 bins the other, and every bin is shared out by the
squares of the two (:func:`librosa.decompose.hpss` with its defaults). Only the level of
the two parts is asked for (:func:`librosa.feature.rms` of either), so neither is kept.

References
----------
FitzGerald (2010), Harmonic/percussive separation using median filtering.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from miso_desktop.music.median import running_median
from miso_desktop.music.spectral import N_FFT

Floats = NDArray[np.float32]

_CHUNK = 64
"""Frames at a time, so that what is between two steps stays in the cache."""


def levels(magnitude: Floats) -> Floats:
    """Root mean square of the harmonic and of the percussive part of every frame.

    Parameters
    ----------
    magnitude : numpy.ndarray, shape (frames, 1025), float32
        From :func:`miso_desktop.music.spectral.magnitudes`.

    Returns
    -------
    numpy.ndarray, shape (2, frames), float32
        Harmonic, then percussive; full scale is 1, but the window of the transform takes
        4.3 dB away, as it does in librosa.
    """
    strokes = running_median(np.ascontiguousarray(magnitude.T))
    tones = running_median(magnitude)
    weights = _weights(magnitude.shape[1])
    power = np.empty((2, len(magnitude)), np.float32)
    for first in range(0, len(magnitude), _CHUNK):
        here = slice(first, first + _CHUNK)
        tone = np.square(tones[here])
        stroke = np.ascontiguousarray(strokes[:, here].T)
        stroke *= stroke
        both = tone + stroke
        silent = both < np.finfo(np.float32).tiny
        if silent.any():  # what is in neither is shared out evenly
            tone[silent], stroke[silent], both[silent] = 1, 1, 2
        scaled = np.divide(magnitude[here], both, out=both)
        for row, share in zip(power, (tone, stroke), strict=True):
            part = np.multiply(share, scaled, out=share)
            row[here] = np.square(part, out=part) @ weights
    return np.sqrt(power)


def _weights(bins: int) -> Floats:
    """By Parseval: every bin stands for two, but for the first and the last."""
    weights = np.full(bins, 2 / N_FFT**2, np.float32)
    weights[[0, -1]] /= 2
    return weights
