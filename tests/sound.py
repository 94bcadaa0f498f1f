"""A private PulseAudio with a null sink: real-time sound output without a sound card.

What is played on the sink can be recorded and measured::

    python -m tests.sound [--wav OUT] COMMAND [ARGUMENT ...]

runs COMMAND with the sink as its only audio device and prints one JSON line at its end.
The person's own sound server and settings are never touched: the server listens on a
socket in a temporary folder, which is also HOME of whatever plays.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 44100
_SINK = "miso"
_ASOUNDRC = "pcm.!default { type pulse }\nctl.!default { type pulse }\n"
_START_S = 10.0
_SETTLE_S = 0.3
"""What was played last is still on its way to the recorder."""

Recording = NDArray[np.float32]


class SoundServerFailed(RuntimeError):
    """PulseAudio is installed and did not start, or the recorder did not."""


@dataclass(frozen=True)
class NullSink:
    """A running server.

    Attributes
    ----------
    environment : dict of str
        For a process that shall play on the sink.
    folder : Path
        Temporary; holds the socket and the recordings.
    """

    environment: dict[str, str]
    folder: Path
    _server: subprocess.Popen[bytes]

    def unplug(self) -> None:
        """Take the device away, as if a person had pulled out the headphones."""
        self._server.kill()
        self._server.wait(5)

    @contextmanager
    def recorder(self) -> Iterator[list[Recording]]:
        """Record what the sink plays; the list holds the recording at the end.

        The recording has shape (frames, 2), at :data:`RATE`.
        """
        raw = self.folder / f"{time.monotonic_ns()}.raw"
        recordings: list[Recording] = []
        command = ["parec", f"--device={_SINK}.monitor", "--format=float32le", "--raw"]
        command += [f"--rate={RATE}", "--channels=2", "--latency-msec=20"]
        with raw.open("wb") as file:
            process = subprocess.Popen(command, env=self.environment, stdout=file)
            try:
                _wait(lambda: raw.stat().st_size > 0, process, "parec")
                yield recordings
                time.sleep(_SETTLE_S)
            finally:
                process.terminate()
                process.wait(5)
        samples = np.fromfile(raw, "<f4")
        recordings.append(samples[: len(samples) // 2 * 2].reshape(-1, 2))


def missing() -> str | None:
    """The word for what has to be installed, or None if a null sink can be had."""
    absent = [name for name in ("pulseaudio", "parec") if shutil.which(name) is None]
    if not absent:
        return None
    cure = "apt-get install pulseaudio pulseaudio-utils libasound2-plugins"
    return f"{' and '.join(absent)} not installed ({cure})"


@contextmanager
def null_sink() -> Iterator[NullSink]:
    """Start the private server; stop it and remove its folder at the end.

    Raises
    ------
    SoundServerFailed
        With what PulseAudio said.
    """
    with tempfile.TemporaryDirectory(prefix="miso-sound-") as name:
        folder = Path(name)
        (folder / ".asoundrc").write_text(_ASOUNDRC)
        socket = folder / "native"
        environment = {
            **os.environ,
            "HOME": name,
            "XDG_RUNTIME_DIR": name,
            "XDG_CONFIG_HOME": name,
            "PULSE_RUNTIME_PATH": name,
            "PULSE_SERVER": f"unix:{socket}",
            "PULSE_SINK": _SINK,
        }
        sink = f"module-null-sink sink_name={_SINK} rate={RATE} channels=2 format=float32le"
        command = ["pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no"]
        command += ["--exit-idle-time=-1", "--log-level=error", "-L", sink]
        command += ["-L", f"module-native-protocol-unix auth-anonymous=1 socket={socket}"]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
            try:
                try:
                    _wait(socket.exists, server, "pulseaudio")
                except SoundServerFailed as error:
                    raise SoundServerFailed(f"{error}: {(folder / 'log').read_text()}") from error
                yield NullSink(environment, folder, server)
            finally:
                server.terminate()
                server.wait(5)


def loudness(recording: Recording) -> float:
    """Root mean square of the loudest second."""
    power = np.cumsum((recording.astype(np.float64) ** 2).mean(axis=1), dtype=np.float64)
    if not len(power):
        return 0.0
    window = min(RATE, len(power))
    sums = power[window - 1 :] - np.concatenate([[0.0], power[: len(power) - window]])
    return float(np.sqrt(sums.max() / window))


def spectrum_peak(recording: Recording) -> float:
    """Frequency of the strongest partial, in Hz; 0 for silence."""
    mono = recording.mean(axis=1)
    if not np.any(mono):
        return 0.0
    spectrum = np.abs(np.fft.rfft(mono * np.hanning(len(mono))))
    return float(np.argmax(spectrum) * RATE / len(mono))


def save(recording: Recording, path: Path) -> None:
    """Write a 16-bit WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((recording.clip(-1, 1) * 32767).astype("<i2").tobytes())


def _wait(ready, process: subprocess.Popen[bytes], name: str) -> None:  # type: ignore[no-untyped-def]
    end = time.monotonic() + _START_S
    while not ready():
        if process.poll() is not None:
            raise SoundServerFailed(f"{name} ended with {process.returncode}")
        if time.monotonic() > end:
            raise SoundServerFailed(f"{name} did not start within {_START_S} s")
        time.sleep(0.02)


def main(arguments: list[str]) -> int:
    """Run a command on the null sink and measure what it plays."""
    parser = argparse.ArgumentParser(prog="python -m tests.sound")
    parser.add_argument("--wav", type=Path, help="write the recording there")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args(arguments)
    if not options.command:
        parser.error("which command shall play?")
    if (absent := missing()) is not None:
        print(absent, file=sys.stderr)
        return 2
    with null_sink() as sink, sink.recorder() as recordings:
        code = subprocess.run(options.command, env=sink.environment, check=False).returncode
    recording = recordings[0]
    if options.wav is not None:
        save(recording, options.wav)
    measured = {
        "seconds": round(len(recording) / RATE, 2),
        "rms": round(loudness(recording), 5),
        "peak_hz": round(spectrum_peak(recording), 1),
        "returncode": code,
    }
    print(json.dumps(measured), flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
