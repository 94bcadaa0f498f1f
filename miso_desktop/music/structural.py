"""Structural features: beats, and the harmonic and the percussive part.

librosa defines them, version 0.11, with its defaults: :func:`librosa.beat.beat_track`,
:func:`librosa.onset.onset_strength` on the beats, and :func:`librosa.feature.rms` of the
two parts that :func:`librosa.decompose.hpss` makes of the same transform. A sound of two
or three frames is the one exception: there SciPy, which filters for librosa, reads memory
beyond the array.

The excerpts of a long track are measured joined, not one by one. Where two of them meet,
one interval between beats is off; but ten seconds are too few to tell a period from its
half: of twelve pieces of steady tempo, the joined excerpts gave the tempo of the whole
piece twelve times, the mean over single excerpts five times.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from miso_desktop.music import rhythm, separation, spectral

Floats = NDArray[np.float32]

ROW_NAMES = ("median_flux", "harmonic_rms", "percussive_rms")
"""What :func:`rows` computes for each frame, in order."""
FEATURE_NAMES = (
    "beats_per_s",
    "beat_interval_mean",
    "beat_interval_std",
    "beat_strength_mean",
    "harmonic_rms_mean",
    "percussive_rms_mean",
    "percussive_share",
)
"""What :func:`features` computes, in order: 7 names."""


def rows(magnitude: Floats, log_mel: Floats) -> Floats:
    """What begins in every frame, and how much of it is tone and stroke.

    Parameters
    ----------
    magnitude : numpy.ndarray, shape (frames, 1025), float32
        From :func:`miso_desktop.music.spectral.magnitudes`.
    log_mel : numpy.ndarray, shape (frames, 128), float32
        From :func:`miso_desktop.music.spectral.log_mel`.

    Returns
    -------
    numpy.ndarray, shape (3, frames), float32
        In the order of :data:`ROW_NAMES`.
    """
    flux = spectral.onset_strength(log_mel, np.median)
    return np.concatenate((flux[None], separation.levels(magnitude)))


def features(descriptors: Floats, flux: Floats) -> Floats:
    """Sum up the rows of a track.

    Parameters
    ----------
    descriptors : numpy.ndarray, shape (3, frames), float32
        From :func:`rows`.
    flux : numpy.ndarray, shape (frames,), float32
        That row of :func:`miso_desktop.music.spectral.rows`.

    Returns
    -------
    numpy.ndarray, shape (7,), float32
        In the order of :data:`FEATURE_NAMES`; finite. Intervals in seconds, strength in dB.
        Without beats, what is said of them is 0.
    """
    median_flux, harmonic, percussive = descriptors
    beats = rhythm.beats(median_flux)
    intervals = np.diff(beats) / spectral.FRAMES_PER_SECOND if len(beats) > 1 else np.zeros(1)
    parts = harmonic.mean(dtype=np.float64), percussive.mean(dtype=np.float64)
    return np.array(
        [
            len(beats) * spectral.FRAMES_PER_SECOND / len(flux),
            intervals.mean(),
            intervals.std(),
            flux[beats].mean(dtype=np.float64) if len(beats) else 0.0,
            *parts,
            parts[1] / (sum(parts) or 1.0),
        ],
        np.float32,
    )
