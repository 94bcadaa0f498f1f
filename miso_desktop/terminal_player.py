"""Play in the terminal: a line that tells what is heard, and a few keys."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from miso_desktop.errors import NoAudioDevice
from miso_desktop.phrases import tr
from miso_desktop.values import PlayerState, PlayerStatus

if TYPE_CHECKING:
    from miso_desktop.application import Miso

TICK_S = 0.1
SEEK_S = 5.0
VOLUME_STEP = 0.05


def listen(miso: Miso, seconds: float | None = None) -> int:
    """Wait while the queue plays; returns the exit code.

    Parameters
    ----------
    miso : Miso
        Its player is playing.
    seconds : float, optional
        Stop after so long.

    Raises
    ------
    NoAudioDevice
        If there is nothing to play on.
    """
    player = miso.player
    ends = None if seconds is None else time.monotonic() + seconds
    shown, code = -1, 0
    told = None
    with _keys() as pressed:
        if pressed.works:
            _say(tr("space: pause   n/p: next, previous   ←/→: 5 s   ↑/↓: volume   q: quit"))
        while ends is None or time.monotonic() < ends:
            status = player.status
            if isinstance(status.error, NoAudioDevice):
                player.stop()
                raise status.error
            if status.error is not None and status.error is not told:
                told, code = status.error, 1
                _say(f"miso: {status.error}")
            if status.state is PlayerState.STOPPED:
                break
            if status.index != shown:
                shown = status.index
                pick = miso.queue[shown]
                by = f" – {pick.track.tags.artist}" if pick.track.tags.artist else ""
                _say(tr("▶ {title}{by}", title=pick.track.title, by=by))
            _clock(status)
            key = pressed.next(TICK_S)
            if key == "q":
                break
            if key in _ACTIONS:
                _ACTIONS[key](miso, status)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    player.stop()
    return code


def _clock(status: PlayerStatus) -> None:
    if sys.stderr.isatty():
        at, length = (
            f"{int(s) // 60}:{int(s) % 60:02}" for s in (status.position_s, status.duration_s)
        )
        print(f"\r\x1b[K  {at} / {length}", end="", file=sys.stderr, flush=True)


def _volume(step: float) -> Callable[[Miso, PlayerStatus], None]:
    def change(miso: Miso, status: PlayerStatus) -> None:
        miso.player.volume = max(0.0, min(1.0, status.volume + step))

    return change


_ACTIONS: dict[str, Callable[[Miso, PlayerStatus], None]] = {
    " ": lambda miso, _: miso.player.toggle(),
    "n": lambda miso, _: miso.player.next(),
    "p": lambda miso, _: miso.player.previous(),
    "\x1b[C": lambda miso, status: miso.player.seek(status.position_s + SEEK_S),
    "\x1b[D": lambda miso, status: miso.player.seek(max(0.0, status.position_s - SEEK_S)),
    "\x1b[A": _volume(VOLUME_STEP),
    "\x1b[B": _volume(-VOLUME_STEP),
}


class _NoKeys:
    """Where there is no keyboard: only the clock."""

    works = False

    def next(self, wait_s: float) -> str:
        time.sleep(wait_s)
        return ""


class _PosixKeys:
    works = True

    def next(self, wait_s: float) -> str:
        """The key pressed within ``wait_s`` seconds, with its escape sequence; else ""."""
        import os
        import select

        if not select.select([sys.stdin], [], [], wait_s)[0]:
            return ""
        return os.read(sys.stdin.fileno(), 8).decode("utf-8", "ignore")


@contextlib.contextmanager
def _keys() -> Iterator[_NoKeys | _PosixKeys]:
    """Read single keys; the terminal is put back as it was."""
    try:
        import termios
        import tty
    except ImportError:  # Windows: the clock alone, Ctrl+C stops
        yield _NoKeys()
        return
    if not sys.stdin.isatty():
        yield _NoKeys()
        return
    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin.fileno())
        yield _PosixKeys()
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def _say(text: str) -> None:
    start = "\r\x1b[K" if sys.stderr.isatty() else ""
    print(start + text, file=sys.stderr, flush=True)
