"""Tempo and beats, from how strongly things begin in each frame.

Both are librosa's, version 0.11 (:func:`librosa.feature.tempo` and
:func:`librosa.beat.beat_track` with their defaults), without its compiled loops: the mean
of a tempogram needs one inverse transform instead of one a frame, and the dynamic
programme of the beats fills half a beat at a time.

References
----------
Ellis (2007), Beat tracking by dynamic programming.
Grosche, Müller and Kurth (2010), Cyclic tempogram.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from miso_desktop.music.spectral import FRAMES_PER_SECOND

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Frames = NDArray[np.intp]

_LAGS = int(8.0 * FRAMES_PER_SECOND)
"""Periods that are compared, in frames: up to eight seconds."""
_TRANSFORM = 704
"""At least twice the periods, and a length whose transform is quick."""
_FASTEST_BPM = 320.0
_LIKELY_BPM = 120.0
_TIGHTNESS = 100.0
"""How dearly a beat pays for coming early or late."""
_FAINT = 0.01
"""Share of the strongest score below which there is no beat yet."""


def tempo(onsets: Floats) -> float:
    """Beats a minute (:func:`librosa.feature.tempo`).

    Parameters
    ----------
    onsets : numpy.ndarray, shape (frames,), float32
        Onset strength, not negative; at least one frame.

    Returns
    -------
    float
        From 7.5 to 287; 117.5, the likeliest of all, where nothing begins.
    """
    return 60 * FRAMES_PER_SECOND / _period(onsets)


def beats(onsets: Floats) -> Frames:
    """Frames on which a beat falls (:func:`librosa.beat.beat_track`).

    Parameters
    ----------
    onsets : numpy.ndarray, shape (frames,), float32
        Onset strength, not negative; librosa takes the median over the mel bands here.

    Returns
    -------
    numpy.ndarray, shape (beats,), int
        In order; none where nothing begins.
    """
    if len(onsets) < 2 or not onsets.any():
        return np.zeros(0, np.intp)
    period = _period(onsets)
    spread = float(onsets.std(ddof=1)) + np.finfo(np.float32).tiny
    score = _smoothed(onsets.astype(np.float64) / spread, period)
    before, total = _linked(score, period)
    found = []
    beat = _last(total)
    while beat >= 0:
        found.append(beat)
        beat = int(before[beat])
    return _trimmed(np.array(found[::-1], np.intp), score)


def _period(onsets: Floats) -> int:
    """The likeliest period in frames."""
    weighted = np.log1p(1e6 * _alike(onsets)) + _log_prior()
    return int(weighted.argmax())


def _alike(onsets: Floats) -> Doubles:
    """Mean over the frames of the autocorrelation around each, which is 1 at lag 0.

    Autocorrelation is the inverse transform of power, and that is linear: the mean of the
    power is transformed back, once.
    """
    window = _window()
    padded = np.pad(onsets, _LAGS // 2, mode="linear_ramp")
    frames = np.lib.stride_tricks.sliding_window_view(padded, _LAGS)[: len(onsets)] * window
    energy = np.einsum("ij,ij->i", frames, frames)
    weights = 1 / np.where(energy < np.finfo(np.float32).tiny, 1, energy) / len(onsets)
    spectra = np.fft.rfft(frames, _TRANSFORM, axis=1).view(np.float32)
    power = (weights @ (spectra * spectra)).reshape(-1, 2).sum(axis=1)
    # Rounding can leave less than nothing where the logarithm follows.
    return np.maximum(np.fft.irfft(power.astype(np.float64), _TRANSFORM)[:_LAGS], 0)


def _smoothed(onsets: Doubles, period: int) -> Doubles:
    """Onsets under a bell that is narrow against the period."""
    bell = np.exp(-0.5 * (np.arange(-period, period + 1) * 32.0 / period) ** 2)
    return np.convolve(onsets, bell)[period : period + len(onsets)]


def _linked(score: Doubles, period: int) -> tuple[Frames, Doubles]:
    """The best beat before each frame, or -1, and the score of the best chain up to it."""
    near, far = round(period / 2), 2 * period
    away = np.arange(near, far + 1)
    fee = _TIGHTNESS * (np.log(away) - np.log(period)) ** 2
    # Nothing lies before the beginning: as if it were forbidden.
    total = np.concatenate((np.full(far, -np.inf), score))
    reach = np.lib.stride_tricks.sliding_window_view(total, len(away))[:, ::-1]
    before = np.full(len(score), -1, np.intp)
    # No beat looks at the last `near` frames, so as many are found at once.
    for first in range(near, len(score), near):
        last = min(first + near, len(score))
        chains = reach[first:last] - fee
        best = chains.argmax(axis=1)
        gain = chains[np.arange(last - first), best]
        linked = np.isfinite(gain)
        total[far + first : far + last][linked] += gain[linked]
        before[first:last][linked] = (np.arange(first, last) - near - best)[linked]
    total = total[far:]
    before[: int((score >= _FAINT * score.max()).argmax())] = -1
    return before, total


def _last(total: Doubles) -> int:
    """The last peak that is not below half of what is usual for peaks."""
    peaks = np.zeros(len(total), bool)
    peaks[1:-1] = (total[1:-1] > total[:-2]) & (total[1:-1] >= total[2:])
    peaks[-1] = total[-1] > total[-2]
    if not peaks.any():
        return len(total) - 1
    high = np.flatnonzero(peaks & (total >= 0.5 * np.median(total[peaks])))
    return int(high[-1]) if len(high) else len(total) - 1  # half of less than nothing is more


def _trimmed(found: Frames, score: Doubles) -> Frames:
    """Without the weak beats at the beginning and at the end."""
    strength = np.convolve(score[found], np.hanning(5))[2 : 2 + len(score)]
    strong = np.flatnonzero(score > 0.5 * np.sqrt((strength**2).mean()))
    if not len(strong):
        return found[:0]
    return np.asarray(found[(found >= strong[0]) & (found <= strong[-1])], np.intp)


@cache
def _window() -> Floats:
    """Periodic Hann window."""
    angles = 2 * np.pi * np.arange(_LAGS) / _LAGS
    return np.asarray(0.5 - 0.5 * np.cos(angles), np.float32)


@cache
def _log_prior() -> Doubles:
    """How likely each period is, before anything is heard; minus infinity for the fastest."""
    with np.errstate(divide="ignore"):
        bpm = 60 * FRAMES_PER_SECOND / np.arange(_LAGS)
    likely = -0.5 * np.square(np.log2(bpm) - np.log2(_LIKELY_BPM))
    likely[bpm >= _FASTEST_BPM] = -np.inf
    return np.asarray(likely, np.float64)
