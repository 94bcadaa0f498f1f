"""Plucked strings after Karplus and Strong (1983): a burst that runs round a lossy loop."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from miso_desktop.demo.synth import (
    RATE,
    Curve,
    Signal,
    equalise,
    fade_ends,
    gate,
    noise,
)

_VARIANTS = 4


@dataclass(frozen=True)
class String:
    """How a string is made and plucked.

    Attributes
    ----------
    t60 : float
        Seconds until a 110 Hz string has fallen by 60 dB; higher strings ring shorter.
    damping : float
        Loss of high frequencies in the loop, 0 (steel) to 0.5 (nylon, palm on the bridge).
    pick : Curve
        Spectrum of the pluck.
    place : float
        Where it is plucked, as a share of the string.
    body : Curve
        Resonance of the instrument.
    """

    t60: float
    damping: float
    pick: Curve
    place: float
    body: Curve


STEEL = String(
    7.0, 0.12, ((80, 0), (2500, 0), (9000, -9)), 0.17,
    ((70, -14), (100, 2), (200, 3), (420, -2), (1500, 0), (5000, 4), (12_000, 1)),
)  # fmt: skip
NYLON = String(
    5.0, 0.4, ((80, 0), (1200, -2), (6000, -22)), 0.22,
    ((70, -14), (110, 3), (230, 3), (500, -1), (3000, 0), (9000, -4)),
)  # fmt: skip
ELECTRIC = String(
    9.0, 0.22, ((80, 0), (2000, 0), (8000, -16)), 0.12, ((60, -20), (90, 0), (12_000, 0)),
)  # fmt: skip
MUTED = String(
    0.55, 0.42, ((80, 0), (1500, 0), (7000, -12)), 0.1, ((60, -20), (90, 0), (12_000, 0)),
)  # fmt: skip
HARP = String(
    6.0, 0.3, ((80, 0), (1500, 0), (8000, -18)), 0.4,
    ((70, -8), (160, 2), (400, 2), (3000, 0), (10_000, -2)),
)  # fmt: skip
BASS = String(
    5.0, 0.42, ((40, 0), (700, 0), (2500, -12), (6000, -26)), 0.2,
    ((35, -6), (60, 2), (300, 0), (900, 2), (5000, -6)),
)  # fmt: skip


@lru_cache(maxsize=600)
def pluck(string: String, frequency: float, hardness: int, variant: int, length: float) -> Signal:
    """One string plucked once, undamped; mono, peak 1.

    Parameters
    ----------
    string : String
        What is plucked.
    frequency : float
        Pitch, in Hz.
    hardness : int
        0 (soft, dark) to 4.
    variant : int
        The same note, plucked another time.
    length : float
        Seconds that are computed.
    """
    rng = np.random.default_rng(round(frequency * 64) * 97 + hardness * 7 + variant)
    delay = max(2, round(RATE / frequency - string.damping))
    burst = noise(max(delay / RATE, 0.03), rng)
    soften = ((500.0, 0.0), (8000.0, -4.0 * (4 - hardness)))
    burst = equalise(equalise(burst, *string.pick), *soften)[:delay]
    burst = burst - np.roll(burst, max(1, round(string.place * delay)))
    # The loop's length is whole; the pitch is set right by resampling by under one percent.
    stretch = frequency * (delay + string.damping) / RATE
    count = round(length * RATE * stretch) + delay + 2
    t60 = string.t60 * (110.0 / frequency) ** 0.45
    out = _run_loop(burst, count, string.damping, 10.0 ** (-3.0 / (frequency * t60)))
    tuned = np.interp(np.arange(round(length * RATE)) * stretch, np.arange(count), out)
    tuned = equalise(tuned, *string.body)
    return fade_ends(tuned / (np.abs(tuned).max() + 1e-9), 0.0005, 0.05)


def _run_loop(burst: Signal, count: int, damping: float, loss: float) -> Signal:
    """Feed the burst back through a two-point average, one period of samples at a time."""
    delay = len(burst)
    out = np.zeros(count + delay + 1)
    out[1 : delay + 1] = burst
    for start in range(delay + 1, count, delay):
        block = min(delay, len(out) - start)
        fresh = out[start - delay : start - delay + block]
        stale = out[start - delay - 1 : start - delay - 1 + block]
        out[start : start + block] = loss * ((1.0 - damping) * fresh + damping * stale)
    return out[1 : count + 1]


def _play(
    string: String, frequency: float, hold: float, velocity: float,
    rng: np.random.Generator, *, release: float = 0.12, longest: float = 4.0,
) -> Signal:  # fmt: skip
    hardness = max(0, min(4, round(velocity * 4)))
    variant = int(rng.integers(_VARIANTS))
    tone = pluck(string, round(frequency, 3), hardness, variant, longest)
    return gate(tone, hold, release) * (0.25 + 0.75 * velocity)


def steel_guitar(
    frequency: float, hold: float, velocity: float, rng: np.random.Generator
) -> Signal:
    """Acoustic guitar with steel strings and a pick."""
    return _play(STEEL, frequency, hold, velocity, rng) * 0.7


def nylon_guitar(
    frequency: float, hold: float, velocity: float, rng: np.random.Generator
) -> Signal:
    """Classical guitar, plucked with the finger."""
    return _play(NYLON, frequency, hold, velocity, rng) * 0.8


def harp(frequency: float, hold: float, velocity: float, rng: np.random.Generator) -> Signal:
    """Concert harp; strings ring on."""
    return _play(HARP, frequency, hold + 1.5, velocity, rng, release=0.8) * 0.8


def electric_guitar(
    frequency: float, hold: float, velocity: float, rng: np.random.Generator
) -> Signal:
    """Electric guitar as the pickup hears it: for an amplifier to follow."""
    return _play(ELECTRIC, frequency, hold, velocity, rng, release=0.04)


def muted_guitar(
    frequency: float, hold: float, velocity: float, rng: np.random.Generator
) -> Signal:
    """The same with the palm on the bridge."""
    return _play(MUTED, frequency, hold, velocity, rng, release=0.03, longest=1.0)


def electric_bass(
    frequency: float, hold: float, velocity: float, rng: np.random.Generator
) -> Signal:
    """Bass guitar, played with the fingers."""
    return _play(BASS, frequency, hold, velocity, rng, release=0.06, longest=3.0)
