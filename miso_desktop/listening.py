"""Tell which tracks were really listened to, from what the player reports."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from miso_desktop.values import PlayerState, PlayerStatus

HEARD_S = 5.0
"""A track counts as played once this much of it was heard; a skipped one does not."""

WHOLE = 0.8
"""A track was heard to its end if this share of it was."""


class Listening:
    """Adds up how long each track is heard, without pauses.

    Parameters
    ----------
    heard : callable
        Called with a track's place in the queue when it ends or is left, if at least
        :data:`HEARD_S` seconds of it were heard, or most of a shorter one; and with whether
        it was heard to its end.
    clock : callable
        Seconds, never going back.
    """

    def __init__(
        self, heard: Callable[[int, bool], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._heard = heard
        self._clock = clock
        self._index = -1
        self._length_s = 0.0
        self._seconds = 0.0
        self._since: float | None = None
        self._lock = threading.RLock()  # the player's thread tells, any thread may leave

    def update(self, status: PlayerStatus) -> None:
        """Take in one report of the player."""
        with self._lock:
            self._pause()
            if status.index != self._index or status.state is PlayerState.STOPPED:
                self.leave()
            if status.state is PlayerState.STOPPED:
                return
            self._index = status.index
            self._length_s = status.duration_s
            if status.state is PlayerState.PLAYING:
                self._since = self._clock()

    def leave(self) -> None:
        """The current track is over, or another queue comes."""
        with self._lock:
            self._pause()
            needed = min(HEARD_S, 0.9 * self._length_s) if self._length_s > 0 else HEARD_S
            index, seconds, length = self._index, self._seconds, self._length_s
            self._index, self._seconds, self._length_s = -1, 0.0, 0.0
        if index >= 0 and seconds >= needed:
            self._heard(index, 0 < WHOLE * length <= seconds)

    def _pause(self) -> None:
        if self._since is not None:
            self._seconds += self._clock() - self._since
            self._since = None
