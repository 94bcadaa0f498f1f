"""Spectral features of sound, all from one short-time Fourier transform.

librosa defines the features: the same names, the same parameters and the same values
(:func:`librosa.feature.spectral_centroid` and its neighbours, version 0.11). It is
not imported, because it is slow to import and heavy in every worker; the tests hold
each row equal to librosa's.

The rows are one number (or one vector) a frame. :data:`FEATURE_NAMES` sums them up in
54 numbers by one rule: the five descriptors of the spectrum's shape, which are one
number a frame, give mean, standard deviation and median (5 x 3 = 15); the vectors, which
are contrast (7), MFCC (20) and chroma (12), give the mean of each element (39).

Two parameters are stated because librosa has a choice there: chroma is computed with
``tuning=0`` (librosa would estimate it from the sound, which costs a second transform),
and flux is :func:`librosa.onset.onset_strength` with its defaults: the mean rise of the
log-power mel spectrum from frame to frame.

References
----------
McFee et al. (2015), librosa: audio and music signal analysis in Python.
Jiang et al. (2002), Music type classification by spectral contrast feature.
Davis and Mermelstein (1980), for MFCC. Slaney (1998), Auditory Toolbox, for mel.
Ellis (2007), Chroma feature analysis and synthesis.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SAMPLE_RATE = 22_050
"""Hertz."""
N_FFT = 2048
HOP = 512
N_MELS = 128
N_MFCC = 20
N_CHROMA = 12
N_CONTRAST = 7
FRAMES_PER_SECOND = SAMPLE_RATE / HOP

_CHUNK = 64
"""Frames that are transformed at a time, so that they stay in the cache."""
_AMIN = 1e-10
"""Power below which librosa counts everything as silence."""
_TOP_DB = 80.0
_ROLLOFF = 0.85
_BLOCK = 41
"""Bins that the rolloff sums at once; a divisor of their number."""
_NARROW = 1e-5
"""Share of a frame's sum; ten times what rounding does to a running sum."""
_CONTRAST_QUANTILE = 0.02
_CONTRAST_FMIN = 200.0
_FLUX_PADDING = 1 + N_FFT // (2 * HOP)
"""onset_strength shifts by its lag of one frame, and by half a window."""

SHAPE_NAMES = ("centroid", "bandwidth", "flatness", "rolloff", "flux")
VECTOR_NAMES = (
    *(f"contrast_{i}" for i in range(N_CONTRAST)),
    *(f"mfcc_{i}" for i in range(N_MFCC)),
    *(f"chroma_{i}" for i in range(N_CHROMA)),
)
ROW_NAMES = (*SHAPE_NAMES, *VECTOR_NAMES)
"""What :func:`rows` computes for each frame, in order: 44 names."""
FEATURE_NAMES = (
    *(f"{name}_{statistic}" for statistic in ("mean", "std", "median") for name in SHAPE_NAMES),
    *(f"{name}_mean" for name in VECTOR_NAMES),
)
"""What :func:`features` computes, in order: 54 names."""


def magnitudes(samples: Floats) -> Floats:
    """Magnitudes of the short-time Fourier transform (:func:`librosa.stft`).

    Parameters
    ----------
    samples : numpy.ndarray, shape (n,), float32
        Mono at 22.05 kHz, finite; at least one sample.

    Returns
    -------
    numpy.ndarray, shape (1 + n // 512, 1025), float32
        Frames first: the transpose of librosa's matrix.
    """
    padded = np.pad(samples.astype(np.float32, copy=False), N_FFT // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, N_FFT)[::HOP]
    magnitude = np.empty((len(frames), N_FFT // 2 + 1), np.float32)
    for first in range(0, len(frames), _CHUNK):
        here = slice(first, first + _CHUNK)
        np.abs(np.fft.rfft(frames[here] * _window(), axis=1), out=magnitude[here])
    return magnitude


def log_mel(magnitude: Floats) -> Floats:
    """Mel spectrogram in dB (:func:`librosa.feature.melspectrogram`, then power_to_db).

    Parameters
    ----------
    magnitude : numpy.ndarray, shape (frames, 1025), float32
        From :func:`magnitudes`.

    Returns
    -------
    numpy.ndarray, shape (frames, 128), float32
        At most 80 dB below the loudest.
    """
    return _log_mel(magnitude * magnitude)


def rows(magnitude: Floats, mel: Floats | None = None) -> Floats:
    """Compute every descriptor of every frame.

    Parameters
    ----------
    magnitude : numpy.ndarray, shape (frames, 1025), float32
        From :func:`magnitudes`.
    mel : numpy.ndarray, shape (frames, 128), float32, optional
        From :func:`log_mel`, where the caller has it already.

    Returns
    -------
    numpy.ndarray, shape (44, frames), float32
        In the order of :data:`ROW_NAMES`; centroid, bandwidth and rolloff in Hz, contrast
        and flux in dB, flatness and chroma from 0 to 1.
    """
    power = magnitude * magnitude
    mel = _log_mel(power) if mel is None else mel
    return np.concatenate(
        (
            _shape(magnitude, power),
            onset_strength(mel)[None],
            _contrast(magnitude),
            (mel @ _cosines()).T,
            _chroma(power),
        )
    )


def onset_strength(mel: Floats, over_bands: Callable[..., Floats] = np.mean) -> Floats:
    """Rise of the log-power mel spectrum from frame to frame, in dB.

    Parameters
    ----------
    mel : numpy.ndarray, shape (frames, 128), float32
        From :func:`log_mel`.
    over_bands : callable
        Makes one number of the bands of a frame: :func:`numpy.mean` in
        :func:`librosa.onset.onset_strength`, :func:`numpy.median` for the beats.

    Returns
    -------
    numpy.ndarray, shape (frames,), float32
    """
    rise = over_bands(np.maximum(np.diff(mel, axis=0), 0), axis=1)
    padded = np.concatenate((np.zeros(_FLUX_PADDING, np.float32), rise))
    return padded[: len(mel)]


def summary(descriptors: Floats) -> Floats:
    """Sum up the rows of a track in 54 numbers, in the order of :data:`FEATURE_NAMES`.

    Parameters
    ----------
    descriptors : numpy.ndarray, shape (44, frames), float32
        From :func:`rows`.

    Returns
    -------
    numpy.ndarray, shape (54,), float32
    """
    shape = descriptors[: len(SHAPE_NAMES)]
    means = descriptors.mean(axis=1, dtype=np.float64)
    return np.concatenate(
        (
            means[: len(SHAPE_NAMES)],
            shape.std(axis=1, dtype=np.float64),
            np.median(shape, axis=1),
            means[len(SHAPE_NAMES) :],
        )
    ).astype(np.float32)


def features(samples: Floats) -> Floats:
    """The 54 spectral features of a sound: :func:`magnitudes`, :func:`rows`, :func:`summary`.

    Examples
    --------
    >>> second = np.sin(2 * np.pi * 440 * np.arange(SAMPLE_RATE) / SAMPLE_RATE)
    >>> dict(zip(FEATURE_NAMES, features(second.astype(np.float32))))["chroma_9_mean"] > 0.9
    True
    """
    return summary(rows(magnitudes(samples)))


def _log_mel(power: Floats) -> Floats:
    parts = [power[:, bins] @ filters for bins, filters in _mel_blocks()]
    return _decibels(np.concatenate(parts, axis=1))


def _shape(magnitude: Floats, power: Floats) -> Floats:
    """Centroid, bandwidth, flatness and rolloff, shape (4, frames)."""
    total = magnitude.sum(axis=1)
    audible = np.where(total < np.finfo(np.float32).tiny, np.float32(1), total)
    centroid = np.asarray((magnitude @ frequencies()) / audible, np.float32)
    bandwidth = np.sqrt(_spread(magnitude, centroid) / audible)
    floored = np.maximum(power, np.float32(_AMIN))
    mean = floored.mean(axis=1)
    flatness = np.exp(np.log(floored, out=floored).mean(axis=1)) / mean
    return np.stack((centroid, bandwidth, flatness, _rolloff(magnitude)))


def _spread(magnitude: Floats, centroid: Floats) -> Floats:
    """Squared distance from the centroid, weighted by magnitude, shape (frames,)."""
    spread = np.empty(len(magnitude), np.float32)
    for first in range(0, len(magnitude), _CHUNK):
        here = slice(first, first + _CHUNK)
        away = frequencies() - centroid[here, None]
        away *= away
        spread[here] = np.einsum("ij,ij->i", away, magnitude[here])
    return spread


def _rolloff(magnitude: Floats) -> Floats:
    """Where the running sum over the bins reaches 85 percent, in Hz, shape (frames,).

    A running sum is slow, so most frames are found by the sums of blocks of bins. Where
    the share is reached so narrowly that rounding decides, librosa's sum is made.
    """
    every = np.arange(len(magnitude))
    blocks = magnitude.reshape(len(magnitude), -1, _BLOCK)
    sums = np.cumsum(magnitude @ _block_indicator(), axis=1)
    wanted = np.float32(_ROLLOFF) * sums[:, -1:]
    block = (sums >= wanted).argmax(axis=1)
    before = np.concatenate((np.zeros_like(wanted), sums), axis=1)[every, block, None]
    reached = np.concatenate((before, before + np.cumsum(blocks[every, block], axis=1)), axis=1)
    place = (reached[:, 1:] >= wanted).argmax(axis=1)
    margin = np.abs(np.stack((reached[every, place], reached[every, place + 1])) - wanted[:, 0])
    bins = block * _BLOCK + place
    narrow = np.flatnonzero(margin.min(axis=0) < np.float32(_NARROW) * sums[:, -1])
    exact = np.cumsum(magnitude[narrow], axis=1)
    bins[narrow] = (exact >= np.float32(_ROLLOFF) * exact[:, -1:]).argmax(axis=1)
    return np.asarray(frequencies()[bins], np.float32)


def _contrast(magnitude: Floats) -> Floats:
    """Decibels from valley to peak in octave bands, shape (7, frames)."""
    peaks, valleys = [], []
    for first, last, count in _octaves():
        # NumPy sorts with vector instructions, several times faster than it partitions.
        ordered = np.sort(magnitude[:, first:last], axis=1)
        valleys.append(ordered[:, :count].mean(axis=1))
        peaks.append(ordered[:, -count:].mean(axis=1))
    return _decibels(np.stack(peaks)) - _decibels(np.stack(valleys))


def _chroma(power: Floats) -> Floats:
    """Energy of the twelve pitch classes, the strongest of a frame 1, shape (12, frames)."""
    raw: Floats = np.dot(power, _chroma_filters().T)
    strongest = raw.max(axis=1, keepdims=True)
    strongest[strongest < np.finfo(np.float32).tiny] = 1
    return np.asarray(raw / strongest, np.float32).T


def _decibels(power: Floats) -> Floats:
    """:func:`librosa.power_to_db` with its defaults: at most 80 dB below the loudest."""
    decibels = np.float32(10) * np.log10(np.maximum(power, np.float32(_AMIN)))
    floored: Floats = np.maximum(decibels, decibels.max() - np.float32(_TOP_DB))
    return floored


@cache
def frequencies() -> Floats:
    """Centre of each bin of the transform, in Hz, shape (1025,)."""
    return np.fft.rfftfreq(N_FFT, 1 / SAMPLE_RATE).astype(np.float32)


@cache
def _window() -> Floats:
    """Periodic Hann window."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT)).astype(np.float32)


@cache
def _octaves() -> tuple[tuple[int, int, int], ...]:
    """First bin, bin after the last, and bins that count as peak (or valley), of each band.

    The bands are librosa's: each begins one bin before its octave and leaves out its own
    last bin; the quantile counts that bin all the same.
    """
    hertz = np.fft.rfftfreq(N_FFT, 1 / SAMPLE_RATE)
    edges = [0.0, *(_CONTRAST_FMIN * 2.0**k for k in range(N_CONTRAST))]
    bands = []
    for k, (low, high) in enumerate(pairwise(edges)):
        inside = np.flatnonzero((hertz >= low) & (hertz <= high))
        highest = k == N_CONTRAST - 1
        first = int(inside[0]) - (k > 0)
        last = len(hertz) if highest else int(inside[-1]) + 1
        count = max(1, round(_CONTRAST_QUANTILE * (last - first)))
        bands.append((first, last if highest else last - 1, count))
    return tuple(bands)


@cache
def mel_filters(rate: int, n_fft: int, bands: int) -> Floats:
    """Triangles of equal area on Slaney's mel scale (:func:`librosa.filters.mel`).

    Parameters
    ----------
    rate : int
        Sample rate in Hz.
    n_fft : int
        Samples in a window of the transform.
    bands : int
        How many, from 0 Hz to half the rate.

    Returns
    -------
    numpy.ndarray, shape (bands, 1 + n_fft // 2), float32
    """
    top = _mel_of_hertz(rate / 2)
    corners = _hertz_of_mel(np.linspace(0.0, top, bands + 2))
    widths = np.diff(corners)
    ramps = corners[:, None] - np.fft.rfftfreq(n_fft, 1 / rate)[None]
    rising = -ramps[:-2] / widths[:-1, None]
    falling = ramps[2:] / widths[1:, None]
    triangles = np.maximum(0, np.minimum(rising, falling))
    return np.asarray(triangles * (2 / (corners[2:] - corners[:-2]))[:, None], np.float32)


@cache
def _mel_blocks() -> tuple[tuple[slice, Floats], ...]:
    """Sixteen filters at a time, and the few bins that they reach."""
    blocks = []
    for filters in np.split(mel_filters(SAMPLE_RATE, N_FFT, N_MELS), N_MELS // 16):
        reached = np.flatnonzero(filters.any(axis=0))
        bins = slice(int(reached[0]), int(reached[-1]) + 1)
        blocks.append((bins, np.ascontiguousarray(filters[:, bins].T)))
    return tuple(blocks)


@cache
def _block_indicator() -> Floats:
    """Which bin lies in which block, shape (1025, 25)."""
    count = (N_FFT // 2 + 1) // _BLOCK
    return np.repeat(np.eye(count, dtype=np.float32), _BLOCK, axis=0)


_MEL_STEP = 200 / 3
_MEL_LOG_FROM = 1000.0
_MEL_LOG_STEP = np.log(6.4) / 27


def _mel_of_hertz(hertz: float) -> float:
    """Slaney's scale: linear to 1 kHz, logarithmic above; for frequencies above that."""
    return float(_MEL_LOG_FROM / _MEL_STEP + np.log(hertz / _MEL_LOG_FROM) / _MEL_LOG_STEP)


def _hertz_of_mel(mels: NDArray[np.floating]) -> NDArray[np.floating]:
    corner = _MEL_LOG_FROM / _MEL_STEP
    above = _MEL_LOG_FROM * np.exp(_MEL_LOG_STEP * (mels - corner))
    return np.where(mels >= corner, above, _MEL_STEP * mels)


@cache
def _cosines() -> Floats:
    """Orthonormal DCT-II of which the first 20 terms are kept, shape (128, 20)."""
    angles = np.pi / N_MELS * np.outer(np.arange(N_MELS) + 0.5, np.arange(N_MFCC))
    basis = np.sqrt(2 / N_MELS) * np.cos(angles)
    basis[:, 0] = np.sqrt(1 / N_MELS)
    return np.asarray(basis, np.float32)


@cache
def _chroma_filters() -> Floats:
    """Weight of each bin in each pitch class from C, shape (12, 1025).

    Gaussian bumps around the pitch class, and over all octaves one around octave 5, two
    octaves wide (:func:`librosa.filters.chroma`).
    """
    hertz = np.linspace(0, SAMPLE_RATE, N_FFT, endpoint=False)[1:]
    pitches = N_CHROMA * np.log2(hertz / (440 / 16))
    pitches = np.concatenate(([pitches[0] - 1.5 * N_CHROMA], pitches))
    widths = np.concatenate((np.maximum(np.diff(pitches), 1.0), [1.0]))
    half = N_CHROMA / 2
    away = np.remainder(pitches - np.arange(N_CHROMA)[:, None] + half, N_CHROMA) - half
    bumps = np.exp(-0.5 * (2 * away / widths) ** 2)
    bumps /= np.sqrt((bumps**2).sum(axis=0))
    bumps *= np.exp(-0.5 * ((pitches / N_CHROMA - 5.0) / 2.0) ** 2)
    from_c = np.roll(bumps, -3, axis=0)
    return np.ascontiguousarray(from_c[:, : N_FFT // 2 + 1], np.float32)
