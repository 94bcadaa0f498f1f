"""What the audio network hears: log-mel spectrograms of three seconds.

The network was taught on spectrograms of librosa, and hears well only what is made alike:
the same names, parameters and values (:func:`librosa.feature.melspectrogram`, version 0.7,
which pads the ends by reflection). librosa is not imported; the tests hold every frame
equal to its values.

References
----------
Pons and Serra (2019), musicnn: pre-trained convolutional neural networks for music audio
tagging. Slaney (1998), Auditory Toolbox, for the mel scale.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from miso_desktop.music.spectral import mel_filters

Floats = NDArray[np.float32]

SAMPLE_RATE = 16_000
"""Hertz."""
N_FFT = 512
HOP = 256
N_MELS = 96
PATCH = 187
"""Frames that the network hears at once: 2.99 s."""
PATCH_SAMPLES = (PATCH - 1) * HOP
"""The fewest samples that give as many frames."""

_COMPRESSION = 10_000.0
_AT_ONCE = 512
"""Frames in memory at once; more do not fit the processor's cache."""


def patches(samples: Floats) -> Floats:
    """Cut a sound into what the network hears at once.

    Parameters
    ----------
    samples : numpy.ndarray, shape (n,), float32
        Mono at 16 kHz, full scale [-1, 1]; at least one sample. One that is not a number
        counts as silence.

    Returns
    -------
    numpy.ndarray, shape (max(1, (1 + n // 256) // 187), 187, 96), float32
        One after another; the rest of fewer than 187 frames at the end is left out. A sound
        of less than three seconds is repeated until it fills one: so were short tracks in
        the network's training, and silence would count as a part of the music.
    """
    if len(samples) < PATCH_SAMPLES:
        samples = np.resize(samples, PATCH_SAMPLES)
    count = (1 + len(samples) // HOP) // PATCH
    whole = log_mel(samples[: (count * PATCH - 1) * HOP + N_FFT // 2])
    return whole[: count * PATCH].reshape(count, PATCH, N_MELS)


def log_mel(samples: Floats) -> Floats:
    """Spectrogram in mel bands of equal area, compressed.

    Parameters
    ----------
    samples : numpy.ndarray, shape (n,), float32
        Mono at 16 kHz; more than 256 samples.

    Returns
    -------
    numpy.ndarray, shape (1 + n // 256, 96), float32
        ``log10(1 + 10000 p)`` of the power p; finite, 0 and more.
    """
    heard = np.clip(np.nan_to_num(samples.astype(np.float32, copy=False), nan=0.0), -8, 8)
    padded = np.pad(heard, N_FFT // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, N_FFT)[::HOP]
    out = np.empty((len(frames), N_MELS), np.float32)
    for start in range(0, len(frames), _AT_ONCE):
        spectrum = np.fft.rfft(frames[start : start + _AT_ONCE] * _window(), axis=1)
        power = spectrum.real**2 + spectrum.imag**2
        np.matmul(power, _filters(), out=out[start : start + _AT_ONCE])
    out *= np.float32(_COMPRESSION)
    # log10(1 + x), exact for silence too.
    np.log1p(out, out=out)
    out *= np.float32(1 / np.log(10))
    return out


@cache
def _window() -> Floats:
    """Periodic Hann window."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT)).astype(np.float32)


@cache
def _filters() -> Floats:
    """Shape (257, 96)."""
    return np.ascontiguousarray(mel_filters(SAMPLE_RATE, N_FFT, N_MELS).T)
