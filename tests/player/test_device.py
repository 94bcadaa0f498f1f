"""On a real device of a real sound server: what was played is recorded and measured."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests import sound
from tests.sound_files import sine, write

pytestmark = pytest.mark.slow

PLAY = """
import json, pathlib, sys, time
from miso_desktop.player import Player
player = Player()
player.load([pathlib.Path(name) for name in sys.argv[1:]])
player.play()
begin = time.monotonic()
while player.status.state == "playing" and time.monotonic() < begin + 15:
    if player.status.position_s > 0.5:
        print("sounding", flush=True)
    time.sleep(0.05)
status = player.status
player.close()
error = status.error and status.error.to_json()
print(json.dumps({"state": status.state, "error": error, "underruns": player.underruns}))
"""


@pytest.fixture
def sink() -> Iterator[sound.NullSink]:
    if (absent := sound.missing()) is not None:
        if os.environ.get("CI"):
            pytest.fail(absent)
        pytest.skip(absent)
    with sound.null_sink() as made:
        yield made


def test_a_tone_comes_out_as_a_tone(sink: sound.NullSink, tmp_path: Path) -> None:
    whole = sine(3, 440, level=0.5)
    halves = [write(tmp_path / f"{n}.flac", part) for n, part in enumerate(np.split(whole, 2))]
    with sink.recorder() as recordings:
        done = subprocess.run(
            [sys.executable, "-c", PLAY, *halves],
            env=sink.environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
    result = json.loads(done.stdout.splitlines()[-1])
    assert (result["state"], result["error"]) == ("stopped", None)
    recording = recordings[0]
    assert sound.spectrum_peak(recording) == pytest.approx(440, abs=1)
    assert sound.loudness(recording) == pytest.approx(0.5 / 2**0.5, rel=0.02)
    # All three seconds were heard.
    loud = np.abs(recording[:, 0]).reshape(-1)[: len(recording) // 441 * 441].reshape(-1, 441)
    assert (loud.max(axis=1) > 0.4).sum() == pytest.approx(300, abs=10)


def test_a_device_that_goes_away_pauses_the_music(sink: sound.NullSink, tmp_path: Path) -> None:
    path = write(tmp_path / "long.wav", sine(20))
    with subprocess.Popen(
        [sys.executable, "-c", PLAY, path],
        env=sink.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "sounding\n"
        sink.unplug()
        output, _ = process.communicate(timeout=20)
    result = json.loads(output.splitlines()[-1])
    assert result["state"] == "paused"
    assert result["error"]["kind"] == "no-audio-device"


def test_a_machine_without_sound_says_what_to_do(sink: sound.NullSink, tmp_path: Path) -> None:
    path = write(tmp_path / "x.wav", sine(1))
    environment = {**sink.environment, "PULSE_SERVER": f"unix:{tmp_path}/nobody"}
    done = subprocess.run(
        [sys.executable, "-c", PLAY, path],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["state"] == "paused"
    assert result["error"]["kind"] == "no-audio-device"


def test_the_command_measures_what_another_plays(tmp_path: Path) -> None:
    if (absent := sound.missing()) is not None and not os.environ.get("CI"):
        pytest.skip(absent)
    path, wav = write(tmp_path / "x.wav", sine(1.5, 660)), tmp_path / "out.wav"
    done = subprocess.run(
        [sys.executable, "-m", "tests.sound", "--wav", wav, sys.executable, "-c", PLAY, path],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    measured = json.loads(done.stdout.splitlines()[-1])
    assert measured["returncode"] == 0
    assert measured["rms"] == pytest.approx(0.35, abs=0.05)
    assert measured["peak_hz"] == pytest.approx(660, abs=2)
    assert wav.stat().st_size > 44100 * 4
