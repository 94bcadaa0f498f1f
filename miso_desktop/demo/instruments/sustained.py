"""Bowed, blown and sung: strings, brass, choir, voice, flute."""

from __future__ import annotations

import numpy as np

from miso_desktop.demo.synth import (
    Signal,
    control_times,
    ensemble,
    envelope,
    formants,
    frames,
    harmonic_table,
    noise,
    phases,
    read_table,
    times,
    vibrato,
)

_STRING_BODY = formants(
    (280, 0, 120), (480, -2, 150), (1000, -6, 350), (2400, -8, 900), (4200, -14, 1500), tilt=0.75
)
_BRASS_DARK = formants((300, 0, 250), (700, -8, 400), tilt=1.0)
_BRASS_BRIGHT = formants((400, -2, 350), (1300, 0, 800), (2800, -6, 1400), tilt=0.55)
_AH = formants((750, 0, 110), (1150, -4, 130), (2700, -14, 250), (3400, -16, 350), tilt=0.8)
_OO = formants((350, 0, 90), (800, -12, 120), (2500, -28, 250), (3300, -32, 300), tilt=0.9)


def strings(frequency: float, hold: float, velocity: float, rng: np.random.Generator) -> Signal:
    """A section of bowed strings: slow to speak, vibrato, the hiss of bows."""
    attack = 0.09 + 0.22 * (1.0 - velocity)
    return _bowed(frequency, hold, velocity, rng, attack=attack, release=0.45)


def short_strings(
    frequency: float, hold: float, velocity: float, rng: np.random.Generator
) -> Signal:
    """The same section with short strokes (spiccato)."""
    return _bowed(frequency, min(hold, 0.16), velocity, rng, attack=0.012, release=0.16) * 1.2


def tremolo_strings(
    frequency: float, hold: float, velocity: float, rng: np.random.Generator
) -> Signal:
    """The same section with bows that tremble, each for itself."""
    tone = _bowed(frequency, hold, velocity, rng, attack=0.15, release=0.4)
    t = np.arange(len(tone)) / 48_000
    shake = [np.abs(np.sin(np.pi * ((12.0 + rng.random()) * t + rng.random()))) for _ in range(2)]
    return np.asarray(tone * (0.35 + 0.8 * np.stack(shake, axis=1)))


def _bowed(
    frequency: float, hold: float, velocity: float, rng: np.random.Generator,
    *, attack: float, release: float,
) -> Signal:  # fmt: skip
    length = hold + release
    table = harmonic_table(
        frequency,
        lambda n, hz: _STRING_BODY(n, hz) / (1.0 + (hz / (2200.0 + 5000.0 * velocity)) ** 2),
    )
    tone = ensemble(
        frequency, length, table / np.abs(table).max(),
        players=6, detune=7.0, cents=14.0, rng=rng,
    )  # fmt: skip
    bow = noise(length, rng, (300, -40), (2000, -10), (5000, 0), (11_000, -6))
    tone += (0.012 + 0.025 * velocity) * bow[: len(tone), None]
    shape = envelope(hold, attack, 2.5, 0.85, release)[: len(tone)]
    return np.asarray(tone * shape[:, None] * (0.25 + 0.75 * velocity) * 0.7)


def brass(frequency: float, hold: float, velocity: float, rng: np.random.Generator) -> Signal:
    """Horns and trombones: the louder, the brighter."""
    length = hold + 0.25
    shape = envelope(hold, 0.05 + 0.07 * (1.0 - velocity), 0.8, 0.8, 0.25)
    dark = harmonic_table(frequency, _BRASS_DARK)
    bright = harmonic_table(frequency, _BRASS_BRIGHT)
    glow = np.clip(shape * (0.2 + velocity), 0.0, 1.0) ** 1.6
    state = rng.bit_generator.state
    layers = []
    for timbre in (dark, bright):  # the same players blow both layers
        rng.bit_generator.state = state
        table = timbre / np.abs(timbre).max()
        layers.append(
            ensemble(
                frequency, length, table, players=3, detune=5.0, cents=5.0, rng=rng, spread=0.4
            )
        )
    mix = layers[0] * (1.0 - glow[:, None]) + layers[1] * glow[:, None]
    air = noise(length, rng, (400, -30), (2500, 0), (8000, -8))[:, None] * 0.012 * velocity
    return np.asarray((mix + air) * shape[:, None] * (0.3 + 0.7 * velocity))


def choir(frequency: float, hold: float, velocity: float, rng: np.random.Generator) -> Signal:
    """Eight singers on an open vowel."""
    length = hold + 0.6
    table = harmonic_table(frequency, _AH)
    tone = ensemble(
        frequency, length, table / np.abs(table).max(),
        players=8, detune=9.0, cents=22.0, rng=rng,
    )  # fmt: skip
    breath = noise(length, rng, (500, -30), (1200, -6), (3000, -6), (7000, -2), (11_000, -10))
    tone += 0.02 * breath[:, None]
    shape = envelope(hold, 0.25, 3.0, 0.9, 0.6)
    return np.asarray(tone * shape[:, None] * (0.3 + 0.7 * velocity) * 0.8)


def voice(frequency: float, hold: float, velocity: float, rng: np.random.Generator) -> Signal:
    """One singer, wordless: slides into the note, the vowel opens, breath between."""
    length = hold + 0.18
    t = times(length)
    slide = 2.0 ** (-0.6 * np.exp(-control_times(length) / 0.04) / 12)
    pitch = vibrato(frequency, length, 26.0, rng, delay=0.3) * slide
    phase = phases(pitch, length)
    closed, opened = (read_table(harmonic_table(frequency, v), phase) for v in (_OO, _AH))
    mouth = np.clip(t / 0.25, 0.1, 0.8) * (0.4 + 0.6 * velocity)
    tone = closed / np.abs(closed).max() * (1.0 - mouth) + opened / np.abs(opened).max() * mouth
    breath = noise(length, rng, (400, -26), (1500, -8), (3500, -4), (8000, 0), (14_000, -10))
    onset = 0.06 * np.exp(-t / 0.08) + 0.022
    shape = envelope(hold, 0.05, 2.0, 0.85, 0.18)
    return np.asarray((tone + onset * breath) * shape * (0.35 + 0.65 * velocity))


def flute(frequency: float, hold: float, velocity: float, rng: np.random.Generator) -> Signal:
    """A wooden flute: few harmonics and much breath."""
    length = hold + 0.15
    table = harmonic_table(frequency, lambda n, _: 1.0 / n**2.2 + 0.25 * (n == 2))
    pitch = vibrato(frequency, length, 16.0, rng, delay=0.35)
    tone = read_table(table / np.abs(table).max(), phases(pitch, length))
    centre = min(frequency * 2.0, 6000.0)
    breath = noise(length, rng, (centre / 3, -30), (centre, 0), (12_000, -14))
    chiff = 1.0 + 3.0 * np.exp(-times(length) / 0.04)
    shape = envelope(hold, 0.05, 2.0, 0.9, 0.15)
    return np.asarray((tone + 0.07 * chiff * breath[: frames(length)]) * shape * velocity * 0.7)
