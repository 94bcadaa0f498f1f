"""Play a queue of tracks: what the window and the command line hold in their hands."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from miso_desktop.errors import MisoError
from miso_desktop.player.decoder import Entry
from miso_desktop.player.engine import Engine, OutputStale, Place
from miso_desktop.player.output import OutputFactory, open_default
from miso_desktop.values import Failure, PlayerState, PlayerStatus

Listener = Callable[[PlayerStatus], None]

_RESTART_S = 3.0
"""Further into a track than this, :meth:`Player.previous` starts it again."""

_log = logging.getLogger(__name__)


class Player:
    """Play tracks one after another, without gaps.

    Every method returns at once and may be called from any thread: it says what is
    wanted, :attr:`status` tells it back from then on, and the player's own thread makes
    it so. A track that cannot be played is skipped, and :attr:`status` names it. Without
    a device the player pauses with the error; :meth:`play` tries again.

    Parameters
    ----------
    output : callable, optional
        Opens the output; the system's sound device by default.
    """

    def __init__(self, output: OutputFactory | None = None) -> None:
        self._changed = threading.Condition()
        self._queue: tuple[Entry, ...] = ()
        self._state = PlayerState.STOPPED
        self._jump: Place | None = None
        self._volume = 1.0
        self._error: MisoError | None = None
        self._skipped: tuple[Failure, ...] = ()
        self._closing = False
        self._woken = False
        self._listeners: tuple[Listener, ...] = ()
        self._told: tuple[object, ...] = (PlayerState.STOPPED, -1, None, None)
        self._engine = Engine(output or open_default, self._skip, self._wake)
        self._thread = threading.Thread(target=self._run, name="miso-player", daemon=True)
        self._thread.start()

    # What is wanted

    def load(
        self,
        paths: Sequence[Path],
        start: int = 0,
        gains_db: Sequence[float | None] | None = None,
    ) -> None:
        """Replace the queue, stopped at one of its tracks.

        Parameters
        ----------
        paths : sequence of Path
            The tracks.
        start : int
            Place in the queue that :meth:`play` begins at.
        gains_db : sequence of (float or None), optional
            Replay gain of each track; boosts count up to 6 dB.

        Raises
        ------
        ValueError
            If there are more or fewer gains than paths.
        IndexError
            If there is no track at ``start``.
        """
        gains = [None] * len(paths) if gains_db is None else gains_db
        queue = tuple(Entry(path, gain) for path, gain in zip(paths, gains, strict=True))
        with self._changed:
            if queue and not 0 <= start < len(queue):
                raise IndexError(f"the queue holds {len(queue)} tracks, there is no {start}")
            self._queue = queue
            self._skipped = ()
            self._stop_at(Place(start if queue else -1))
            self._error = None

    def play(self) -> None:
        """Start, or go on after a pause; nothing happens while the queue is empty."""
        with self._changed:
            if self._queue:
                self._state = PlayerState.PLAYING
                self._error = None
                self._notify()

    def pause(self) -> None:
        """Hold; :meth:`play` goes on at the same place."""
        with self._changed:
            if self._state is PlayerState.PLAYING:
                self._state = PlayerState.PAUSED
                self._notify()

    def toggle(self) -> None:
        """Pause if playing, else play."""
        with self._changed:
            if self._state is PlayerState.PLAYING:
                self.pause()
            else:
                self.play()

    def stop(self) -> None:
        """Stop, at the beginning of the current track; file and device are released."""
        with self._changed:
            self._stop_at(Place(self._place().index))

    def seek(self, seconds: float) -> None:
        """Go to a place in the current track, held to its length.

        Raises
        ------
        ValueError
            If ``seconds`` is not a finite number.
        """
        if not math.isfinite(seconds):
            raise ValueError(f"a place in a track is a finite number of seconds, not {seconds}")
        with self._changed:
            place = self._place()
            if place.index >= 0:
                longest = place.duration_s or math.inf
                target = max(0.0, min(seconds, longest))
                self._go(Place(place.index, target, place.duration_s))

    def next(self) -> None:
        """Go to the next track; after the last one, stop at the first."""
        with self._changed:
            index = self._place().index + 1
            if index < len(self._queue):
                self._go(Place(index))
            elif self._queue:
                self._stop_at(Place(0))

    def previous(self) -> None:
        """Start the track again if it is more than 3 s in, else go to the one before."""
        with self._changed:
            place = self._place()
            if place.index >= 0:
                again = place.position_s > _RESTART_S or place.index == 0
                self._go(Place(place.index if again else place.index - 1))

    def jump(self, index: int) -> None:
        """Play the track at this place in the queue.

        Raises
        ------
        IndexError
            If there is none.
        """
        with self._changed:
            if not 0 <= index < len(self._queue):
                raise IndexError(f"the queue holds {len(self._queue)} tracks, there is no {index}")
            self._go(Place(index))
            self.play()

    @property
    def volume(self) -> float:
        """Loudness from 0 (silent) to 1 (as recorded), in steps that sound equal."""
        return self._volume

    @volume.setter
    def volume(self, value: float) -> None:
        if math.isnan(value):
            raise ValueError("the volume is a number from 0 to 1")
        self._volume = max(0.0, min(1.0, float(value)))
        # The cube comes close to how loudness is felt; PulseAudio uses the same curve.
        self._engine.set_gain(self._volume**3)

    # What is heard

    @property
    def status(self) -> PlayerStatus:
        """The player now; the position is that of the sound at the ear."""
        with self._changed:
            place = self._place()
            return PlayerStatus(
                state=self._state,
                index=place.index,
                path=self._queue[place.index].path if place.index >= 0 else None,
                position_s=place.position_s,
                duration_s=max(place.duration_s, place.position_s) if place.duration_s else 0.0,
                volume=self._volume,
                error=self._error,
            )

    @property
    def skipped(self) -> tuple[Failure, ...]:
        """The tracks of this queue that could not be played, and why."""
        return self._skipped

    @property
    def underruns(self) -> int:
        """How often the sound broke off because frames came too late."""
        return self._engine.underruns

    def add_listener(self, callback: Listener) -> None:
        """Be told when the state, the track or the error changes, in the player's thread.

        The position is not told; ask :attr:`status` as often as it is shown.
        """
        with self._changed:
            self._listeners = (*self._listeners, callback)

    def remove_listener(self, callback: Listener) -> None:
        """Be told no more; an unknown callback is ignored."""
        with self._changed:
            self._listeners = tuple(known for known in self._listeners if known != callback)

    def close(self) -> None:
        """Stop and release everything; the player cannot be used again."""
        with self._changed:
            self._closing = True
            self._queue = ()
            self._stop_at(Place(-1))
        if threading.current_thread() is not self._thread:
            self._thread.join()

    # Inside, with the lock held

    def _place(self) -> Place:
        return self._jump or self._engine.heard() or Place(-1)

    def _go(self, place: Place) -> None:
        self._jump = place
        self._notify()

    def _stop_at(self, place: Place) -> None:
        self._state = PlayerState.STOPPED
        self._go(place)

    def _notify(self) -> None:
        self._woken = True
        self._changed.notify_all()

    # Inside, in the player's thread

    def _run(self) -> None:
        try:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._woken, self._engine.patience())
                    self._woken = False
                    if self._closing:
                        return
                self._step()
                self._tell()
        except BaseException:  # a bug: whoever waits for the end must not wait for ever
            with self._changed:
                self._stop_at(self._place())
            raise
        finally:
            self._engine.close()

    def _step(self) -> None:
        """Bring the engine one step nearer to what is wanted."""
        with self._changed:
            state, jump, queue = self._state, self._jump, self._queue
        try:
            if state is PlayerState.STOPPED:
                self._engine.rest()
                return
            if state is PlayerState.PAUSED and not self._engine.has_output:
                return
            if jump is not None:
                self._engine.go(queue, jump)
                with self._changed:
                    if self._jump is jump:
                        self._jump = None
            self._engine.run(playing=state is PlayerState.PLAYING)
        except OutputStale:
            self._remember_place()
            self._engine.drop_output()
            self._wake()
            return
        except MisoError as error:
            self._fail(error)
            return
        if self._engine.finished():
            self._end()

    def _remember_place(self) -> None:
        """The device goes: what is at the ear now is where the next one begins."""
        with self._changed:
            if self._jump is None:
                self._jump = self._engine.heard()

    def _fail(self, error: MisoError) -> None:
        self._remember_place()
        self._engine.drop_output()
        with self._changed:
            self._error = error
            if self._state is PlayerState.PLAYING:
                self._state = PlayerState.PAUSED

    def _end(self) -> None:
        """The last frame was heard; a wish that came meanwhile goes first."""
        with self._changed:
            if self._jump is None and self._state is PlayerState.PLAYING:
                self._stop_at(Place(0))

    def _skip(self, entry: Entry, error: MisoError) -> None:
        with self._changed:
            self._error = error
            others = tuple(known for known in self._skipped if known.path != entry.path)
            self._skipped = (*others, Failure(entry.path, error.message))

    def _wake(self) -> None:
        with self._changed:
            self._notify()

    def _tell(self) -> None:
        status = self.status
        news = (status.state, status.index, status.path, status.error)
        if news == self._told:
            return
        self._told = news
        for listener in self._listeners:
            try:
                listener(status)
            except Exception:  # a listener's bug must not end the music
                _log.exception("a listener of the player failed")
