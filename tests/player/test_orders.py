"""Any orders in any order: the player keeps to what was asked and never hangs."""

from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run

from miso_desktop.player.player import Player
from miso_desktop.values import PlayerState
from tests.player.fakes import Device, RealTimeOutput, wait_until

DURATIONS = (6.0, 4.0, 1.0, 5.0)


class Orders(RuleBasedStateMachine):
    """Compares the player with what a person would expect of it.

    The device runs thirty times as fast as a real one, so that tracks end on their own.
    """

    tracks: list[Path]
    missing: Path

    def __init__(self) -> None:
        super().__init__()
        self.device = Device(lambda fill, lost: RealTimeOutput(fill, lost, speed=30))
        self.player = Player(self.device)
        self.queue: list[Path] = []

    def teardown(self) -> None:
        self.player.close()
        for output in self.device.opened:
            assert output.closed
            assert np.isfinite(output.recording).all()
            assert np.abs(output.recording).max(initial=0) <= 1.0

    @rule(choice=st.lists(st.integers(0, 4), max_size=5), start=st.integers(0, 4))
    def load(self, choice: list[int], start: int) -> None:
        self.queue = [[*self.tracks, self.missing][number] for number in choice]
        start = min(start, max(0, len(self.queue) - 1))
        self.player.load(self.queue, start)
        status = self.player.status
        assert status.state is PlayerState.STOPPED
        assert status.index == (start if self.queue else -1)

    @rule()
    def play(self) -> None:
        self.player.play()
        if not self.queue:
            assert self.player.status.state is PlayerState.STOPPED

    @rule()
    def pause(self) -> None:
        self.player.pause()
        assert self.player.status.state is not PlayerState.PLAYING

    @rule()
    def toggle(self) -> None:
        self.player.toggle()

    @rule()
    def stop(self) -> None:
        self.player.stop()
        status = self.player.status
        assert (status.state, status.position_s) == (PlayerState.STOPPED, 0.0)

    @rule(seconds=st.floats(-1, 8))
    def seek(self, seconds: float) -> None:
        self.player.seek(seconds)

    @rule()
    def next(self) -> None:
        self.player.next()

    @rule()
    def previous(self) -> None:
        self.player.previous()

    @precondition(lambda self: self.queue)
    @rule(data=st.data())
    def jump(self, data: st.DataObject) -> None:
        self.player.jump(data.draw(st.integers(0, len(self.queue) - 1)))

    @rule(volume=st.floats(0, 1))
    def turn(self, volume: float) -> None:
        self.player.volume = volume
        assert self.player.status.volume == volume

    @rule(present=st.booleans())
    def plug(self, present: bool) -> None:
        self.device.present = present
        if not present and self.device.opened:
            self.device.output.lost()

    @rule(seconds=st.floats(0, 0.02))
    def time_passes(self, seconds: float) -> None:
        time.sleep(seconds)

    @rule()
    def orders_are_followed(self) -> None:
        """Whatever was asked, something comes of it: no order is left lying."""

        def settled() -> bool:
            status = self.player.status
            if status.state is PlayerState.PLAYING:
                return self.player._jump is None
            return True

        wait_until(settled, "the player to follow the orders")

    @invariant()
    def the_status_makes_sense(self) -> None:
        status = self.player.status
        assert -1 <= status.index < max(1, len(self.queue))
        assert status.path == (self.queue[status.index] if status.index >= 0 else None)
        assert math.isfinite(status.position_s) and status.position_s >= 0
        if status.duration_s:
            assert status.position_s <= status.duration_s


def test_any_orders_in_any_order(tracks: list[Path], tmp_path: Path) -> None:
    Orders.tracks, Orders.missing = tracks, tmp_path / "missing.mp3"
    options = settings(
        max_examples=60,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run(Orders, settings=options)
