from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from miso_desktop.player.player import Player
from tests.player.fakes import RATE, Device, FakeOutput, wait_until
from tests.sound_files import sine, write


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    left = set(threading.enumerate()) - before
    assert not left, f"left running: {left}"


@pytest.fixture(scope="session")
def tracks(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Four tracks of 6, 4, 1 and 5 seconds, each with a tone of its own."""
    folder = tmp_path_factory.mktemp("tracks")
    return [
        write(folder / f"{hertz}.wav", sine(seconds, hertz, RATE), RATE)
        for hertz, seconds in ((200, 6), (300, 4), (400, 1), (500, 5))
    ]


@pytest.fixture
def device() -> Device:
    return Device()


class Rig:
    """A player on a fake device that the test steps by hand."""

    BLOCK = 160

    def __init__(self, device: Device) -> None:
        self.device = device
        self.player = Player(device)

    @property
    def output(self) -> FakeOutput:
        return self.device.output

    def running(self) -> None:
        wait_until(lambda: self.device.opened and self.output.running, "the device to run")

    def pull(self, seconds: float) -> None:
        """Let the device take so much sound, never faster than it is decoded."""
        feed = self.player._engine._feed
        for _ in range(round(seconds * RATE / self.BLOCK)):
            wait_until(
                lambda: not feed.playing or feed.ring.filled >= self.BLOCK or feed.ended, "sound"
            )
            self.output.pull(self.BLOCK)

    def start(self, paths: list[Path], start: int = 0) -> None:
        self.player.load(paths, start)
        self.player.play()
        self.running()

    def until(self, true: Callable[[], object]) -> None:
        """Let the device run on, silent or not, until something has happened."""

        def step() -> object:
            if self.output.running:
                self.output.pull(self.BLOCK)
            return true()

        wait_until(step)

    def flowing(self) -> None:
        """Wait until the sound flows again after a jump."""
        feed = self.player._engine._feed
        self.until(lambda: self.player._jump is None and feed.envelope > 0)

    @property
    def position(self) -> float:
        time.sleep(0.025)  # the last block has reached the ear
        return self.player.status.position_s


@pytest.fixture
def rig(device: Device) -> Iterator[Rig]:
    made = Rig(device)
    yield made
    made.player.close()
