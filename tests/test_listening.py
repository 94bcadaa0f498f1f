"""A track counts as played when it was heard, not when it was passed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from miso_desktop.listening import Listening
from miso_desktop.values import PlayerState, PlayerStatus

PLAYING, PAUSED, STOPPED = PlayerState.PLAYING, PlayerState.PAUSED, PlayerState.STOPPED


class Scene:
    def __init__(self) -> None:
        self.now = 0.0
        self.heard: list[int] = []
        self.whole: list[int] = []
        self.listening = Listening(self._note, lambda: self.now)

    def _note(self, index: int, whole: bool) -> None:
        self.heard.append(index)
        if whole:
            self.whole.append(index)

    def report(self, state: PlayerState, index: int, at: float, length: float = 200.0) -> None:
        self.now = at
        path = Path("x") if index >= 0 else None
        self.listening.update(PlayerStatus(state, index, path, 0.0, length, 1.0))


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_track_that_ends_was_played(scene: Scene) -> None:
    scene.report(PLAYING, 0, 0)
    scene.report(PLAYING, 1, 200)
    assert scene.heard == [0]


def test_a_track_that_is_skipped_at_once_was_not(scene: Scene) -> None:
    scene.report(PLAYING, 0, 0)
    scene.report(PLAYING, 1, 3)
    assert scene.heard == []


def test_pauses_do_not_count(scene: Scene) -> None:
    scene.report(PLAYING, 0, 0)
    scene.report(PAUSED, 0, 2)
    scene.report(PLAYING, 0, 100)
    scene.report(PLAYING, 1, 102)
    assert scene.heard == []


def test_listening_before_and_after_a_pause_adds_up(scene: Scene) -> None:
    scene.report(PLAYING, 0, 0)
    scene.report(PAUSED, 0, 3)
    scene.report(PLAYING, 0, 100)
    scene.report(STOPPED, -1, 103)
    assert scene.heard == [0]


def test_a_jingle_shorter_than_the_limit_counts_when_it_was_heard_whole(scene: Scene) -> None:
    scene.report(PLAYING, 0, 0, length=2.0)
    scene.report(PLAYING, 1, 2.0)
    assert scene.heard == [0]


def test_another_queue_closes_the_account(scene: Scene) -> None:
    scene.report(PLAYING, 0, 0)
    scene.now = 10
    scene.listening.leave()
    scene.listening.leave()
    assert scene.heard == [0]


def test_a_track_that_is_left_half_way_was_played_but_not_heard_to_its_end(scene: Scene) -> None:
    scene.report(PLAYING, 0, 0)
    scene.report(PLAYING, 1, 100)
    scene.report(PLAYING, 2, 290)
    assert scene.heard == [0, 1]
    assert scene.whole == [1]


def test_the_end_of_a_track_of_unknown_length_is_unknown(scene: Scene) -> None:
    scene.report(PLAYING, 0, 0, length=0.0)
    scene.report(PLAYING, 1, 300)
    assert (scene.heard, scene.whole) == ([0], [])
