"""Struck and hammered: piano, electric piano, celesta."""

# ruff: noqa: ARG001 -- every instrument takes the same arguments and leaves what it needs not
from __future__ import annotations

from functools import lru_cache

import numpy as np

from miso_desktop.demo.synth import RATE, Signal, decay, fade_ends, gate, noise, times

_LAYERS = 6
_LONGEST = 5.0


def piano(frequency: float, hold: float, velocity: float, rng: np.random.Generator) -> Signal:
    """Grand piano: two strings a note, stiff and so a little sharp in the upper partials."""
    layer = max(1, min(_LAYERS, round(velocity * _LAYERS)))
    return gate(_piano_strike(round(frequency, 3), layer), hold, 0.25) * (0.35 + 0.65 * velocity)


@lru_cache(maxsize=256)
def _piano_strike(frequency: float, layer: int) -> Signal:
    rng = np.random.default_rng(round(frequency * 100) + layer)
    hardness = layer / _LAYERS
    length = min(_LONGEST, 2.0 + 600.0 / frequency)
    t = times(length)
    stiffness = 1.5e-4 * (frequency / 220.0) ** 1.4
    out = np.zeros((len(t), 2))
    bright = 900.0 + 3200.0 * hardness**1.5
    for k in range(1, 36):
        partial = k * frequency * np.sqrt(1.0 + stiffness * k * k)
        if partial > 12_000.0:
            break
        hammer = abs(np.sin(np.pi * k / 7.6)) + 0.15
        strength = hammer / k**0.7 / (1.0 + (partial / bright) ** 2) ** 0.75
        fast = 9.0 / (1.0 + frequency / 200.0) / (1.0 + partial / 2500.0)
        ring = 0.6 * decay(length, fast * 0.45) + 0.4 * decay(length, fast * 1.6)
        for side, detune in enumerate((0.9997, 1.0004)):
            tone = np.sin(2 * np.pi * (partial * detune * t + rng.random()))
            out[:, side] += strength * ring * tone
    thump = noise(length, rng, (60, -12), (150, 0), (900, -4), (3000, -14), (9000, -34))
    out += (thump * decay(length, 0.09) * 0.5 * hardness)[:, None]
    return fade_ends(out / (np.abs(out).max() + 1e-9), 0.001, 0.4)


def electric_piano(
    frequency: float, hold: float, velocity: float, rng: np.random.Generator
) -> Signal:
    """Tine piano by frequency modulation: a bell that fades, a body that barks when hit hard."""
    length = min(hold, 4.0) + 0.35
    t = times(length)
    phase = 2 * np.pi * frequency * t
    tine = np.sin(14.0 * phase + rng.random()) * decay(length, 0.5) * 0.35 * velocity
    bark = np.sin(phase) * decay(length, 1.6) * (0.3 + 1.3 * velocity**2)
    body = np.sin(phase + bark) + 0.4 * np.sin(2.0 * phase + 0.5 * bark) * decay(length, 1.2)
    bell = np.sin(phase * 1.0015 + tine * 2.0)
    ring = decay(length, 5.0 / (1.0 + frequency / 900.0))
    tremolo = 0.18 * np.sin(2 * np.pi * 4.6 * t)
    out = (0.6 * body + 0.5 * bell) * ring * (0.4 + 0.6 * velocity)
    stereo = np.stack([out * (1.0 + tremolo), out * (1.0 - tremolo)], axis=1)
    return gate(fade_ends(stereo, 0.002), hold, 0.3) * 0.6


def celesta(frequency: float, hold: float, velocity: float, rng: np.random.Generator) -> Signal:
    """Small bright bars over resonators: celesta and glockenspiel in one."""
    length = 2.2
    t = times(length)
    out = np.zeros(len(t))
    for ratio, strength, t60 in (
        (1.0, 1.0, 2.4),
        (2.76, 0.3, 1.0),
        (5.4, 0.22, 0.5),
        (8.9, 0.1, 0.3),
    ):
        if ratio * frequency < RATE / 2.4:
            out += strength * np.sin(2 * np.pi * ratio * frequency * t) * decay(length, t60)
    click = noise(length, rng, (1000, -30), (4000, 0), (12_000, -3)) * decay(length, 0.03)
    return fade_ends((out + 0.15 * velocity * click) * velocity * 0.5, 0.001, 0.3)
