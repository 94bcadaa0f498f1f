"""Synthesisers: pads, basses, leads."""

# ruff: noqa: ARG001 -- every instrument takes the same arguments and leaves what it needs not
from __future__ import annotations

from functools import lru_cache

import numpy as np

from miso_desktop.demo.synth import (
    Signal,
    decay,
    ensemble,
    envelope,
    harmonic_table,
    phases,
    read_table,
    saw,
    square,
    times,
    vibrato,
)


def pad(frequency: float, hold: float, velocity: float, rng: np.random.Generator) -> Signal:
    """Warm detuned saws with a slow swell."""
    return _pad(frequency, hold, velocity, rng, cutoff=700.0 + 1600.0 * velocity)


def bright_pad(frequency: float, hold: float, velocity: float, rng: np.random.Generator) -> Signal:
    """The same with the filter open: a wide shimmer above a chorus."""
    return _pad(frequency, hold, velocity, rng, cutoff=2500.0 + 5000.0 * velocity)


def _pad(
    frequency: float, hold: float, velocity: float, rng: np.random.Generator, *, cutoff: float
) -> Signal:
    release = 0.9
    tone = ensemble(
        frequency, hold + release, _saw_table(round(frequency, 3), round(cutoff)),
        players=5, detune=9.0, cents=4.0, rng=rng,
    )  # fmt: skip
    shape = envelope(hold, 0.35, 4.0, 0.9, release)
    return np.asarray(tone * shape[:, None] * (0.3 + 0.7 * velocity) * 0.6)


def stab(frequency: float, hold: float, velocity: float, rng: np.random.Generator) -> Signal:
    """A short bright chord of saws, as in dance music."""
    length = hold + 0.2
    t = times(length)
    glow = np.exp(-t / 0.12)[:, None]
    bright = _saw_table(round(frequency, 3), 7000)
    dark = _saw_table(round(frequency, 3), 1100)
    state = rng.bit_generator.state
    layers = []
    for table in (dark, bright):
        rng.bit_generator.state = state
        layers.append(
            ensemble(frequency, length, table, players=5, detune=11.0, cents=0.0, rng=rng)
        )
    shape = envelope(hold, 0.004, 0.5, 0.5, 0.2)[:, None]
    return np.asarray((layers[0] * (1 - glow) + layers[1] * glow) * shape * velocity * 0.6)


def synth_bass(frequency: float, hold: float, velocity: float, rng: np.random.Generator) -> Signal:
    """A saw with a closing filter over a sine an octave below the second harmonic."""
    length = hold + 0.06
    t = times(length)
    phase = phases(frequency, length, rng.random())
    glow = np.exp(-t / 0.15) * velocity
    bright = read_table(_saw_table(round(frequency, 3), 2600), phase)
    dark = read_table(_saw_table(round(frequency, 3), 320), phase)
    tone = dark + glow * (bright - dark) + 0.5 * np.sin(2 * np.pi * phase)
    return np.asarray(tone * envelope(hold, 0.004, 0.8, 0.6, 0.06) * (0.4 + 0.6 * velocity) * 0.6)


def sub_bass(frequency: float, hold: float, velocity: float, rng: np.random.Generator) -> Signal:
    """Almost a sine, with enough second and third harmonic to be heard on small speakers."""
    length = hold + 0.12
    phase = 2 * np.pi * phases(frequency, length)
    tone = np.sin(phase) + 0.25 * np.sin(2 * phase) + 0.1 * np.sin(3 * phase)
    return np.asarray(tone * envelope(hold, 0.015, 2.0, 0.7, 0.12) * velocity * 0.8)


def lead(frequency: float, hold: float, velocity: float, rng: np.random.Generator) -> Signal:
    """Two saws and a square with vibrato, for melodies that must be heard."""
    length = hold + 0.15
    pitch = vibrato(frequency, length, 14.0, rng, delay=0.2)
    table = _saw_table(round(frequency, 3), 4200)
    tone = sum(
        (
            read_table(table, phases(pitch * ratio, length, rng.random()))
            for ratio in (0.996, 1.004)
        ),
        start=read_table(_square_table(round(frequency, 3), 3000), phases(pitch, length)),
    )
    shape = envelope(hold, 0.015, 0.6, 0.75, 0.15)
    return np.asarray(tone * shape * (0.3 + 0.7 * velocity) * 0.3)


def bell(frequency: float, hold: float, velocity: float, rng: np.random.Generator) -> Signal:
    """A synthetic plucked bell: the sparkle of a pop arrangement."""
    length = 1.6
    t = times(length)
    modulator = np.sin(2 * np.pi * 3.5 * frequency * t) * decay(length, 0.7) * 1.4 * velocity
    tone = np.sin(2 * np.pi * frequency * t + modulator) * decay(length, 1.5)
    return np.asarray(tone * np.minimum(1.0, t / 0.002) * velocity * 0.5)


@lru_cache(maxsize=512)
def _saw_table(frequency: float, cutoff: int) -> Signal:
    table = harmonic_table(frequency, saw(float(cutoff)))
    return np.asarray(table / np.abs(table).max())


@lru_cache(maxsize=128)
def _square_table(frequency: float, cutoff: int) -> Signal:
    table = harmonic_table(frequency, square(float(cutoff)))
    return np.asarray(table / np.abs(table).max())
