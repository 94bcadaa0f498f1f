"""Open a sound file of any common format as a stream of float samples.

PyAV carries FFmpeg in its wheel on every platform and reads all the formats that
MISO names, m4a/aac among them, which soundfile does not. Files are opened for
reading only. The music room asks for mono at 22.05 kHz, the player for stereo at the
rate of the device.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from miso_desktop.errors import FileMissing, MisoError, UnreadableTrack
from miso_desktop.phrases import phrase

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.resampler import AudioResampler

SUFFIXES = frozenset(
    {
        ".wav",
        ".flac",
        ".ogg",
        ".oga",
        ".opus",
        ".mp3",
        ".m4a",
        ".aac",
        ".mp4",
        ".aif",
        ".aiff",
        ".wma",
    }
)
"""Endings that a scan looks at; an opened file is judged by its content alone."""

Samples = NDArray[np.float32]

_LAYOUTS = {1: "mono", 2: "stereo"}


class AudioStream:
    """Decode a file from any place in it.

    Parameters
    ----------
    path : Path
        The file.
    rate : int
        Sample rate of what comes out, in Hz.
    channels : {1, 2}
        Mono or stereo; other layouts are mixed down.

    Attributes
    ----------
    duration_s : float
        Length as the container tells it, in seconds; 0 where it does not.

    Raises
    ------
    FileMissing
        If there is no such file or it may not be read.
    UnreadableTrack
        If it holds no sound that can be decoded.
    """

    def __init__(self, path: Path, rate: int, channels: int) -> None:
        import av

        self.path = path
        self.rate = rate
        self.channels = channels
        if not path.is_file():
            raise FileMissing(
                phrase("{path} is not there. Was it moved or renamed?", path=str(path)), path
            )
        try:
            self._container = av.open(str(path), metadata_errors="ignore")
        except PermissionError as error:
            raise FileMissing(
                phrase("{path} may not be read. Check its permissions.", path=str(path)), path
            ) from error
        except (av.FFmpegError, OSError, ValueError) as error:
            raise _unreadable(path, str(error)) from error
        if not self._container.streams.audio:
            self._container.close()
            raise _unreadable(path, "it holds no sound")
        self._stream = self._container.streams.audio[0]
        self._resampler = self._new_resampler()
        self._skip_to: float | None = None
        self.duration_s = self._length()

    def __enter__(self) -> AudioStream:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the file."""
        self._container.close()

    def seek(self, seconds: float) -> None:
        """Go to a place in the file; the next block starts there, to a few milliseconds."""
        import av

        target = max(0.0, seconds)
        start = self._stream.start_time or 0
        base = self._stream.time_base
        assert base is not None
        try:
            self._container.seek(int(target / base) + start, stream=self._stream)
        except (av.FFmpegError, OSError) as error:
            raise _unreadable(self.path, str(error)) from error
        self._resampler = self._new_resampler()
        self._skip_to = target

    def blocks(self) -> Iterator[Samples]:
        """Decode to the end of the file.

        Yields
        ------
        numpy.ndarray, shape (frames, channels), float32
            Samples in [-1, 1], C-contiguous.

        Raises
        ------
        UnreadableTrack
            If nothing at all can be decoded. A file that breaks off later ends there,
            as in any player.
        """
        import av

        found = False
        try:
            for frame in self._container.decode(self._stream):
                for block in self._converted(frame):
                    found = True
                    yield block
            for block in self._converted(None):
                found = True
                yield block
        except (av.FFmpegError, OSError, ValueError) as error:
            if not found:
                raise _unreadable(self.path, str(error)) from error
        if not found and self._skip_to is None:
            raise _unreadable(self.path, "it holds no sound")

    def _converted(self, frame: AudioFrame | None) -> Iterator[Samples]:
        for out in self._resampler.resample(frame):
            block = np.ascontiguousarray(
                out.to_ndarray().reshape(-1, self.channels).astype(np.float32, copy=False)
            )
            if self._skip_to is not None:
                block = self._after_seek(block, frame)
            if len(block):
                yield block

    def _after_seek(self, block: Samples, frame: AudioFrame | None) -> Samples:
        """Drop what lies before the place that was asked for: containers seek to key frames."""
        at = frame.time if frame is not None and frame.time is not None else self._skip_to
        assert at is not None and self._skip_to is not None
        origin = float((self._stream.start_time or 0) * (self._stream.time_base or 0))
        late = round((self._skip_to - (at - origin)) * self.rate)
        if late <= 0:
            self._skip_to = None
            return block
        if late < len(block):
            self._skip_to = None
        return block[late:]

    def _new_resampler(self) -> AudioResampler:
        import av

        return av.AudioResampler(format="flt", layout=_LAYOUTS[self.channels], rate=self.rate)

    def _length(self) -> float:
        if self._stream.duration and self._stream.time_base:
            return float(self._stream.duration * self._stream.time_base)
        if self._container.duration:
            return self._container.duration / 1_000_000
        return 0.0


def _unreadable(path: Path, detail: str) -> MisoError:
    return UnreadableTrack(
        phrase(
            "{path} cannot be played ({detail}). Is it really a sound file?",
            path=str(path),
            detail=detail,
        ),
        path,
    )
