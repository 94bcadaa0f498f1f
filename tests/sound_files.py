"""Write sound files of every format that MISO names, from arrays."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from miso_desktop.audio import Samples

CODECS = {
    ".wav": "pcm_s16le",
    ".aiff": "pcm_s16be",
    ".flac": "flac",
    ".ogg": "vorbis",
    ".opus": "libopus",
    ".mp3": "libmp3lame",
    ".m4a": "aac",
    ".aac": "aac",
    ".wma": "wmav2",
}
"""Codec of each ending; the shared suite runs over all of them."""

LOSSLESS = frozenset({".wav", ".aiff", ".flac"})


def sine(
    seconds: float, hertz: float = 440.0, rate: int = 44100, level: float = 0.5, channels: int = 2
) -> Samples:
    """A sine, the same in every channel; shape (frames, channels)."""
    time = np.arange(round(seconds * rate)) / rate
    wave = (level * np.sin(2 * np.pi * hertz * time)).astype(np.float32)
    return np.repeat(wave[:, None], channels, axis=1)


def sweep(seconds: float, rate: int = 44100, level: float = 0.5) -> Samples:
    """A sine that rises from 200 to 4000 Hz: every moment of it is unlike every other."""
    time = np.arange(round(seconds * rate)) / rate
    phase = 2 * np.pi * (200 * time + (4000 - 200) * time**2 / (2 * seconds))
    return np.repeat((level * np.sin(phase)).astype(np.float32)[:, None], 2, axis=1)


def write(
    path: Path,
    samples: Samples,
    rate: int = 44100,
    *,
    codec: str | None = None,
    layout: str | None = None,
    cover: bool = False,
) -> Path:
    """Encode samples (frames, channels) by the ending of the path, or with ``codec``."""
    layout = layout or {1: "mono", 2: "stereo"}[samples.shape[1]]
    container_format = "adts" if path.suffix == ".aac" else None
    with av.open(str(path), "w", format=container_format) as container:
        stream = container.add_stream(codec or CODECS[path.suffix], rate=rate)
        stream.layout = layout
        stream.bit_rate = 160_000
        stream.codec_context.options = {"strict": "experimental"}  # FFmpeg's own Vorbis
        picture = container.add_stream("png", rate=1) if cover else None
        if picture is not None:
            picture.width = picture.height = 16
            picture.pix_fmt = "rgb24"
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="flt", layout=layout)
        frame.sample_rate = rate
        frame.pts = 0
        frame.time_base = Fraction(1, rate)
        stream.codec_context.open()
        fit = av.AudioResampler(
            format=stream.format,
            layout=layout,
            rate=rate,
            frame_size=stream.codec_context.frame_size or 1024,
        )
        if picture is not None:
            image = av.VideoFrame.from_ndarray(np.full((16, 16, 3), 200, np.uint8), "rgb24")
            container.mux(picture.encode(image))
            container.mux(picture.encode(None))
        for part in [*fit.resample(frame), *fit.resample(None)]:
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return path
