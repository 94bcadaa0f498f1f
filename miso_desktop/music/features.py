"""From samples to the numbers that the ensemble reads: 54 spectral, 40 of movement.

Before anything is measured, every track is brought to the same level and given the same
faint noise floor. Otherwise the features learn how a collection was mastered and encoded:
where a codec cut the treble away, flatness and contrast measure the codec's rounding
errors and not the music.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from miso_desktop.music import movement, spectral

Floats = NDArray[np.float32]

NAMES = (*spectral.FEATURE_NAMES, *movement.FEATURE_NAMES)
"""The order of the ensemble's input: 94 names."""
SILENCE_RMS = 1e-5
"""100 dB below full scale; there is nothing to hear below."""

_LEVEL = 0.1
_FLOOR = 1e-3
"""The floor lies 60 dB below the music."""


def loudness(samples: Floats) -> float:
    """Root mean square of the samples; 0 for none."""
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0


def prepare(samples: Floats) -> Floats:
    """Bring a track to the common level and add the noise floor.

    Parameters
    ----------
    samples : numpy.ndarray, shape (n,), float32
        Mono at 22.05 kHz, finite.

    Returns
    -------
    numpy.ndarray, shape (n,), float32
        The same every time: the noise is seeded.
    """
    level = samples * np.float32(_LEVEL / (loudness(samples) + 1e-9))
    return level + _noise(len(level))


@lru_cache(maxsize=1)
def _noise(length: int) -> Floats:
    """The noise floor; kept, because what is heard of most tracks is equally long."""
    noise = np.random.default_rng(0).standard_normal(length, np.float32)
    return noise * np.float32(_LEVEL * _FLOOR)


def describe(samples: Floats) -> Floats:
    """Measure every frame of a prepared track with one short-time Fourier transform.

    Returns
    -------
    numpy.ndarray, shape (48, frames), float32
        The 44 rows of :func:`miso_desktop.music.spectral.rows`, then the four of
        :func:`miso_desktop.music.movement.band_levels`.
    """
    magnitude = spectral.magnitudes(prepare(samples))
    return np.concatenate((spectral.rows(magnitude), movement.band_levels(magnitude)))


def vector(described: Floats) -> Floats:
    """Sum up a track.

    Parameters
    ----------
    described : numpy.ndarray, shape (48, frames), float32
        From :func:`describe`.

    Returns
    -------
    numpy.ndarray, shape (94,), float32
        In the order of :data:`NAMES`; finite.
    """
    rows = len(spectral.ROW_NAMES)
    return np.concatenate(
        (
            spectral.summary(described[:rows]),
            movement.features(described[:rows], described[rows:]),
        )
    )
