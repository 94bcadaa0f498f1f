"""Playing in the terminal: what is shown, when it ends, and what the keys do."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from miso_desktop import terminal_player
from miso_desktop.application import UNKNOWN
from miso_desktop.errors import NoAudioDevice, UnreadableTrack
from miso_desktop.phrases import phrase
from miso_desktop.values import Pick, PlayerState, PlayerStatus, Tags, Track

PLAYING = PlayerStatus(PlayerState.PLAYING, 0, Path("a"), 10.0, 60.0, 0.5)
STOPPED = replace(PLAYING, state=PlayerState.STOPPED)


class Player:
    """Tells a script of statuses, the last one for ever, and notes what it is asked."""

    def __init__(self, *script: PlayerStatus) -> None:
        self.script = list(script)
        self.asked: list[object] = []

    @property
    def status(self) -> PlayerStatus:
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    @property
    def volume(self) -> float:
        raise AssertionError("the volume is read from the status")

    @volume.setter
    def volume(self, value: float) -> None:
        self.asked.append(("volume", value))

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments: self.asked.append((name, *arguments))


def miso(*script: PlayerStatus) -> Any:
    picks = [
        Pick(Track(n, Path(name), Tags(title=name, artist="밴드"), UNKNOWN), 1.0, phrase("why"))
        for n, name in enumerate(("첫 곡", "second"))
    ]
    return SimpleNamespace(player=Player(*script), queue=picks)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal_player, "TICK_S", 0.001)


def test_every_track_is_named_once_and_the_end_is_the_end(
    capfd: pytest.CaptureFixture[str],
) -> None:
    second = replace(PLAYING, index=1)
    assert terminal_player.listen(miso(PLAYING, PLAYING, second, second, STOPPED)) == 0
    assert capfd.readouterr().err.split("\n")[:2] == ["▶ 첫 곡 – 밴드", "▶ second – 밴드"]


def test_it_stops_after_the_seconds_asked_for() -> None:
    one = miso(PLAYING)
    assert terminal_player.listen(one, 0.02) == 0
    assert one.player.asked == [("stop",)]


def test_without_a_device_it_does_not_wait(capfd: pytest.CaptureFixture[str]) -> None:
    error = NoAudioDevice(phrase("no device"))
    with pytest.raises(NoAudioDevice):
        terminal_player.listen(miso(replace(PLAYING, state=PlayerState.PAUSED, error=error)))


def test_a_track_that_was_skipped_is_named_once_and_counts(
    capfd: pytest.CaptureFixture[str],
) -> None:
    error = UnreadableTrack(phrase("bad.mp3 cannot be played"))
    skipped = replace(PLAYING, error=error)
    assert terminal_player.listen(miso(skipped, skipped, STOPPED)) == 1
    assert capfd.readouterr().err.count("bad.mp3") == 1


@pytest.mark.parametrize(
    ("key", "asked"),
    [
        (" ", ("toggle",)),
        ("n", ("next",)),
        ("p", ("previous",)),
        ("\x1b[C", ("seek", 15.0)),
        ("\x1b[D", ("seek", 5.0)),
        ("\x1b[A", ("volume", 0.55)),
        ("\x1b[B", ("volume", 0.45)),
    ],
    ids=["space", "n", "p", "right", "left", "up", "down"],
)
def test_keys(key: str, asked: tuple[object, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    pressed = iter([key, "x", "q"])

    @contextlib.contextmanager
    def keys() -> Iterator[object]:
        yield SimpleNamespace(works=True, next=lambda wait_s: next(pressed))

    monkeypatch.setattr(terminal_player, "_keys", keys)
    one = miso(PLAYING)
    assert terminal_player.listen(one) == 0
    (what, *value), stop = one.player.asked
    assert (what, pytest.approx(value)) == (asked[0], list(asked[1:]))
    assert stop == ("stop",)
