"""Learning from corrections: soon after the last of several, in a worker, never in the way.

A correction counts for its own track at once. What it teaches about the others comes a
little later, or, if MISO is closed before, with the next correction: nothing is lost, for
every lesson holds all judgements.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future

from miso_desktop.analysis import Workers
from miso_desktop.errors import MisoError
from miso_desktop.library import Lesson, TasteStore
from miso_desktop.taste import Taste, learn

_log = logging.getLogger(__name__)

DELAY_S = 2.0
"""A person who corrects several tracks is through with them after such a pause."""

LIMIT_S = 60.0


class Learning:
    """Learns from what the library holds, and stores what came of it there.

    Parameters
    ----------
    store : TasteStore
        Where judgements are read and what was learned is stored.
    workers : callable
        Gives the workers that learn; called only when there is something to learn.

    Attributes
    ----------
    learned : callable
        Called whenever something was stored, in the thread that stored it.
    """

    def __init__(self, store: TasteStore, workers: Callable[[], Workers]) -> None:
        self._store = store
        self._workers = workers
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._closed = False
        self.learned: Callable[[], None] = lambda: None

    def soon(self) -> None:
        """Learn after a pause; asked again before that, after a pause from then."""
        with self._lock:
            if self._closed:
                return
            if self._timer:
                self._timer.cancel()
            self._timer = threading.Timer(DELAY_S, self._after_pause)
            self._timer.name = "miso-learning"
            self._timer.start()

    def at_once(self, workers: Workers) -> None:
        """Learn with these workers, which have nothing else to do, and wait for it."""
        if begun := self._begin(workers):
            self._keep(*begun)

    def close(self) -> None:
        """Learn no more; the workers are the caller's to close after this."""
        with self._lock:
            self._closed = True
            timer, self._timer = self._timer, None
        if timer:
            timer.cancel()
            timer.join()

    def _after_pause(self) -> None:
        if begun := self._begin():
            lesson, learning = begun
            learning.add_done_callback(lambda done: self._keep(lesson, done))

    def _begin(self, workers: Workers | None = None) -> tuple[Lesson, Future[Taste]] | None:
        with self._lock:  # close() waits for it: no worker is started after that
            if self._closed:
                return None
            try:
                lesson = self._store.lesson()
                if not lesson.judgements and not self._store.load().judgements:
                    return None
            except MisoError as error:  # who looks at the library is told there
                _log.warning("%s", error)
                return None
            chosen = workers or self._workers()
            return lesson, chosen.run(LIMIT_S, self._store.path, learn, lesson.judgements)

    def _keep(self, lesson: Lesson, learning: Future[Taste]) -> None:
        try:
            stored = self._store.store(lesson, learning.result())
        except MisoError as error:
            if not self._closed:  # else the workers were stopped, as they should be
                _log.warning("%s", error)
        except Exception:  # our bug; what the person did, a correction or a scan, went well
            _log.exception("could not learn")
        else:
            if stored:
                self.learned()
