"""The system's device, with PortAudio replaced by a stand-in."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from miso_desktop.errors import NoAudioDevice
from miso_desktop.player import output
from miso_desktop.player.output import SoundDeviceOutput, devices, probe


class PortAudioError(Exception):
    pass


class StandIn(SimpleNamespace):
    """The part of the module sounddevice that is used."""

    PortAudioError = PortAudioError

    def __init__(self, **device: Any) -> None:
        super().__init__(streams=[], refuses_to_open=False, refuses_to_start=False)
        self.device = {
            "name": "Loudspeaker",
            "max_output_channels": 2,
            "default_samplerate": 44100.0,
            **device,
        }

    def query_devices(self, kind: str | None = None) -> Any:
        if kind is None:
            return [self.device, {"name": "Microphone", "max_output_channels": 0}]
        return self.device

    def OutputStream(self, **options: Any) -> SimpleNamespace:
        if self.refuses_to_open:
            raise PortAudioError("Device unavailable")
        stream = SimpleNamespace(**options)
        stream.latency = 0.07
        stream.log = []
        stream.abort = lambda ignore_errors: stream.log.append("abort")
        stream.close = lambda ignore_errors: stream.log.append("close")
        stream.start = self._start(stream)
        self.streams.append(stream)
        return stream

    def _start(self, stream: SimpleNamespace) -> Callable[[], None]:
        def start() -> None:
            if self.refuses_to_start:
                raise PortAudioError("Device unavailable")
            stream.log.append("start")

        return start


@pytest.fixture
def portaudio(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    stand_in = StandIn()
    monkeypatch.setitem(sys.modules, "sounddevice", stand_in)
    return stand_in


@pytest.fixture
def no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    class Absent:
        def find_spec(self, name: str, *rest: object) -> None:
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Absent(), *sys.meta_path])


def nothing() -> None:
    pass


def ones(out: np.ndarray) -> None:
    out[:] = (1.0, 0.5)


QUIET = SimpleNamespace(output_underflow=False)


def test_it_plays_stereo_at_the_rate_of_the_device(portaudio: StandIn) -> None:
    made = SoundDeviceOutput(ones, nothing)
    (stream,) = portaudio.streams
    assert (stream.samplerate, stream.channels, stream.dtype) == (44100, 2, "float32")
    assert (made.rate, made.latency_s) == (44100, 0.07)
    made.start()
    made.stop()
    made.close()
    assert stream.log == ["start", "abort", "close"]


def test_a_single_loudspeaker_gets_both_channels(portaudio: StandIn) -> None:
    portaudio.device["max_output_channels"] = 1
    SoundDeviceOutput(ones, nothing)
    (stream,) = portaudio.streams
    assert stream.channels == 1
    for frames in (64, 128, 32):
        out = np.full((frames, 1), np.nan, np.float32)
        stream.callback(out, frames, None, QUIET)
        assert (out == 0.75).all()


def test_a_device_without_a_sensible_rate_gets_a_usual_one(portaudio: StandIn) -> None:
    portaudio.device["default_samplerate"] = 0.0
    assert SoundDeviceOutput(ones, nothing).rate == 48000


def test_the_underruns_of_the_device_are_counted(portaudio: StandIn) -> None:
    made = SoundDeviceOutput(ones, nothing)
    out = np.zeros((16, 2), np.float32)
    for late in (False, True, True):
        portaudio.streams[0].callback(out, 16, None, SimpleNamespace(output_underflow=late))
    assert made.underruns == 2


def test_only_a_stream_that_ends_by_itself_is_lost(portaudio: StandIn) -> None:
    lost: list[bool] = []
    made = SoundDeviceOutput(ones, lambda: lost.append(True))
    made.start()
    made.stop()
    portaudio.streams[0].finished_callback()
    assert not lost
    made.start()
    portaudio.streams[0].finished_callback()
    assert lost


@pytest.mark.parametrize("when", ["open", "start"])
def test_a_device_that_refuses_is_named(portaudio: StandIn, when: str) -> None:
    setattr(portaudio, f"refuses_to_{when}", True)
    with pytest.raises(NoAudioDevice, match=r"Loudspeaker.*Device unavailable"):
        SoundDeviceOutput(ones, nothing).start()


@pytest.mark.parametrize("ask", [probe, lambda: SoundDeviceOutput(ones, nothing)])
def test_without_a_device_the_cure_is_told(
    portaudio: StandIn, monkeypatch: pytest.MonkeyPatch, ask: Callable[[], object]
) -> None:
    def none_there(kind: str) -> None:
        raise PortAudioError("Error querying device -1")

    portaudio.query_devices = none_there
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(NoAudioDevice, match="module-null-sink"):
        ask()
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(NoAudioDevice, match="headphones"):
        ask()


@pytest.mark.parametrize(
    "ask", [probe, devices, lambda: SoundDeviceOutput(ones, nothing)], ids=["probe", "all", "open"]
)
@pytest.mark.parametrize(("system", "cure"), [("linux", "apt-get"), ("win32", "pip install")])
def test_without_portaudio_the_cure_is_told(
    no_library: None,
    monkeypatch: pytest.MonkeyPatch,
    ask: Callable[[], object],
    system: str,
    cure: str,
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    with pytest.raises(NoAudioDevice, match=cure):
        ask()


def test_devices_are_those_that_can_play(portaudio: StandIn) -> None:
    assert devices() == ("Loudspeaker",)
    assert probe() == "Loudspeaker"


def test_what_was_plugged_in_later_is_found(portaudio: StandIn) -> None:
    calls: list[str] = []
    portaudio.refuses_to_open = True

    def initialize() -> None:
        calls.append("initialize")
        portaudio.refuses_to_open = False

    portaudio._terminate = lambda: calls.append("terminate")
    portaudio._initialize = initialize
    assert output.open_default(ones, nothing).rate == 44100
    assert calls == ["terminate", "initialize"]


def test_what_is_still_not_there_is_an_error(portaudio: StandIn) -> None:
    portaudio.refuses_to_open = True
    portaudio._terminate = portaudio._initialize = nothing
    with pytest.raises(NoAudioDevice):
        output.open_default(ones, nothing)


def test_importing_the_player_loads_neither_portaudio_nor_ffmpeg() -> None:
    script = "import sys, miso_desktop.player; print({'av', 'sounddevice'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
