"""How a sound moves from frame to frame: rhythm, dynamics, restlessness.

The 54 spectral features say what a track sounds like on the whole. These 40 say how it
changes, from the same transform: they lift the arousal that a mean cannot see. All of
them are free of the overall level.

References
----------
Tzanetakis and Cook (2002), Musical genre classification of audio signals: low-energy
share and beat histogram.
Lartillot et al. (2008), Multi-feature modeling of pulse clarity.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from miso_desktop.music import spectral

Floats = NDArray[np.float32]

BAND_EDGES = (1, 19, 75, 280, 1025)
"""Bins of the transform: about 10, 200, 800, 3000 and 11025 Hz."""
_PULSE_S = (0.2, 2.0)
"""Periods that a listener hears as a beat (300 down to 30 a minute)."""
_MODULATIONS_HZ = (0.3, 1.0, 2.0, 4.0, 8.0, 20.0)
_QUIETEST = 1e-6

FEATURE_NAMES = (
    *(f"mfcc_{i}_motion" for i in range(spectral.N_MFCC)),
    *("pulse_strength", "pulse_hz", "onsets_per_s", "flux_variation", "flux_skewness"),
    *(f"modulation_{low:g}_to_{high:g}_hz" for low, high in pairwise(_MODULATIONS_HZ)),
    *("level_std_db", "level_p5_db", "level_p25_db", "level_p50_db", "level_p75_db"),
    "low_energy_share",
    *(f"band_{i}_db" for i in range(len(BAND_EDGES) - 1)),
)
"""What :func:`features` computes, in order: 40 names."""


def band_levels(magnitude: Floats) -> Floats:
    """Root of the energy of four bands in every frame.

    Parameters
    ----------
    magnitude : numpy.ndarray, shape (frames, 1025), float32
        From :func:`miso_desktop.music.spectral.magnitudes`.

    Returns
    -------
    numpy.ndarray, shape (4, frames), float32
    """
    power = np.add.reduceat(magnitude * magnitude, BAND_EDGES[:-1], axis=1)
    return np.sqrt(power).T.astype(np.float32, copy=False)


def features(descriptors: Floats, bands: Floats) -> Floats:
    """Sum up the movement of a track.

    Parameters
    ----------
    descriptors : numpy.ndarray, shape (44, frames), float32
        From :func:`miso_desktop.music.spectral.rows`.
    bands : numpy.ndarray, shape (4, frames), float32
        From :func:`band_levels`.

    Returns
    -------
    numpy.ndarray, shape (40,), float32
        In the order of :data:`FEATURE_NAMES`; finite for any sound.
    """
    first = spectral.ROW_NAMES.index("mfcc_0")
    mfcc = descriptors[first : first + spectral.N_MFCC].astype(np.float64)
    flux = descriptors[spectral.ROW_NAMES.index("flux")].astype(np.float64)
    motion = (
        np.abs(np.diff(mfcc, axis=1)).mean(axis=1)
        if mfcc.shape[1] > 1
        else np.zeros(spectral.N_MFCC)
    )
    wide = bands.astype(np.float64)
    return np.concatenate((motion, _rhythm(flux), _dynamics(wide), _balance(wide))).astype(
        np.float32
    )


def _rhythm(flux: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pulse, onsets and the spectrum of the flux: 10 numbers, all 0 where nothing moves."""
    spread = flux.std()
    if len(flux) < 3 or spread < _QUIETEST:
        return np.zeros(5 + len(_MODULATIONS_HZ) - 1)
    centred = flux - flux.mean()
    inner = flux[1:-1]
    peaks = (inner > flux[:-2]) & (inner >= flux[2:]) & (inner > flux.mean() + spread)
    seconds = len(flux) / spectral.FRAMES_PER_SECOND
    strength, rate = _pulse(centred)
    swing = np.abs(np.fft.rfft(centred)) / (spread * len(flux))
    hertz = np.fft.rfftfreq(len(flux), 1 / spectral.FRAMES_PER_SECOND)
    edges = np.searchsorted(hertz, _MODULATIONS_HZ)
    modulations = [swing[a:b].sum() for a, b in pairwise(edges)]
    variation, skewness = spread / flux.mean(), ((centred / spread) ** 3).mean()
    return np.array(
        [strength, rate, peaks.sum() / seconds, variation, skewness, *modulations], np.float64
    )


def _pulse(centred: NDArray[np.float64]) -> tuple[float, float]:
    """Height of the strongest peak of the autocorrelation, and its rate in Hz."""
    n = len(centred)
    energy = np.abs(np.fft.rfft(centred, 2 * n)) ** 2
    alike = np.fft.irfft(energy)[:n]
    low, high = (round(s * spectral.FRAMES_PER_SECOND) for s in _PULSE_S)
    window = alike[low : high + 1] / alike[0]
    if not len(window):
        return 0.0, 0.0
    best = int(window.argmax())
    return float(window[best]), spectral.FRAMES_PER_SECOND / (low + best)


def _dynamics(bands: NDArray[np.float64]) -> NDArray[np.float64]:
    """Spread and percentiles of the level below its maximum, in dB; share of soft frames."""
    level = np.sqrt((bands**2).sum(axis=0))
    decibels = _below_loudest(level)
    soft = (level < 0.5 * level.mean()).mean()
    return np.array([decibels.std(), *np.percentile(decibels, [5, 25, 50, 75]), soft])


def _balance(bands: NDArray[np.float64]) -> NDArray[np.float64]:
    """Level of each band below the loudest band, in dB."""
    return _below_loudest(np.sqrt((bands**2).mean(axis=1)))


def _below_loudest(levels: NDArray[np.float64]) -> NDArray[np.float64]:
    decibels = 20 * np.log10(np.maximum(levels, levels.max() * 1e-5 + _QUIETEST))
    return np.asarray(decibels - decibels.max(), np.float64)
