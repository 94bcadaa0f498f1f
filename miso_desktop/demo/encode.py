"""Write a rendered piece to a file, the same bytes every time."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from miso_desktop.demo.pieces import ALBUM, PIECES, YEAR, Piece
from miso_desktop.demo.synth import RATE, Signal

_CODECS = {
    ".opus": ("libopus", 88_000, "flt"),
    ".ogg": ("libopus", 88_000, "flt"),
    ".m4a": ("aac", 112_000, "fltp"),
    ".mp3": ("libmp3lame", 112_000, "fltp"),
    ".flac": ("flac", None, "s16"),
}


def write(samples: Signal, path: Path, piece: Piece) -> None:
    """Encode and tag.

    Parameters
    ----------
    samples : ndarray, shape (frames, 2)
        At 48 kHz, in [-1, 1].
    path : Path
        Its ending chooses the format: opus, ogg (Opus inside), m4a, mp3 or flac.
    piece : Piece
        What the tags say.

    Raises
    ------
    KeyError
        If the ending is none of these.
    """
    import av

    codec, bit_rate, sample_format = _CODECS[path.suffix]
    # bitexact leaves out the versions and the random serial number that FFmpeg writes.
    options = {"fflags": "+bitexact"}
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec, rate=RATE, layout="stereo", format=sample_format)
        assert isinstance(stream, av.AudioStream)
        stream.codec_context.options = {"flags": "+bitexact", "threads": "1"}
        if bit_rate:
            stream.bit_rate = bit_rate
        # Ogg keeps tags with the stream, the other containers with the file.
        tags = stream.metadata if path.suffix in {".opus", ".ogg"} else container.metadata
        tags.update(_tags(piece))
        whole = np.ascontiguousarray(samples.astype(np.float32).reshape(1, -1))
        frame = av.AudioFrame.from_ndarray(whole, format="flt", layout="stereo")
        frame.sample_rate = RATE
        resampler = av.AudioResampler(
            format=sample_format, layout="stereo", rate=RATE,
            frame_size=stream.codec_context.frame_size or 4096,
        )  # fmt: skip
        for part in (*resampler.resample(frame), *resampler.resample(None), None):
            container.mux(stream.encode(part))


def _tags(piece: Piece) -> dict[str, str]:
    return {
        "title": piece.title,
        "artist": piece.artist,
        "album": ALBUM,
        "genre": piece.genre,
        "date": str(YEAR),
        "track": f"{piece.number}/{len(PIECES)}",
        "copyright": "CC0-1.0",
    }
