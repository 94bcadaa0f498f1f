"""Sounds and sound files that the tests make for themselves."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np

from miso_desktop import paths
from miso_desktop.audio import AudioStream

RATE = 22_050

CODECS = {
    ".wav": "pcm_s16le",
    ".flac": "flac",
    ".ogg": "vorbis",
    ".opus": "libopus",
    ".mp3": "libmp3lame",
    ".m4a": "aac",
    ".aiff": "pcm_s16be",
}


def sine(seconds: float, hertz: float = 440.0, rate: int = RATE, level: float = 0.5) -> np.ndarray:
    t = np.arange(round(seconds * rate)) / rate
    return (level * np.sin(2 * np.pi * hertz * t)).astype(np.float32)


def noise(seconds: float, seed: int = 0, level: float = 0.1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (level * rng.standard_normal(round(seconds * RATE))).astype(np.float32)


def clicks(seconds: float, every: float = 0.25) -> np.ndarray:
    sound = noise(seconds, seed=5, level=1e-4)
    sound[:: round(every * RATE)] += 0.8
    return sound


def music(seconds: float, seed: int = 0, minor: bool = False, beat_s: float = 0.4) -> np.ndarray:
    """Plucked chords with overtones, a bass, a snare of noise and a little hiss."""
    rng = np.random.default_rng(seed)
    sound = noise(seconds, seed=seed + 1, level=1e-3).astype(np.float64)
    third = 3 if minor else 4
    progression = ((0, third, 7), (5, 5 + third, 12), (7, 11, 14), (0, third, 7))
    for beat, start in enumerate(np.arange(0, seconds, beat_s)):
        begin = round(start * RATE)
        t = np.arange(min(round(1.2 * RATE), len(sound) - begin)) / RATE
        chord = progression[beat // 4 % 4]
        for semitones in (*chord, chord[0] - 24):
            pitch = 261.63 * 2 ** (semitones / 12)
            tone = sum(np.sin(2 * np.pi * pitch * k * t) / k**1.5 for k in range(1, 8))
            sound[begin : begin + len(t)] += 0.08 * np.exp(-3 * t) * tone
        if beat % 2:
            snare = rng.standard_normal(len(t)) * np.exp(-25 * t)
            sound[begin : begin + len(t)] += 0.1 * snare
    return sound.astype(np.float32)


def write(path: Path, samples: np.ndarray, rate: int = RATE) -> Path:
    """Encode mono or (frames, channels) samples in the format of the file's ending."""
    frames = samples.reshape(len(samples), -1)
    layout = {1: "mono", 2: "stereo"}[frames.shape[1]]
    out_rate = 48_000 if path.suffix == ".opus" else rate
    with av.open(str(path), "w") as container:
        # FFmpeg's own Vorbis encoder is called experimental, and knows only stereo.
        out_layout = "stereo" if path.suffix == ".ogg" else layout
        stream = container.add_stream(
            CODECS[path.suffix], rate=out_rate, layout=out_layout, options={"strict": "-2"}
        )
        graph = av.AudioResampler(
            format=stream.codec_context.codec.audio_formats[0].name,
            layout=out_layout,
            rate=out_rate,
        )
        interleaved = np.ascontiguousarray(frames, np.float32).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(interleaved, format="flt", layout=layout)
        frame.rate = rate
        fifo = av.AudioFifo()
        for part in [*graph.resample(frame), *graph.resample(None)]:
            part.pts = None
            fifo.write(part)
        size = stream.codec_context.frame_size or 1024
        while block := fifo.read(size) or fifo.read():
            container.mux(stream.encode(block))
        container.mux(stream.encode(None))
    return path


def album(number: int, seconds: float) -> np.ndarray:
    """The middle of a piece of the demo album."""
    files = sorted((paths.shipped() / "resources" / "demo" / "album").iterdir())
    with AudioStream(files[number - 1], RATE, channels=1) as stream:
        stream.seek((stream.duration_s - seconds) / 2)
        samples = np.concatenate(list(stream.blocks()))
    return samples[: round(seconds * RATE), 0]
