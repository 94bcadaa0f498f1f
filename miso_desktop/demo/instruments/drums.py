"""Percussion. Drums have no pitch: the frequency they are given is ignored, but by timpani."""

# ruff: noqa: ARG001 -- every instrument takes the same arguments and leaves what it needs not
from __future__ import annotations

import numpy as np

from miso_desktop.demo.synth import Signal, decay, fade_ends, noise, times

_METAL = (1.0, 1.34, 1.49, 1.71, 2.05, 2.63, 3.17, 3.93)
"""Ratios of the partials of a cymbal, inharmonic."""


def kick(frequency: float, hold: float, velocity: float, rng: np.random.Generator) -> Signal:
    """Bass drum of a pop kit: a falling sine, a beater's click."""
    return _kick(velocity, rng, low=48.0, fall=0.45, click=0.5)


def soft_kick(frequency: float, hold: float, velocity: float, rng: np.random.Generator) -> Signal:
    """The same, felt beater, played gently."""
    return _kick(velocity, rng, low=52.0, fall=0.35, click=0.1) * 0.8


def metal_kick(frequency: float, hold: float, velocity: float, rng: np.random.Generator) -> Signal:
    """Short and with much click, so that sixteenths stay apart."""
    return _kick(velocity, rng, low=55.0, fall=0.22, click=1.4)


def _kick(
    velocity: float, rng: np.random.Generator, *, low: float, fall: float, click: float
) -> Signal:
    length = fall + 0.1
    t = times(length)
    hz = low + 160.0 * np.exp(-t / 0.012) + 40.0 * np.exp(-t / 0.05)
    body = np.sin(2 * np.pi * np.cumsum(hz) / 48_000) * decay(length, fall * 1.4)
    snap = noise(length, rng, (150, -6), (700, -8), (1500, -6), (3500, 0), (9000, -8))
    snap *= decay(length, 0.04)
    return fade_ends((body + 0.3 * click * velocity * snap) * velocity, 0.0005, 0.02)


def snare(frequency: float, hold: float, velocity: float, rng: np.random.Generator) -> Signal:
    """Two shell modes and the rattle of wires."""
    length = 0.4
    t = times(length)
    shell = sum(
        (
            strength * np.sin(2 * np.pi * hz * t * (1 + 0.15 * np.exp(-t / 0.01)))
            for hz, strength in ((185.0, 1.0), (330.0, 0.5))
        ),
        start=np.zeros(len(t)),
    ) * decay(length, 0.22)
    wires = noise(length, rng, (120, -14), (220, -2), (900, -4), (2500, 0), (7000, 0), (14_000, -6))
    stick = noise(length, rng, (800, -18), (3000, 0), (10_000, -4)) * decay(length, 0.02)
    rattle = wires * (0.8 * decay(length, 0.2) + 0.2 * decay(length, 0.45))
    return fade_ends((0.5 * shell + 0.34 * rattle + 0.4 * stick) * velocity, 0.0003, 0.03)


def brush(frequency: float, hold: float, velocity: float, rng: np.random.Generator) -> Signal:
    """A brush swept over the snare."""
    length = 0.45
    t = times(length)
    sweep = np.exp(-(((t - 0.08) / 0.09) ** 2)) + 0.4 * np.exp(-t / 0.02)
    hiss = noise(length, rng, (200, -30), (1500, -8), (4500, 0), (11_000, -6))
    return fade_ends(hiss * sweep * 0.3 * velocity)


def rim(frequency: float, hold: float, velocity: float, rng: np.random.Generator) -> Signal:
    """Cross-stick: wood on the rim."""
    length = 0.12
    t = times(length)
    wood = np.sin(2 * np.pi * 1720.0 * t) + 0.6 * np.sin(2 * np.pi * 2480.0 * t)
    tick = noise(length, rng, (500, -20), (2500, 0), (9000, -10))
    return fade_ends(
        (wood * decay(length, 0.06) + 0.6 * tick * decay(length, 0.03)) * 0.4 * velocity
    )


def clap(frequency: float, hold: float, velocity: float, rng: np.random.Generator) -> Signal:
    """Several hands that do not quite meet."""
    length = 0.35
    t = times(length)
    hands = [np.exp(-np.maximum(t - s, 0) / 0.006) * (t >= s) for s in (0.0, 0.011, 0.021)]
    room = np.exp(-np.maximum(t - 0.03, 0) / 0.05) * (t >= 0.03)
    out = np.stack(
        [noise(length, rng, (180, -18), (500, -6), (1100, 0), (2600, 2), (9000, -8)) for _ in "LR"]
    )
    return fade_ends((out * (sum(hands, start=room))).T * 0.3 * velocity)


def hat(frequency: float, hold: float, velocity: float, rng: np.random.Generator) -> Signal:
    """Closed hi-hat."""
    return _metal(velocity, rng, base=3900.0, length=0.16, t60=0.09 + 0.06 * velocity) * 0.5


def open_hat(frequency: float, hold: float, velocity: float, rng: np.random.Generator) -> Signal:
    """Hi-hat, half open."""
    return _metal(velocity, rng, base=3900.0, length=0.6, t60=0.65) * 0.5


def ride(frequency: float, hold: float, velocity: float, rng: np.random.Generator) -> Signal:
    """Ride cymbal: a ping over a quiet wash."""
    wash = _metal(velocity, rng, base=2900.0, length=1.6, t60=2.2) * 0.25
    t = times(1.6)
    ping = np.sin(2 * np.pi * 5210.0 * t) + np.sin(2 * np.pi * 3770.0 * t)
    return wash + (ping * decay(1.6, 0.5) * 0.05 * velocity)[:, None]


def crash(frequency: float, hold: float, velocity: float, rng: np.random.Generator) -> Signal:
    """Crash cymbal."""
    tone = _metal(velocity, rng, base=1700.0, length=2.8, t60=2.6)
    return tone * np.minimum(1.0, 0.4 + times(2.8) / 0.02)[:, None] * 0.6


def swelled_cymbal(
    frequency: float, hold: float, velocity: float, rng: np.random.Generator
) -> Signal:
    """A roll on a suspended cymbal that grows for as long as it is held."""
    length = hold + 2.0
    t = times(length)
    grow = np.where(t < hold, (t / hold) ** 2.5, 10.0 ** (-3.0 * (t - hold) / 2.0))
    sides = [noise(length, rng, (300, -24), (2500, -6), (6000, 0), (13_000, -6)) for _ in "LR"]
    return fade_ends(np.stack(sides, axis=1) * grow[:, None] * 0.3 * velocity, 0.01, 0.2)


def _metal(
    velocity: float, rng: np.random.Generator, *, base: float, length: float, t60: float
) -> Signal:
    t = times(length)
    partials = sum(
        (
            np.sin(2 * np.pi * (base * ratio * t + rng.random()))
            for ratio in _METAL
            if base * ratio < 16_000
        ),
        start=np.zeros(len(t)),
    )
    sides = [noise(length, rng, (base / 4, -40), (base, -8), (8000, 0), (15_000, -5)) for _ in "LR"]
    tail = 0.7 * decay(length, t60 * 0.5) + 0.3 * decay(length, t60)
    out = np.stack(sides, axis=1) * 0.45 + partials[:, None] * 0.05
    return fade_ends(out * tail[:, None] * velocity, 0.0004, length / 4)


def shaker(frequency: float, hold: float, velocity: float, rng: np.random.Generator) -> Signal:
    """Egg shaker."""
    length = 0.13
    t = times(length)
    push = np.exp(-(((t - 0.035) / 0.022) ** 2))
    return (
        noise(length, rng, (1500, -36), (5000, -6), (8500, 0), (14_000, -4)) * push * 0.3 * velocity
    )


def tambourine(frequency: float, hold: float, velocity: float, rng: np.random.Generator) -> Signal:
    """Jingles."""
    return _metal(velocity, rng, base=5200.0, length=0.3, t60=0.25) * 0.55


def tom(frequency: float, hold: float, velocity: float, rng: np.random.Generator) -> Signal:
    """Tom: its pitch is the note's."""
    return _skin(frequency, velocity, rng, t60=0.6, strike=0.3)


def conga(frequency: float, hold: float, velocity: float, rng: np.random.Generator) -> Signal:
    """A conga: the harder the hit, the higher and sharper (from open tone to slap)."""
    return _skin(190.0 + 120.0 * velocity, velocity, rng, t60=0.3, strike=0.8)


def taiko(frequency: float, hold: float, velocity: float, rng: np.random.Generator) -> Signal:
    """A very large drum, hit with a club."""
    return _skin(52.0, velocity, rng, t60=1.3, strike=0.6)


def timpani(frequency: float, hold: float, velocity: float, rng: np.random.Generator) -> Signal:
    """Kettledrum with the modes that make its pitch (1, 1.5, 1.98, 2.44)."""
    length = 1.8
    t = times(length)
    modes = (
        (1.0, 1.0, 1.6),
        (1.5, 0.6, 1.1),
        (1.98, 0.4, 0.8),
        (2.44, 0.25, 0.6),
        (0.63, 0.4, 0.25),
    )
    tone = sum(
        (a * np.sin(2 * np.pi * r * frequency * t) * decay(length, t60) for r, a, t60 in modes),
        start=np.zeros(len(t)),
    )
    thud = noise(length, rng, (60, -6), (200, 0), (900, -10), (4000, -30)) * decay(length, 0.09)
    return fade_ends((0.5 * tone + 0.5 * thud) * velocity, 0.001, 0.2)


def _skin(
    hz: float, velocity: float, rng: np.random.Generator, *, t60: float, strike: float
) -> Signal:
    length = t60 + 0.1
    t = times(length)
    glide = hz * (1.0 + 0.5 * np.exp(-t / 0.03))
    phase = 2 * np.pi * np.cumsum(glide) / 48_000
    tone = np.sin(phase) * decay(length, t60) + 0.4 * np.sin(1.59 * phase) * decay(length, t60 / 2)
    hit = noise(length, rng, (80, -6), (400, 0), (3000, -6), (9000, -18)) * decay(length, 0.07)
    return fade_ends((tone + strike * hit) * velocity * 0.8, 0.0005, 0.05)
