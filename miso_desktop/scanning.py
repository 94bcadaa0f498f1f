"""A scan: compare a folder with the library, and tag what is new or changed.

Every tagged file is stored at once. A scan that is interrupted, by the person or by
a power cut, goes on where it stopped when the folder is scanned again.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from pathlib import Path

from miso_desktop.analysis import Workers, failed
from miso_desktop.errors import MisoError
from miso_desktop.library import Library
from miso_desktop.values import Failure, ScanProgress, ScanReport, TrackAnalysis

OnProgress = Callable[[ScanProgress], None]

_log = logging.getLogger(__name__)

_WAIT_S = 0.2
"""How soon a scan notices that it was cancelled."""


def scan(
    library: Library,
    folder: Path,
    workers: Workers,
    on_progress: OnProgress | None = None,
    cancel: threading.Event | None = None,
    *,
    retry_failed: bool = False,
) -> ScanReport:
    """Bring the library up to date with a folder.

    Parameters
    ----------
    library : Library
        Where results are stored, one by one.
    folder : Path
        Music files in it and below it are compared with the library.
    workers : Workers
        Who tags; twice as many files as there are workers are under way at once.
    on_progress : callable, optional
        Called in this thread with a :class:`ScanProgress` after every file.
    cancel : threading.Event, optional
        Set it to stop; what is done is kept.
    retry_failed : bool
        Try files again that failed before, though they have not changed.

    Raises
    ------
    FileMissing
        If the folder is not there. Its tracks are greyed out, not forgotten.
    BundleError
        If the tagger's models are missing or damaged.
    LibraryError
        If the database cannot be written.
    """
    started = time.perf_counter()
    cancel = cancel or threading.Event()
    from miso_desktop.music import in_use  # the window starts without the room

    # A model that is missing is better told once than for every file.
    plan = library.scans.plan(folder, bundles=in_use(), retry_failed=retry_failed)
    library.folders.add(folder)  # not before it is known to be one
    failures: list[Failure] = []
    stored: set[Path] = set()
    total = len(plan.todo)
    _tell(on_progress, 0, total, None, 0)
    for path, done in _tagged(plan.todo, workers, cancel):
        try:
            analysis = done.result()
        except Exception as error:
            why = _in_words(error, path)
            library.scans.fail(path, why, plan.stamps[path])
            failures.append(Failure(path, why.message))
        else:
            library.tracks.store(analysis, plan.stamps[path])
            stored.add(path)
        _tell(on_progress, len(stored) + len(failures), total, path, len(failures))
    return ScanReport(
        folder=folder,
        added=sum(path in stored for path in plan.new),
        changed=sum(path in stored for path in plan.changed),
        unchanged=len(plan.unchanged),
        missing=len(plan.missing),
        failed=(*failures, *plan.failed),
        seconds=time.perf_counter() - started,
        interrupted=len(stored) + len(failures) < total,
    )


def _in_words(error: Exception, path: Path) -> MisoError:
    """What a person can read; a bug of ours over one file does not keep the others waiting."""
    if isinstance(error, MisoError):
        return error
    _log.error("%s", path, exc_info=error)
    return failed(path, "the analysis broke down")


def _tagged(
    todo: Sequence[Path], workers: Workers, cancel: threading.Event
) -> Iterator[tuple[Path, Future[TrackAnalysis]]]:
    """Tag files as workers come free; on cancelling, what is under way is given up."""
    waiting = iter(todo)
    running: dict[Future[TrackAnalysis], Path] = {}
    while not cancel.is_set():
        while len(running) < 2 * workers.count and (path := next(waiting, None)):
            running[workers.tag(path)] = path
        if not running:
            return
        for done in wait(running, _WAIT_S, FIRST_COMPLETED).done:
            yield running.pop(done), done


def _tell(
    on_progress: OnProgress | None, done: int, total: int, current: Path | None, failed: int
) -> None:
    if on_progress:
        on_progress(ScanProgress(done, total, current, failed))
