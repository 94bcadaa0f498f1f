"""Outputs without a device: one that is stepped by hand, one that keeps real time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np

from miso_desktop.audio import Samples
from miso_desktop.errors import NoAudioDevice
from miso_desktop.phrases import phrase
from miso_desktop.player.output import Fill, Lost

RATE = 8000
"""Low, so that tests decode little."""

PATIENCE_S = 5.0


def wait_until(true: Callable[[], object], what: str = "it to happen") -> None:
    """Wait for another thread; fail rather than hang."""
    end = time.monotonic() + PATIENCE_S
    while not true():
        if time.monotonic() > end:
            raise AssertionError(f"waited {PATIENCE_S} s for {what}")
        time.sleep(0.001)


class FakeOutput:
    """Keeps what it is given; asks only when the test says so."""

    def __init__(self, fill: Fill, lost: Lost, rate: int = RATE, latency_s: float = 0.0) -> None:
        self.fill = fill
        self.lost = lost
        self.rate = rate
        self.latency_s = latency_s
        self.underruns = 0
        self.running = False
        self.closed = False
        self.refuses_to_start = False
        self.played: list[Samples] = []

    def start(self) -> None:
        assert not self.closed and not self.running
        if self.refuses_to_start:
            raise NoAudioDevice(phrase("it does not start"))
        self.running = True

    def stop(self) -> None:
        assert not self.closed
        self.running = False

    def close(self) -> None:
        self.running = False
        self.closed = True

    def pull(self, frames: int) -> Samples:
        """One call of the device."""
        assert self.running
        block = np.full((frames, 2), np.nan, np.float32)
        self.fill(block)
        self.played.append(block)
        return block

    @property
    def recording(self) -> Samples:
        return np.concatenate([*self.played, np.zeros((0, 2), np.float32)])


class RealTimeOutput(FakeOutput):
    """Asks for blocks at its rate, or a multiple of it, from a thread of its own."""

    BLOCK = 160

    def __init__(self, fill: Fill, lost: Lost, speed: float = 1.0, latency_s: float = 0.0) -> None:
        super().__init__(fill, lost, latency_s=latency_s)
        self._speed = speed
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        super().start()
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name="fake-device")
        self._thread.start()

    def stop(self) -> None:
        super().stop()
        self._join()

    def close(self) -> None:
        super().close()
        self._join()

    def _join(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        begin, blocks = time.monotonic(), 0
        while True:
            blocks += 1
            due = begin + blocks * self.BLOCK / self.rate / self._speed
            if self._stop.wait(max(0.0, due - time.monotonic())):
                return
            block = np.full((self.BLOCK, 2), np.nan, np.float32)
            self.fill(block)
            self.played.append(block)


class Device:
    """A place where outputs can be opened: what a test plugs in and pulls out."""

    def __init__(self, make: Callable[[Fill, Lost], FakeOutput] = FakeOutput) -> None:
        self._make = make
        self.present = True
        self.opened: list[FakeOutput] = []

    def __call__(self, fill: Fill, lost: Lost) -> FakeOutput:
        if not self.present:
            raise NoAudioDevice(phrase("no device here"))
        self.opened.append(self._make(fill, lost))
        return self.opened[-1]

    @property
    def output(self) -> FakeOutput:
        return self.opened[-1]
