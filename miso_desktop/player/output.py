"""Where the sound goes: the contract of an output, and the system's sound device."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from miso_desktop.audio import Samples
from miso_desktop.errors import NoAudioDevice
from miso_desktop.phrases import Phrase, phrase

Fill = Callable[[Samples], None]
"""Fills a block of shape (frames, 2) for the device; must never wait or raise."""

Lost = Callable[[], None]
"""Called from any thread when the device has gone away by itself."""

_LATENCY_S = 0.12
"""Asked of the device: small enough for a prompt seek, large enough to survive a busy
machine. With five busy processes for each core, 0.08 s broke off now and then."""

_USUAL_RATES_HZ = range(8000, 192_001)


class Output(Protocol):
    """A place that asks for blocks at its own pace.

    Attributes
    ----------
    rate : int
        Frames a second.
    latency_s : float
        Time from the callback to the ear.
    underruns : int
        How often the device ran dry although it asked in time.
    """

    rate: int
    latency_s: float
    underruns: int

    def start(self) -> None:
        """Begin to ask for blocks. Raises NoAudioDevice if the device refuses."""

    def stop(self) -> None:
        """Ask no more; on return the callback does not run. May be started again."""

    def close(self) -> None:
        """Release the device."""


OutputFactory = Callable[[Fill, Lost], Output]
"""Opens an output, stopped. Raises NoAudioDevice."""


class SoundDeviceOutput:
    """The system's default sound device, through PortAudio.

    Parameters
    ----------
    fill : callable
        Asked for each block.
    lost : callable
        Told if the device goes away.

    Raises
    ------
    NoAudioDevice
        If there is none or it cannot be opened.
    """

    def __init__(self, fill: Fill, lost: Lost) -> None:
        self._sd = _sounddevice()
        device = _default_device(self._sd)
        self._fill = fill
        self._lost = lost
        self._wanted = False
        self._channels = min(2, int(device["max_output_channels"]))
        self._stereo = np.zeros((0, 2), np.float32)
        self._name = str(device["name"])
        self.rate = int(device["default_samplerate"])
        if self.rate not in _USUAL_RATES_HZ:
            self.rate = 48000
        self.underruns = 0
        try:
            self._stream = self._sd.OutputStream(
                samplerate=self.rate,
                channels=self._channels,
                dtype="float32",
                latency=_LATENCY_S,
                callback=self._callback,
                finished_callback=self._finished,
            )
        except self._sd.PortAudioError as error:
            raise self._refused(error) from error
        self.latency_s = float(self._stream.latency)

    def start(self) -> None:
        """Begin to ask for blocks."""
        self._wanted = True
        try:
            self._stream.start()
        except self._sd.PortAudioError as error:
            raise self._refused(error) from error

    def stop(self) -> None:
        """Ask no more. What the device already has is dropped."""
        self._wanted = False
        self._stream.abort(ignore_errors=True)

    def close(self) -> None:
        """Release the device."""
        self._wanted = False
        self._stream.close(ignore_errors=True)

    def _callback(self, out: Samples, frames: int, _time: Any, status: Any) -> None:
        if status.output_underflow:
            self.underruns += 1
        if self._channels == 2:
            self._fill(out)
            return
        if len(self._stereo) < frames:  # the first block, or a larger one than before
            self._stereo = np.zeros((frames, 2), np.float32)
        stereo = self._stereo[:frames]
        self._fill(stereo)
        np.mean(stereo, axis=1, keepdims=True, out=out)

    def _finished(self) -> None:
        if self._wanted:
            self._lost()

    def _refused(self, error: Exception) -> NoAudioDevice:
        return NoAudioDevice(
            phrase(
                "The sound device {device} cannot be opened ({detail}). Is another program "
                "holding it? Choose another device in the system's sound settings.",
                device=self._name,
                detail=str(error),
            )
        )


def open_default(fill: Fill, lost: Lost) -> Output:
    """Open the system's device; look again for devices if that fails.

    PortAudio looks for devices once, so it misses what was plugged in later.

    Raises
    ------
    NoAudioDevice
        If there is none or it cannot be opened.
    """
    try:
        return SoundDeviceOutput(fill, lost)
    except NoAudioDevice:
        _look_again()
        return SoundDeviceOutput(fill, lost)


def probe() -> str:
    """Name of the device that would be played on.

    Raises
    ------
    NoAudioDevice
        If there is none, with the cure.
    """
    sd = _sounddevice()
    device = _default_device(sd)
    return str(device["name"])


def devices() -> tuple[str, ...]:
    """Names of all devices that can play; empty if there is none.

    Raises
    ------
    NoAudioDevice
        If PortAudio is not installed.
    """
    sd = _sounddevice()
    return tuple(str(d["name"]) for d in sd.query_devices() if d["max_output_channels"] > 0)


def _look_again() -> None:
    sd = _sounddevice()
    # No stream is open here. sounddevice has no public way to start PortAudio anew.
    sd._terminate()
    sd._initialize()


def _sounddevice() -> Any:
    try:
        import sounddevice
    except OSError as error:
        raise NoAudioDevice(_portaudio_missing()) from error
    return sounddevice


def _default_device(sd: Any) -> dict[str, Any]:
    try:
        device: dict[str, Any] = sd.query_devices(kind="output")
    except (sd.PortAudioError, ValueError) as error:
        raise NoAudioDevice(_no_device()) from error
    return device


def _portaudio_missing() -> Phrase:
    if sys.platform.startswith("linux"):
        return phrase(
            "The sound library PortAudio is not installed, so nothing can be played. "
            "On Debian or Ubuntu: apt-get install libportaudio2"
        )
    return phrase(
        "The sound library PortAudio is not installed, so nothing can be played. "
        "Install the package sounddevice again: pip install --force-reinstall sounddevice"
    )


def _no_device() -> Phrase:
    if sys.platform.startswith("linux"):
        return phrase(
            "There is no sound device to play on. Connect one; on a machine without a sound "
            "card, PulseAudio gives a silent one: apt-get install pulseaudio "
            "libasound2-plugins, then pulseaudio --start --load=module-null-sink"
        )
    return phrase("There is no sound device to play on. Connect headphones or a loudspeaker.")
