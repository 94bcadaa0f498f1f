"""Open a sound file of any common format as a stream of float samples.

PyAV carries FFmpeg in its wheel on every platform and reads all the formats that
MISO names, m4a/aac among them, which soundfile does not. Files are opened for
reading only. The music room asks for mono at 22.05 kHz, the player for stereo at the
rate of the device.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from miso_desktop.closing import Closing
from miso_desktop.errors import FileMissing, UnreadableTrack
from miso_desktop.phrases import phrase

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.resampler import AudioResampler
    from av.audio.stream import AudioStream as Source
    from av.container import InputContainer

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

_PREROLL_S = 0.2
"""Decoded and dropped after a seek: MP3 borrows bits from earlier frames, and AAC,
Opus (80 ms, RFC 7845) and Vorbis overlap their windows."""

_BLOCK = 4096
"""Samples that are mixed at a time: a codec's own frames are so short that the handling
of each costs more than its sound."""

_RATES_HZ = range(1000, 1_000_001)
"""Beyond these a header is damaged; one frame at 1 Hz would fill the memory."""

_OPEN_OPTIONS = {
    "protocol_whitelist": "file",
    "format_whitelist": "wav,w64,aiff,caf,au,flac,ogg,mp3,mov,aac,loas,asf,matroska,ape,wv,tta,"
    "mpc,mpc8,ac3,eac3,dts,amr,avi,flv,mpegts,mpeg",
}
"""Sound files only: a playlist in disguise must lead FFmpeg neither to the network nor
to another file."""

_HALF_POWER = 0.5**0.5
_DOWNMIX = {
    "FL": (1.0, 0.0),
    "FR": (0.0, 1.0),
    "FC": (_HALF_POWER, _HALF_POWER),
    "BL": (_HALF_POWER, 0.0),
    "BR": (0.0, _HALF_POWER),
    "SL": (_HALF_POWER, 0.0),
    "SR": (0.0, _HALF_POWER),
    "FLC": (1.0, 0.0),
    "FRC": (0.0, 1.0),
    "BC": (0.5, 0.5),
    "LFE": (0.0, 0.0),
}
"""Share of each speaker in (left, right), ITU-R BS.775-4 table 2."""


class AudioStream(Closing):
    """Decode a file from any place in it.

    Parameters
    ----------
    path : Path
        The file.
    rate : int
        Sample rate of what comes out, in Hz.
    channels : {1, 2}
        Mono (the mean of the channels of a stereo file) or stereo. More channels are
        mixed down by ITU-R BS.775 and scaled so that nothing can clip.
    exact : bool
        Whether :meth:`seek` finds the place to the sample. In an mp3 that means to count the
        frames from its beginning, which takes hundreds of times longer in a mix of hours;
        otherwise it goes by the share of the file, and is seconds off where the bit rate
        varies.

    Attributes
    ----------
    duration_s : float
        Length as the container tells it, in seconds; 0 where it does not.
    position_s : float
        Where the next block starts, in seconds from the beginning of the sound.

    Raises
    ------
    FileMissing
        If there is no such file or it may not be read.
    UnreadableTrack
        If it holds no sound that can be decoded.
    """

    def __init__(self, path: Path, rate: int, channels: int, *, exact: bool = True) -> None:
        self.path = path
        self.rate = rate
        self.channels = channels
        self.position_s = 0.0
        self._exact = exact
        self._container, self._stream = _open(path, exact)
        self.duration_s = self._length()
        self._origin_s = float((self._stream.start_time or 0) * (self._stream.time_base or 0))
        self._resampler: AudioResampler | None = None
        self._seek_to: float | None = None
        self._drop = 0

    def close(self) -> None:
        """Release the file."""
        self._container.close()

    def seek(self, seconds: float) -> None:
        """Go to a place in the file; a new call of :meth:`blocks` starts there, to the sample.

        The exceptions are files that do not tell where their packets lie; there
        :attr:`position_s` says, after the first block, where the decoder landed.
        """
        import av

        target = max(0.0, seconds)
        if target < _PREROLL_S:
            # The true beginning: a seek to 0 would pass over an encoder's priming frames.
            self._reopen()
        else:
            landing = target - _PREROLL_S + self._origin_s
            assert self._stream.time_base is not None
            try:
                self._container.seek(int(landing / self._stream.time_base), stream=self._stream)
            except (av.FFmpegError, OSError):
                # No way to jump in this file: read it again from its beginning.
                self._reopen()
        self._resampler = None
        self._seek_to = target
        self.position_s = target

    def _reopen(self) -> None:
        self._container.close()
        self._container, self._stream = _open(self.path, self._exact)

    def blocks(self) -> Iterator[Samples]:
        """Decode to the end of the file.

        Yields
        ------
        numpy.ndarray, shape (frames, channels), float32
            Finite samples, C-contiguous. Full scale is [-1, 1]; a lossy codec may
            overshoot it a little.

        Raises
        ------
        UnreadableTrack
            If nothing at all can be decoded. Damaged parts are left out, and a file
            that breaks off ends there, as in any player.
        """
        import av

        decoded = False
        reason: str | None = None
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except (av.FFmpegError, OSError) as error:
                packet, reason = None, _detail(error)
            if packet is None:
                break
            try:
                frames = packet.decode()
                blocks = [block for frame in frames for block in self._converted(frame)]
            except (av.FFmpegError, OSError, ValueError) as error:
                reason = _detail(error)
                continue
            decoded = decoded or bool(frames)
            yield from self._counted(blocks)
        yield from self._counted(self._flushed())
        if not decoded and self._seek_to is None:
            raise _unreadable(self.path, reason or "it holds no sound")

    def _converted(self, frame: AudioFrame) -> Iterator[Samples]:
        if self._seek_to is not None:
            self._land(frame)
        if self._resampler is None:
            self._resampler = self._resampling()
        try:
            converted = self._resampler.resample(frame)
        except ValueError:
            # The format changed within the file: concatenated or streamed recordings.
            yield from self._flushed()
            self._resampler = self._resampling()
            converted = self._resampler.resample(frame)
        for out in converted:
            yield from self._trimmed(out)

    def _resampling(self) -> AudioResampler:
        import av

        return av.AudioResampler(format="flt", rate=self.rate, frame_size=_BLOCK)

    def _flushed(self) -> Iterator[Samples]:
        rest = self._resampler.resample(None) if self._resampler is not None else []
        self._resampler = None
        for out in rest:
            if out is not None:
                yield from self._trimmed(out)

    def _trimmed(self, frame: AudioFrame) -> Iterator[Samples]:
        """Mix down, and drop what lies before the place that a seek asked for."""
        block = _mixed(frame, self.channels)[self._drop :]
        self._drop -= min(self._drop, frame.samples)
        if len(block):
            yield block

    def _counted(self, blocks: Iterable[Samples]) -> Iterator[Samples]:
        for block in blocks:
            self.position_s += len(block) / self.rate
            yield block

    def _land(self, frame: AudioFrame) -> None:
        """Measure how far before the wanted place the decoder has started again."""
        assert self._seek_to is not None
        at = self._seek_to if frame.time is None else frame.time - self._origin_s
        self._drop = max(0, round((self._seek_to - at) * self.rate))
        self.position_s = max(self._seek_to, at)
        self._seek_to = None

    def _length(self) -> float:
        if self._stream.duration and self._stream.time_base:
            return max(0.0, float(self._stream.duration * self._stream.time_base))
        return max(0.0, (self._container.duration or 0) / 1_000_000)


def resample(samples: Samples, rate: int, wanted: int) -> Samples:
    """Bring mono samples to another sample rate, as :class:`AudioStream` does it.

    Parameters
    ----------
    samples : numpy.ndarray, shape (n,), float32
        At least one sample.
    rate, wanted : int
        Of the samples and of what comes out, in Hz.

    Returns
    -------
    numpy.ndarray, shape (about n * wanted / rate,), float32
        What lies above half of the lower rate is filtered away.
    """
    import av

    frame = av.AudioFrame.from_ndarray(
        np.ascontiguousarray(samples, np.float32)[None], format="flt", layout="mono"
    )
    frame.rate = rate
    resampler = av.AudioResampler(format="flt", rate=wanted)
    parts = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([np.zeros(0, np.float32), *(part.to_ndarray()[0] for part in parts)])


def _open(path: Path, exact: bool) -> tuple[InputContainer, Source]:
    """Open the file and find its sound; pictures inside it are never decoded."""
    import av

    try:
        if not path.is_file():
            raise FileMissing(
                phrase("{path} is not there. Was it moved or renamed?", path=str(path)), path
            )
        container = av.open(f"file:{path}", metadata_errors="ignore", options=_OPEN_OPTIONS)
    except PermissionError as error:
        raise FileMissing(
            phrase("{path} may not be read. Check its permissions.", path=str(path)), path
        ) from error
    except (av.FFmpegError, OSError, ValueError) as error:
        raise _unreadable(path, _detail(error)) from error
    stream = container.streams.best("audio")
    if not isinstance(stream, av.AudioStream):
        container.close()
        raise _unreadable(path, "it holds no sound")
    if stream.rate not in _RATES_HZ:
        container.close()
        raise _unreadable(path, "its header makes no sense")
    if not exact:
        # Said after opening: before it, FFmpeg would go by the hundred entries of an mp3's
        # table of contents, and those are minutes apart in a long mix.
        container.flags |= int(av.container.Flags.fast_seek.value)  # type: ignore[call-overload]
    return container, stream


def _mixed(frame: AudioFrame, channels: int) -> Samples:
    """Samples of an interleaved float frame as (frames, channels)."""
    names = [channel.name for channel in frame.layout.channels]
    samples: Samples = np.asarray(frame.to_ndarray(), np.float32).reshape(-1, len(names))
    if not np.isfinite(samples).all():
        samples = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)
    if len(names) > 2:
        samples = samples @ _downmix(names)
    if samples.shape[1] == channels:
        return np.ascontiguousarray(samples)
    if channels == 1:
        return np.asarray((samples[:, :1] + samples[:, 1:]) * np.float32(0.5), np.float32)
    return np.repeat(samples, 2, axis=1)


def _downmix(names: list[str]) -> Samples:
    """Matrix from many speakers to two; an unknown speaker counts on both sides."""
    matrix = np.array([_DOWNMIX.get(name, (0.5, 0.5)) for name in names], dtype=np.float32)
    return np.asarray(matrix / np.maximum(1.0, matrix.sum(axis=0)), np.float32)


def _detail(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _unreadable(path: Path, detail: str) -> UnreadableTrack:
    return UnreadableTrack(
        phrase(
            "{path} cannot be played ({detail}). Is it really a sound file?",
            path=str(path),
            detail=detail,
        ),
        path,
    )
