"""The raw material of sound: tables, noise, envelopes and filters, in NumPy alone.

Recursive filters would need a loop over samples, so filtering is done where NumPy is
quick: on the amplitudes of harmonics before they are summed into a table, or on the
spectrum of a whole signal. A tone that closes its filter while it sounds is a cross-fade
between a bright and a dark table.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
"""Sample rate of everything that is rendered, in Hz: Opus's own."""

Signal = NDArray[np.float64]
"""Mono, shape (frames,), or stereo, shape (frames, 2)."""

Curve = tuple[tuple[float, float], ...]
"""Points (Hz, dB) of a frequency response, joined by straight lines over log frequency."""

_TABLE = 2048
_FLOOR_HZ = 10.0
_CONTROL = 64
"""Samples a control step: slides and vibrato move no faster."""


def frames(seconds: float) -> int:
    """Number of samples in ``seconds``, at least one."""
    return max(1, round(seconds * RATE))


def times(seconds: float) -> Signal:
    """Time of every sample, in seconds."""
    return np.arange(frames(seconds)) / RATE


def decibels(level: float) -> float:
    """Amplitude ratio of a level in dB."""
    return float(10.0 ** (level / 20.0))


def response(curve: Curve, hz: Signal) -> Signal:
    """Amplitude ratio of a curve at some frequencies; flat beyond its ends."""
    corners = np.log([point[0] for point in curve])
    levels = [point[1] for point in curve]
    return np.asarray(
        10.0 ** (np.interp(np.log(np.maximum(hz, _FLOOR_HZ)), corners, levels) / 20.0)
    )


def fast_length(count: int) -> int:
    """Smallest length not below ``count`` of which the Fourier transform is quick."""
    power = 1 << max(0, count - 1).bit_length()
    return min(n for n in (power, power * 3 // 4, power * 5 // 8, power * 9 // 16) if n >= count)


def equalise(signal: Signal, *points: tuple[float, float]) -> Signal:
    """Filter with a frequency response drawn through ``points`` (Hz, dB), without delay."""
    size = fast_length(len(signal) + RATE // 10)
    gain = response(points, np.fft.rfftfreq(size, 1 / RATE).astype(np.float64))
    if signal.ndim == 2:
        gain = gain[:, None]
    filtered = np.fft.irfft(np.fft.rfft(signal, size, axis=0) * gain, size, axis=0)
    return np.asarray(filtered[: len(signal)])


def harmonic_table(frequency: float, amplitude: Callable[[Signal, Signal], Signal]) -> Signal:
    """One period of a tone, free of aliasing.

    Parameters
    ----------
    frequency : float
        Pitch, in Hz; harmonics above 18 kHz are left out.
    amplitude : callable
        Takes the harmonics' numbers (from 1) and frequencies in Hz, gives amplitudes.

    Returns
    -------
    ndarray, shape (2049,)
        The last sample repeats the first, so that reading may interpolate.
    """
    count = max(1, min(_TABLE // 2 - 1, int(18_000 / frequency)))
    number = np.arange(1, count + 1, dtype=np.float64)
    spectrum = np.zeros(_TABLE // 2 + 1, dtype=np.complex128)
    # Quadratic phases (Schroeder 1970) keep the peaks of the sum low.
    phase = np.pi * number * number / count - np.pi / 2
    spectrum[1 : count + 1] = amplitude(number, number * frequency) * np.exp(1j * phase)
    period = np.fft.irfft(spectrum * _TABLE / 2, _TABLE)
    return np.append(period, period[0])


def saw(cutoff: float, slope: float = 2.0) -> Callable[[Signal, Signal], Signal]:
    """Amplitudes of a sawtooth behind a low-pass of ``slope`` times 6 dB an octave."""
    return lambda number, hz: 1.0 / (number * (1.0 + (hz / cutoff) ** (2 * slope)) ** 0.5)


def square(cutoff: float, slope: float = 2.0) -> Callable[[Signal, Signal], Signal]:
    """Amplitudes of a square wave behind a low-pass."""
    return lambda number, hz: (number % 2) / (number * (1.0 + (hz / cutoff) ** (2 * slope)) ** 0.5)


def formants(
    *peaks: tuple[float, float, float], tilt: float = 1.0
) -> Callable[[Signal, Signal], Signal]:
    """Amplitudes of a pulse through resonances (Hz, dB, width in Hz), as in a throat or a body."""

    def amplitude(number: Signal, hz: Signal) -> Signal:
        gain = np.full_like(hz, 0.02)
        for centre, level, width in peaks:
            gain += decibels(level) / (1.0 + ((hz - centre) / width) ** 2)
        return gain / number**tilt

    return amplitude


def read_table(table: Signal, phase: Signal) -> Signal:
    """Samples of a table at phases counted in periods."""
    place = (phase % 1.0) * _TABLE
    index = place.astype(np.intp)
    below = table[index]
    return np.asarray(below + (place - index) * (table[index + 1] - below))


def control_times(seconds: float) -> Signal:
    """Time of every control step: slow changes need no more than 750 values a second."""
    steps = np.arange(frames(seconds) // _CONTROL + 2)
    return np.asarray(steps * (_CONTROL / RATE), dtype=np.float64)


def phases(frequency: float | Signal, seconds: float, start: float = 0.0) -> Signal:
    """Phase in periods of a tone, whose frequency may change from control step to control step."""
    if isinstance(frequency, float | int):
        return np.asarray(start + frequency * times(seconds))
    count = frames(seconds)
    knots = start + np.concatenate([[0.0], np.cumsum(frequency * (_CONTROL / RATE))])
    return np.asarray(np.interp(np.arange(count), np.arange(len(knots)) * _CONTROL, knots))


def vibrato(
    frequency: float, seconds: float, cents: float, rng: np.random.Generator, delay: float = 0.25
) -> Signal:
    """Frequency with a vibrato that sets in after ``delay`` and wanders as a player's does.

    Returns
    -------
    ndarray
        Hz at every control step.
    """
    t = control_times(seconds)
    depth = cents * np.clip((t - delay) / 0.4, 0.0, 1.0)
    rate = 5.2 + 0.5 * rng.standard_normal()
    knots = np.arange(0.0, seconds + 0.5, 0.25)
    drift = np.interp(t, knots, rng.standard_normal(len(knots))) * 3.0
    sway = depth * np.sin(2 * np.pi * (rate * t + rng.random())) + drift
    return np.asarray(frequency * 2.0 ** (sway / 1200.0))


def noise(seconds: float, rng: np.random.Generator, *points: tuple[float, float]) -> Signal:
    """White noise, shaped by a frequency response if points (Hz, dB) are given."""
    white = rng.standard_normal(frames(seconds))
    return equalise(white, *points) if points else white


def decay(seconds: float, t60: float) -> Signal:
    """Exponential that falls by 60 dB in ``t60`` seconds."""
    return np.asarray(10.0 ** (-3.0 * times(seconds) / t60))


def envelope(hold: float, attack: float, fall: float, sustain: float, release: float) -> Signal:
    """Attack, exponential fall to ``sustain``, release after ``hold`` seconds.

    Returns
    -------
    ndarray, shape (frames of hold + release,)
        From 0 to 1 and back to 0.
    """
    t = times(hold + release)
    rise = np.sin(0.5 * np.pi * np.clip(t / attack, 0.0, 1.0)) ** 2
    body = sustain + (1.0 - sustain) * np.exp(-np.maximum(t - attack, 0.0) / fall)
    out = rise * body
    tail = np.clip((t - hold) / release, 0.0, 1.0)
    return np.asarray(out * (1.0 - tail) ** 2)


def fade_ends(signal: Signal, start: float = 0.001, end: float = 0.01) -> Signal:
    """Ramp the first and the last moments, so that nothing clicks."""
    out = signal.copy()
    first, last = min(frames(start), len(out)), min(frames(end), len(out))
    shape = (-1,) + (1,) * (out.ndim - 1)
    out[:first] *= np.linspace(0.0, 1.0, first).reshape(shape)
    out[-last:] *= np.linspace(1.0, 0.0, last).reshape(shape)
    return out


def gate(signal: Signal, hold: float, release: float) -> Signal:
    """Let a struck or plucked tone ring for ``hold`` seconds, then damp it."""
    length = min(len(signal), frames(hold + release))
    out = signal[:length].copy()
    t = np.arange(length) / RATE
    damping = np.clip((t - hold) / release, 0.0, 1.0)
    out *= ((1.0 - damping) ** 2).reshape((-1,) + (1,) * (out.ndim - 1))
    return out


def pan(signal: Signal, place: float) -> Signal:
    """Mono to stereo with constant power; ``place`` from -1 (left) to 1 (right).

    A stereo signal is turned by weighting its channels.
    """
    angle = (place + 1.0) * np.pi / 4.0
    weights = np.array([np.cos(angle), np.sin(angle)])
    if signal.ndim == 1:
        return np.asarray(signal[:, None] * weights)
    return np.asarray(signal * weights * np.sqrt(2.0))


def ensemble(
    frequency: float,
    seconds: float,
    table: Signal,
    *,
    players: int,
    detune: float,
    cents: float,
    rng: np.random.Generator,
    spread: float = 0.8,
) -> Signal:
    """Several players of one note: each a little off pitch, with a vibrato and a seat of its own.

    Returns
    -------
    ndarray, shape (frames, 2)
        About as loud as one player.
    """
    out = np.zeros((frames(seconds), 2))
    seats = np.linspace(-spread, spread, players) if players > 1 else np.zeros(1)
    for seat in seats:
        pitch = frequency * 2.0 ** (detune * rng.standard_normal() / 1200.0)
        phase = phases(vibrato(pitch, seconds, cents, rng), seconds, rng.random())
        out += pan(read_table(table, phase), float(seat))
    return np.asarray(out / np.sqrt(players))
