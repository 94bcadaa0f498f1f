"""Print how steadily the player plays on a busy machine, and what it costs.

``python -m tests.benchmarks.player [--seconds N] [--busy N] [--nice N] [--own-device]``

Plays an MP3 (48 kHz, so it is resampled) while a worker process spins on each core,
on a private null sink that is recorded, or with ``--own-device`` on the machine's own.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from miso_desktop.player import Player
from miso_desktop.values import PlayerState
from tests import sound
from tests.sound_files import sine, write

WINDOW_S = 0.005
"""A silence as long as this is a gap that can be heard."""


def spin(niceness: int) -> None:
    """Keep a core busy."""
    if hasattr(os, "nice"):
        os.nice(niceness)
    while True:
        sum(range(10_000))


def play(path: Path, seconds: float) -> dict[str, float]:
    """Play for some seconds in this process and measure it."""
    player = Player()
    player.load([path])
    player.play()
    begin = time.monotonic()
    while player.status.position_s == 0 and time.monotonic() < begin + 10:
        time.sleep(0.002)
    first_sound = time.monotonic() - begin
    begin, used = time.monotonic(), time.process_time()
    time.sleep(seconds)
    wall, used = time.monotonic() - begin, time.process_time() - used
    underruns, error = player.underruns, player.status.error
    assert error is None, error
    assert player.status.state is PlayerState.PLAYING
    waits = []
    for place in np.linspace(1, seconds / 2, 10):
        asked = time.monotonic()
        player.seek(float(place))
        while player.status.position_s <= place:
            time.sleep(0.001)
        waits.append(time.monotonic() - asked)
    player.close()
    return {
        "first_sound_ms": round(first_sound * 1000),
        "cpu_percent": round(100 * used / wall, 1),
        "underruns": underruns,
        "underruns_with_seeks": player.underruns,
        "seek_heard_ms_median": round(float(np.median(waits)) * 1000),
        "seek_heard_ms_most": round(max(waits) * 1000),
    }


def gaps(recording: sound.Recording, seconds: float) -> int:
    """Silent windows from the first sound to shortly before the seeks begin."""
    window = round(WINDOW_S * sound.RATE)
    loud = np.abs(recording[:, 0])[: len(recording) // window * window]
    heard = np.flatnonzero(loud.reshape(-1, window).max(axis=1) > 0.05)
    if not len(heard):
        return -1
    last = heard[0] + round((seconds - 0.5) / WINDOW_S)
    return int((np.diff(heard[heard < last]) - 1).sum())


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--busy", type=int, default=os.cpu_count() or 1, help="spinning workers")
    parser.add_argument("--nice", type=int, default=0, help="how much the workers give way")
    parser.add_argument("--own-device", action="store_true")
    parser.add_argument("--inner", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inner is not None:
        print(json.dumps(play(options.inner, options.seconds)))
        return
    command = [sys.executable, "-m", "tests.benchmarks.player"]
    command += [f"--seconds={options.seconds}"]
    workers = [
        multiprocessing.Process(target=spin, args=(options.nice,), daemon=True)
        for _ in range(options.busy)
    ]
    with tempfile.TemporaryDirectory() as folder:
        tone = sine(options.seconds + 10, 440, 48000)
        command.append(f"--inner={write(Path(folder) / 'tone.mp3', tone, 48000)}")
        for worker in workers:
            worker.start()
        try:
            if options.own_device:
                subprocess.run(command, check=True)
                return
            with sound.null_sink() as sink, sink.recorder() as recordings:
                subprocess.run(command, check=True, env=sink.environment)
            print(json.dumps({"gaps_recorded": gaps(recordings[0], options.seconds)}))
        finally:
            for worker in workers:
                worker.terminate()
                worker.join()


if __name__ == "__main__":
    main()
