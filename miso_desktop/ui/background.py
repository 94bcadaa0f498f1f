"""The one road from other threads to the widgets.

A function runs in a small pool, or a future of somebody else's is waited for; the
result is delivered in the thread of the window, through a queued signal. Nothing
else of the window crosses threads.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal
from shiboken6 import isValid

from miso_desktop.errors import MisoError
from miso_desktop.phrases import phrase

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

T = TypeVar("T")
Failed = Callable[[MisoError], None]


class Background(QObject):
    """A pool of threads whose results come back to the thread that made it.

    Parameters
    ----------
    threads : int
        How many functions run at the same time; the rest wait.
    """

    _posted = Signal(object)

    def __init__(self, threads: int = 2, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._threads = threads
        self._pool: ThreadPoolExecutor | None = None
        self._open = True
        self._posted.connect(self._call, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        function: Callable[[], T],
        done: Callable[[T], None] | None = None,
        failed: Failed | None = None,
    ) -> Future[T]:
        """Call ``function`` in the pool, then ``done`` or ``failed`` in the window's thread.

        An exception that is not a :class:`MisoError` is our bug: the person is told, and
        it is raised in the window's thread, where the application's hook reports it.
        """
        if self._pool is None:
            from concurrent.futures import ThreadPoolExecutor

            self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="miso-window")
        future = self._pool.submit(function)
        self.attach(future, done, failed)
        return future

    def attach(
        self,
        future: Future[T],
        done: Callable[[T], None] | None = None,
        failed: Failed | None = None,
    ) -> None:
        """Deliver the outcome of a future that somebody else completes."""
        future.add_done_callback(lambda settled: self.post(partial(_settle, settled, done, failed)))

    def post(self, call: Callable[[], None]) -> None:
        """Call something in the window's thread, from any thread; not after :meth:`close`."""
        if self._open:
            self._posted.emit(call)

    def close(self) -> None:
        """Wait for what runs, drop what waits and what is still under way to the window."""
        self._open = False
        if self._pool:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _call(self, call: Callable[[], None]) -> None:
        if self._open:
            call()


def _settle(future: Future[Any], done: Callable[[Any], None] | None, failed: Failed | None) -> None:
    from concurrent.futures import CancelledError

    try:
        result = future.result()
    except CancelledError:
        return
    except MisoError as error:
        if failed:
            deliver(failed, error)
        return
    except Exception as error:  # our bug; what waits for an answer must get one all the same
        if failed:
            deliver(failed, _mistake(error))
        raise
    if done:
        deliver(done, result)


def deliver(callback: Callable[[T], None], value: T) -> None:
    """Call a method of a widget, unless the widget is gone by now."""
    owner = getattr(callback, "__self__", None)
    if not isinstance(owner, QObject) or isValid(owner):
        callback(value)


def _mistake(error: Exception) -> MisoError:
    detail = f"{type(error).__name__}: {error}"
    return MisoError(
        phrase(
            "MISO made a mistake ({detail}). Try again; if it stays, please report it.",
            detail=detail,
        )
    )
