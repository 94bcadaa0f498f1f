"""Acoustic features: tempo, and statistics of level and of zero crossings.

librosa defines them, version 0.11: :func:`librosa.feature.tempo`,
:func:`librosa.feature.rms` and :func:`librosa.feature.zero_crossing_rate`, all with their
defaults, on the same frames as the spectral features.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from miso_desktop.music import rhythm
from miso_desktop.music.spectral import HOP, N_FFT

Floats = NDArray[np.float32]

_SILENT = 1e-10
"""A sample no further from zero than this is zero."""

ROW_NAMES = ("rms", "zero_crossing_rate")
"""What :func:`rows` computes for each frame, in order."""
FEATURE_NAMES = (
    "tempo",
    "rms_mean",
    "rms_std",
    "rms_max",
    "zero_crossing_rate_mean",
    "zero_crossing_rate_std",
)
"""What :func:`features` computes, in order: 6 names."""


def rows(samples: Floats) -> Floats:
    """Level and zero-crossing rate of every frame.

    Parameters
    ----------
    samples : numpy.ndarray, shape (n,), float32
        Mono at 22.05 kHz, finite; at least one sample.

    Returns
    -------
    numpy.ndarray, shape (2, 1 + n // 512), float32
        In the order of :data:`ROW_NAMES`; full scale is 1, and a crossing at every sample
        is 1.
    """
    return np.stack((_rms(samples), _zero_crossing_rate(samples)))


def features(descriptors: Floats, flux: Floats) -> Floats:
    """Sum up the rows of a track.

    Parameters
    ----------
    descriptors : numpy.ndarray, shape (2, frames), float32
        From :func:`rows`.
    flux : numpy.ndarray, shape (frames,), float32
        That row of :func:`miso_desktop.music.spectral.rows`.

    Returns
    -------
    numpy.ndarray, shape (6,), float32
        In the order of :data:`FEATURE_NAMES`; finite. Tempo in beats a minute.
    """
    rms, crossings = descriptors.astype(np.float64)
    return np.array([rhythm.tempo(flux), *_spread(rms), rms.max(), *_spread(crossings)], np.float32)


def _spread(row: NDArray[np.float64]) -> tuple[float, float]:
    return float(row.mean()), float(row.std())


def _rms(samples: Floats) -> Floats:
    squares = np.pad(np.square(samples), N_FFT // 2)
    return np.asarray(np.sqrt(_over_frames(squares) / N_FFT), np.float32)


def _zero_crossing_rate(samples: Floats) -> Floats:
    padded = np.pad(samples, N_FFT // 2, mode="edge")
    negative = padded < -_SILENT
    crossed = np.zeros(len(padded), np.float32)
    crossed[1:] = negative[1:] != negative[:-1]
    counts = _over_frames(crossed)
    # A frame does not know what came before its first sample.
    counts -= crossed[::HOP][: len(counts)]
    return np.asarray(counts / N_FFT, np.float32)


def _over_frames(values: Floats) -> NDArray[np.float64]:
    """Sum over each frame of 2048, of which there begins one every 512 values.

    Frames overlap by whole hops, so each hop is summed once.
    """
    hops = len(values) // HOP
    sums = values[: hops * HOP].reshape(hops, HOP).sum(axis=1, dtype=np.float64)
    per_frame = N_FFT // HOP
    return np.asarray(sum(sums[i : hops - per_frame + 1 + i] for i in range(per_frame)))
