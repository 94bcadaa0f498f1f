"""Other masterings of a recording, made by arithmetic and by a codec.

A classifier of spectral features learns the collection it was trained on: its mastering,
its equaliser, its codec. So each training clip is shown again as another engineer, another
decade, another codec or a turntable that runs a little fast would have left it. The mood does
not change by that.
"""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

from miso_desktop.audio import resample
from miso_desktop.music.features import levelled, loudness
from miso_desktop.music.spectral import SAMPLE_RATE

Samples = NDArray[np.float32]

_EQ_CENTRES = np.array([30.0, 120.0, 350.0, 1000.0, 2800.0, 6000.0, 11025.0])
"""Hertz, about an octave and a half apart."""
_EQ_DB = 5.0
_TILT_DB = 5.0
_MAX_DRIVE = 4.0
_MAX_SPEED = 0.06
"""A semitone; pitch and tempo change together, as on a turntable."""
_BITS_PER_S = (32_000, 48_000, 64_000, 96_000)


def remaster(samples: Samples, rng: np.random.Generator) -> Samples:
    """Change the speed, equalise, band-limit, compress, add hiss, encode; each at random.

    Parameters
    ----------
    samples : numpy.ndarray, shape (n,), float32
        Mono at 22.05 kHz.
    rng : numpy.random.Generator
        The same state gives the same result.
    """
    if rng.random() < 0.5:
        samples = _faster(samples, 1 + rng.uniform(-_MAX_SPEED, _MAX_SPEED))
    level = loudness(samples) + 1e-9
    sound = _filtered(samples / np.float32(level), rng)
    if rng.random() < 0.5:
        drive = np.float32(rng.uniform(0.3, _MAX_DRIVE) / 3)
        sound = np.tanh(drive * sound) / drive
    hiss_db = rng.uniform(-75, -40)
    hiss = rng.standard_normal(len(sound), np.float32) * np.float32(10 ** (hiss_db / 20))
    found = (sound + hiss) * np.float32(level)
    return encoded(found, int(rng.choice(_BITS_PER_S))) if rng.random() < 0.5 else found


def _faster(samples: Samples, factor: float) -> Samples:
    """Play at another speed, with pitch and tempo."""
    return resample(samples, round(SAMPLE_RATE * factor), SAMPLE_RATE)


def encoded(samples: Samples, bits_per_s: int) -> Samples:
    """What MP3 leaves of a sound.

    Parameters
    ----------
    samples : numpy.ndarray, shape (n,), float32
        Mono at 22.05 kHz.
    bits_per_s : int
        A bit rate that MPEG-2 layer 3 knows.

    Returns
    -------
    numpy.ndarray, float32
        At least as long; a codec may pad.
    """
    import av

    memory = io.BytesIO()
    with av.open(memory, "w", format="mp3") as container:
        stream = container.add_stream("mp3", rate=SAMPLE_RATE, layout="mono")
        stream.bit_rate = bits_per_s
        frame = av.AudioFrame.from_ndarray(
            np.clip(samples, -1, 1).astype(np.float32)[None], format="fltp", layout="mono"
        )
        frame.rate = SAMPLE_RATE
        container.mux([*stream.encode(frame), *stream.encode(None)])
    memory.seek(0)
    with av.open(memory, "r") as written:
        heard = [frame.to_ndarray()[0] for frame in written.decode(audio=0)]
    return np.concatenate(heard).astype(np.float32)


def _filtered(samples: Samples, rng: np.random.Generator) -> Samples:
    """A smooth random curve in dB over the logarithm of frequency, and sometimes a low-pass."""
    spectrum = np.fft.rfft(samples)
    hertz = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE)
    octaves = np.log2(np.maximum(hertz, 20.0) / 1000.0)
    centres = np.log2(_EQ_CENTRES / 1000.0)
    tilt = rng.uniform(-_TILT_DB, _TILT_DB) / 5.0
    gains = rng.uniform(-_EQ_DB, _EQ_DB, len(centres)) + tilt * centres
    curve = np.interp(octaves, centres, gains)
    if rng.random() < 0.4:
        cut = np.log2(rng.uniform(4_000, 10_500) / 1000.0)
        curve -= np.clip((octaves - cut) * 120.0, 0.0, 70.0)
    return np.fft.irfft(spectrum * 10 ** (curve / 20), len(samples)).astype(np.float32)


def stranger(samples: Samples, rng: np.random.Generator) -> Samples:
    """Another mastering from another family: shelves for bass and treble, and hard clipping.

    Held-out tracks are scored in this dress too. It is never trained on, so that the
    figure tells what is left on a collection that nobody prepared for.
    """
    bass, treble = rng.choice([-6, 0, 6]), rng.choice([-8, -4, 4, 8])
    spectrum = np.fft.rfft(samples)
    hertz = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE)
    curve = bass / (1 + (hertz / 250) ** 2) + treble * (1 - 1 / (1 + (hertz / 3500) ** 2))
    sound = np.fft.irfft(spectrum * 10 ** (curve / 20), len(samples)).astype(np.float32)
    return np.asarray(np.clip(levelled(sound, 0.2), -0.6, 0.6), np.float32)
