"""Worker processes that look at photos and listen to music.

Analysis keeps Python busy, and Python's lock would starve the audio callback and the
window if it ran beside them. So it runs in processes of its own: started with
*spawn*, one thread each, with a limit of time and memory for every file. A worker
that hangs or dies is replaced, and its file is named.

Pebble (a process pool that survives all that) does the keeping of processes.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, CancelledError, Future
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from miso_desktop import bundles
from miso_desktop.errors import AnalysisFailed, MisoError
from miso_desktop.phrases import phrase
from miso_desktop.values import ModelServer, PhotoReading, TrackAnalysis

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from miso_desktop.music import Tagger
    from miso_desktop.photos import Panel

P = ParamSpec("P")
T = TypeVar("T")

PHOTO_LIMIT_S = 60.0
TRACK_LIMIT_S = 120.0
MEMORY_LIMIT_BYTES = 4 << 30
"""Address space of a worker: far above what the models map, far below a runaway file."""

_panels: dict[int, Panel] = {}
"""At most one, by the :func:`bundles.stamp` that it was made at."""


class Workers:
    """A pool of analysing processes, started when the first file comes.

    Parameters
    ----------
    count : int
        Processes.
    memory_bytes : int
        Address space of each, where the system can limit it (POSIX).
    """

    def __init__(self, count: int = 1, *, memory_bytes: int = MEMORY_LIMIT_BYTES) -> None:
        from pebble import ProcessPool

        self.count = count
        self._pending: dict[Future[Any], Path] = {}
        self._pool = ProcessPool(
            max_workers=count,
            initializer=_prepare,
            initargs=(memory_bytes,),
            context=multiprocessing.get_context("spawn"),
        )

    def read_photo(
        self, photo: Path, text: str | None = None, server: ModelServer | None = None
    ) -> Future[PhotoReading]:
        """Read a photo's mood; ``text`` stands in for the caption.

        The time that the language models of ``server`` may take comes on top of the photo's.
        """
        limit_s = PHOTO_LIMIT_S + (server.limit_s if server else 0.0)
        return self.run(limit_s, photo, read_photo, photo, text, server)

    def tag(self, track: Path) -> Future[TrackAnalysis]:
        """Read a track's mood and tags."""
        return self.run(TRACK_LIMIT_S, track, tag, track)

    def peaks(self, track: Path, count: int) -> Future[NDArray[np.float32]]:
        """The outline of a track's waveform: ``count`` values from 0 to 1."""
        return self.run(TRACK_LIMIT_S, track, _peaks, track, count)

    def try_out(self, folder: Path) -> None:
        """Use the model in a folder once, and wait for it; see :func:`try_out`."""
        self.run(PHOTO_LIMIT_S, folder, try_out, folder).result()

    def run(
        self,
        limit_s: float,
        path: Path,
        function: Callable[P, T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Future[T]:
        """Run a function of a module in a worker.

        Returns
        -------
        Future
            Its exception is a :class:`MisoError` that names ``path``, also when the
            worker hung, died or ran out of memory.
        """
        result: Future[T] = Future()
        self._pending[result] = path
        inner = self._pool.schedule(function, args=args, kwargs=kwargs, timeout=limit_s)

        def hand_over(done: Future[T]) -> None:
            if self._pending.pop(result, None) is None:  # given up by close()
                return
            if not result.set_running_or_notify_cancel():
                return
            try:
                result.set_result(done.result())
            except BaseException as error:
                result.set_exception(_translated(error, path, limit_s))

        inner.add_done_callback(hand_over)

        # What waits is not begun; what is begun is let finish, for a new worker costs more.
        def leave_out(settled: Future[T]) -> None:
            if settled.cancelled() and not inner.running() and not inner.done():
                inner.cancel()  # type: ignore[no-untyped-call]  # Pebble has no hints here

        result.add_done_callback(leave_out)
        return result

    def close(self) -> None:
        """Stop every worker at once; what they were doing is given up."""
        self._pool.stop()  # type: ignore[no-untyped-call]  # Pebble has no hints here
        self._pool.join()
        while self._pending:  # Pebble leaves these waiting for ever
            result, path = self._pending.popitem()
            if result.set_running_or_notify_cancel():
                result.set_exception(failed(path, "it was stopped"))


def workers_for_scanning() -> int:
    """One core is left to the window and the player, where there are several."""
    return max(1, (os.cpu_count() or 2) - 1)


def read_photo(
    photo: Path, text: str | None = None, server: ModelServer | None = None
) -> PhotoReading:
    """Read a photo in this process; the models stay loaded."""
    return _panel().read(photo, text, server)


def read_text(text: str, server: ModelServer | None = None) -> PhotoReading:
    """Read a sentence as if it were a caption; there is no photo."""
    return _panel().read_text(text, server)


def tag(track: Path) -> TrackAnalysis:
    """Tag a track in this process; the model stays loaded."""
    return _tagger().tag(track)


def try_out(folder: Path) -> None:
    """Use a model once for its purpose, in this process.

    Raises
    ------
    BundleError
        If it cannot be used.
    """
    from miso_desktop import music, photos

    bundle = bundles.load(folder)
    try:
        {**photos.trials(), **music.trials()}.get(bundle.role, bundles.open_networks)(bundle)
    except MisoError:
        raise
    except Exception as error:  # networks that do not fit fail in ways of ONNX Runtime's own
        raise bundle.damaged(f"{type(error).__name__}: {error}") from error


def _peaks(track: Path, count: int) -> NDArray[np.float32]:
    from miso_desktop.music import peaks

    return peaks(track, count)


def _panel() -> Panel:
    """The readers; made anew when the person's models have changed since."""
    from miso_desktop.photos import Panel

    stamp = bundles.stamp()
    if stamp not in _panels:
        _panels.clear()  # before the new one is loaded: a large captioner takes 500 MB
        _panels[stamp] = Panel()
    return _panels[stamp]


@cache
def _tagger() -> Tagger:
    from miso_desktop.music import Tagger

    return Tagger()


def _prepare(memory_bytes: int) -> None:
    """Run once in every worker, before its first file."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the parent's to answer
    # One thread: NumPy reads these when it is imported, which no worker has done yet.
    for which in ("OMP_NUM", "OPENBLAS_NUM", "VECLIB_MAXIMUM"):
        os.environ[f"{which}_THREADS"] = "1"
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    os.nice(10)  # the player goes first: at its own priority workers made the sound break off


def _translated(error: BaseException, path: Path, limit_s: float) -> BaseException:
    from pebble import ProcessExpired

    match error:
        case MisoError():
            return error
        case CancelledError() | BrokenExecutor():
            return failed(path, "it was stopped")
        case TimeoutError():
            return failed(path, f"it took more than {limit_s:.0f} s")
        case MemoryError():
            return failed(path, "it needs too much memory")
        case ProcessExpired():
            return failed(path, "the analysis broke down")
    return error


def failed(path: Path, detail: str) -> AnalysisFailed:
    """The error where the analysis of a file ended without a word from it."""
    return AnalysisFailed(
        phrase(
            "{path} was left out: {detail}. Open it in another program to see whether it is sound.",
            path=str(path),
            detail=detail,
        ),
        path,
    )
