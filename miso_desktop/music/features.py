"""From samples to the numbers that the ensemble reads, in four families.

54 spectral, 6 acoustic and 7 structural ones are librosa's; 40 of movement are our own.

Before anything is measured, every track is brought to the same level and given the same
faint noise floor. Otherwise the features learn how a collection was mastered and encoded:
where a codec cut the treble away, flatness and contrast measure the codec's rounding
errors and not the music.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from miso_desktop.music import acoustic, movement, spectral, structural

Floats = NDArray[np.float32]

FAMILIES = {
    "spectral": spectral.FEATURE_NAMES,
    "movement": movement.FEATURE_NAMES,
    "acoustic": acoustic.FEATURE_NAMES,
    "structural": structural.FEATURE_NAMES,
}
NAMES = tuple(name for names in FAMILIES.values() for name in names)
"""The order of what :func:`vector` gives: 107 names."""
SILENCE_RMS = 1e-5
"""100 dB below full scale; there is nothing to hear below."""

_LEVEL = 0.1
_FLOOR = 1e-3
"""The floor lies 60 dB below the music."""


def loudness(samples: Floats) -> float:
    """Root mean square of the samples; 0 for none."""
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0


def levelled(samples: Floats, rms: float) -> Floats:
    """Samples brought to a root mean square; silence stays silent."""
    return samples * np.float32(rms / (loudness(samples) + 1e-9))


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
    return levelled(samples, _LEVEL) + _noise(len(samples))


@lru_cache(maxsize=1)
def _noise(length: int) -> Floats:
    """The noise floor; kept, because what is heard of most tracks is equally long."""
    noise = np.random.default_rng(0).standard_normal(length, np.float32)
    return noise * np.float32(_LEVEL * _FLOOR)


def vector(samples: Floats) -> Floats:
    """Measure a track with one short-time Fourier transform, and sum it up.

    Parameters
    ----------
    samples : numpy.ndarray, shape (n,), float32
        Mono at 22.05 kHz, finite; at least one sample.

    Returns
    -------
    numpy.ndarray, shape (107,), float32
        In the order of :data:`NAMES`; finite.
    """
    sound = prepare(samples)
    magnitude = spectral.magnitudes(sound)
    log_mel = spectral.log_mel(magnitude)
    rows = spectral.rows(magnitude, log_mel)
    flux = rows[spectral.ROW_NAMES.index("flux")]
    return np.concatenate(
        (
            spectral.summary(rows),
            movement.features(rows, movement.band_levels(magnitude)),
            acoustic.features(acoustic.rows(sound), flux),
            structural.features(structural.rows(magnitude, log_mel), flux),
        )
    )
