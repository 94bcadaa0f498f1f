"""Room, bus and loudness: what turns parts into a record."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from miso_desktop.demo.synth import (
    RATE,
    Curve,
    Signal,
    decibels,
    equalise,
    fade_ends,
    fast_length,
    response,
)

_BLOCK = 96
"""Samples over which levels are followed: 2 ms."""
_K_WEIGHTING: Curve = (
    (10, -24), (20, -13), (38, -6), (80, -1.5), (200, -0.2), (700, 0.0), (1500, 1.8),
    (2500, 3.3), (5000, 4.0),
)  # fmt: skip
_ABSOLUTE_GATE = 1e-7
"""Mean square of -70 LUFS: what is quieter counts as silence."""


@dataclass(frozen=True)
class Master:
    """How a mix is finished.

    Attributes
    ----------
    loudness : float
        Integrated loudness in LUFS.
    glue : float
        Ratio of the bus compressor; 1 is none.
    body : float
        Level in dB of a crushed copy beneath the mix (parallel compression): it lifts the
        room, the tails and the breath between the notes.
    warmth : float
        Drive into the tape, in dB.
    air : Curve
        Equaliser of the whole mix.
    ceiling : float
        Peak level in dB full scale.
    hiss : float
        Noise of room and tape, in dB full scale.
    """

    loudness: float = -14.0
    glue: float = 2.0
    body: float = -6.0
    warmth: float = 0.0
    air: Curve = ((28, -12), (40, 0), (20_000, 0))
    ceiling: float = -1.2
    hiss: float = -68.0


def reverb(send: Signal, t60: float, rng: np.random.Generator) -> Signal:
    """Convolve with a decaying noise, whose treble dies first, as in a hall.

    Parameters
    ----------
    send : ndarray, shape (frames, 2)
        What sounds in the room.
    t60 : float
        Seconds until the middle of the spectrum has fallen by 60 dB.
    rng : numpy.random.Generator
        Chooses the room.

    Returns
    -------
    ndarray, shape (frames, 2)
    """
    length = round(t60 * 1.1 * RATE)
    t = np.arange(length)[:, None] / RATE
    white = rng.standard_normal((length, 2))
    bands = (
        (((100, -24), (250, 0), (900, 0), (1800, -24)), 1.1),
        (((900, -24), (1800, 0), (4000, 0), (8000, -24)), 0.9),
        (((4000, -24), (8000, -3), (14_000, -9)), 0.55),
    )
    tail = np.zeros((length, 2))
    for curve, share in bands:
        tail += equalise(white, *curve) * 10.0 ** (-3.0 * t / (t60 * share))
    tail *= 1.0 - np.exp(-t / 0.006)
    before = round(0.018 * RATE)
    impulse = np.concatenate([np.zeros((before, 2)), tail]) / np.sqrt((tail**2).sum(axis=0))
    size = fast_length(len(send) + len(impulse))
    spectrum = np.fft.rfft(send, size, axis=0) * np.fft.rfft(impulse, size, axis=0)
    return np.asarray(np.fft.irfft(spectrum, size, axis=0)[: len(send)])


def master(mix: Signal, how: Master) -> Signal:
    """Equalise, compress, saturate, set the loudness, limit, and let the end ring out."""
    mix = equalise(mix, *how.air)
    mix = mix * decibels(-18.0 - loudness(mix))
    crushed = compress(mix, threshold=-42.0, ratio=8.0) * decibels(18.0 + how.body)
    mix = compress(mix, threshold=-20.0, ratio=how.glue) + crushed
    mix = saturate(mix * decibels(how.warmth))
    mix = mix * decibels(how.loudness - loudness(mix))
    mix = limit(mix, how.ceiling)
    # Limiting takes some loudness away; a second, small step gives it back.
    mix = limit(mix * decibels(min(3.0, how.loudness - loudness(mix))), how.ceiling)
    rng = np.random.default_rng(len(mix))
    mix = mix + decibels(how.hiss) * rng.standard_normal(mix.shape)
    return fade_ends(mix, 0.005, 1.2)


def loudness(signal: Signal) -> float:
    """Integrated loudness in LUFS after ITU-R BS.1770, without its relative gate.

    The K-weighting is drawn as a response curve, a shelf of 4 dB above 1.5 kHz and a
    high-pass at 38 Hz, and laid on the spectra of blocks of 0.4 s.
    """
    size = round(0.4 * RATE)
    count = max(1, len(signal) // size)
    padded = np.pad(signal, ((0, max(0, size - len(signal))), (0, 0)))
    blocks = padded[: count * size].T.reshape(signal.shape[1], count, size)
    power = np.abs(np.fft.rfft(blocks)) ** 2
    weights = response(_K_WEIGHTING, np.fft.rfftfreq(size, 1 / RATE).astype(np.float64)) ** 2
    levels = (power * weights).sum(axis=(0, 2)) * 2.0 / size**2
    loud = levels[levels > _ABSOLUTE_GATE]
    return float(-0.691 + 10.0 * np.log10(loud.mean())) if len(loud) else -70.0


def compress(signal: Signal, *, threshold: float, ratio: float) -> Signal:
    """Bus compressor: attack 10 ms, release 150 ms, the same gain on both sides."""
    if ratio <= 1.0:
        return signal
    level = np.sqrt(_blocks(signal**2).mean(axis=1) + 1e-12)
    over = np.maximum(0.0, 20.0 * np.log10(level) - threshold) * (1.0 - 1.0 / ratio)
    rise, fall = np.exp(-_BLOCK / RATE / 0.010), np.exp(-_BLOCK / RATE / 0.150)
    state, reduction = 0.0, np.empty_like(over)
    for i, wanted in enumerate(over):
        keep = rise if wanted > state else fall
        state = keep * state + (1.0 - keep) * wanted
        reduction[i] = state
    return signal * _spread(10.0 ** (-reduction / 20.0), len(signal))


def saturate(signal: Signal) -> Signal:
    """Round the peaks as valves and tape do, one side a little more than the other."""
    bias = 0.12
    return np.asarray((np.tanh(signal * 0.9 + bias) - np.tanh(bias)) / 0.9)


def limit(signal: Signal, ceiling: float) -> Signal:
    """Keep every peak below ``ceiling`` dB with a gain that looks 10 ms ahead."""
    top = decibels(ceiling)
    peak = _blocks(np.abs(signal)).max(axis=1)
    wanted = np.minimum(1.0, top / np.maximum(peak, 1e-9))
    ahead = 5
    padded = np.pad(wanted, ahead, mode="edge")
    lowest = np.lib.stride_tricks.sliding_window_view(padded, 2 * ahead + 1).min(axis=1)
    window = np.hanning(2 * ahead + 1)[1:-1]
    smooth = np.convolve(
        np.pad(lowest, len(window) // 2, mode="edge"), window / window.sum(), mode="valid"
    )
    out = signal * _spread(smooth, len(signal))
    return np.asarray(np.clip(out, -top, top))


def _blocks(signal: Signal) -> Signal:
    """Cut into blocks, shape (blocks, samples of both channels)."""
    count = -(-len(signal) // _BLOCK)
    padded = np.pad(signal, ((0, count * _BLOCK - len(signal)), (0, 0)))
    return padded.reshape(count, -1)


def _spread(gain: Signal, count: int) -> Signal:
    """From one gain a block to one a sample, shape (count, 1)."""
    centres = (np.arange(len(gain)) + 0.5) * _BLOCK
    return np.interp(np.arange(count), centres, gain)[:, None]
