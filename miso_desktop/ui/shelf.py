"""The music library as the window knows it, and the scans that fill it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from miso_desktop.errors import MisoError
from miso_desktop.moods import Mood
from miso_desktop.phrases import tr
from miso_desktop.taste import Taste
from miso_desktop.values import ScanProgress, ScanReport, Track, together

if TYPE_CHECKING:
    from miso_desktop.application import Miso
    from miso_desktop.ui.background import Background
    from miso_desktop.ui.session import Session

_REPORT_EVERY_S = 0.05
_REFRESH_EVERY_S = 2.0


@dataclass(frozen=True)
class ScanState:
    """One scan, or several in a row: under way while ``report`` is None.

    Attributes
    ----------
    folders : tuple of Path
        The one that is scanned, after those that are done.
    waiting : int
        How many folders come after it.
    """

    folders: tuple[Path, ...]
    progress: ScanProgress | None = None
    report: ScanReport | None = None
    waiting: int = 0


class Shelf(QObject):
    """Tracks and folders; adds music without keeping the window waiting."""

    changed = Signal()
    """Tracks, folders or what was learned are different."""
    scan_changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._cancel = threading.Event()
        self._waiting: list[Path] = []
        self._reports: list[ScanReport] = []
        self._refreshed = 0.0
        self.tracks: list[Track] = []
        self.folders: list[Path] = []
        self.taste = Taste()
        self.loaded = False
        self.scan: ScanState | None = None

    @property
    def scanning(self) -> bool:
        """A scan is under way."""
        return self.scan is not None and self.scan.report is None

    def refresh(self) -> None:
        """Fetch tracks and folders, and what was learned."""
        if miso := self._session.miso:
            self._refreshed = time.monotonic()
            self._session.background.run(
                lambda: (miso.tracks(), miso.folders(), miso.learned()),
                self._take,
                self._session.tell,
            )

    def add(self, folder: Path) -> None:
        """Scan a folder, after the ones that are under way."""
        if not self._session.refuses():
            self._waiting.append(folder.absolute())
            self._scan_next()

    def give_up(self) -> None:
        """Nobody will scan what waits."""
        self._waiting.clear()

    def start(self) -> None:
        """Miso is there: begin with what was asked for meanwhile."""
        if miso := self._session.miso:
            miso.when_learned(partial(self._session.background.post, self.refresh))
        self.refresh()
        self._scan_next()

    def cancel(self) -> None:
        """Stop scanning; what is done is kept."""
        self.give_up()
        self._cancel.set()

    def dismiss(self) -> None:
        """The person has seen the last report."""
        if not self.scanning:
            self.scan = None
            self.scan_changed.emit()

    def forget(self, folder: Path) -> None:
        """Take a folder out of the library; where it is being scanned, that ends first."""
        self._waiting = [other for other in self._waiting if other != folder]
        if self.scan and self.scanning and self.scan.folders[-1] == folder:
            self._cancel.set()
            self._change(lambda miso: miso.forget_folder(folder), self._session.scans)
        else:
            self._change(lambda miso: miso.forget_folder(folder))

    def correct(self, track: Track, mood: Mood | None) -> None:
        """Keep the person's word on a track's mood; None takes it back."""
        self._change(lambda miso: miso.correct_track(track.id, mood))

    def forget_learned(self) -> None:
        """Judge as the tagger does again."""
        self._change(lambda miso: miso.forget_learned())

    def _change(self, change: Callable[[Miso], None], road: Background | None = None) -> None:
        if miso := self._session.miso:
            (road or self._session.background).run(
                lambda: change(miso), lambda _: self.refresh(), self._session.tell
            )

    def _scan_next(self) -> None:
        miso = self._session.miso
        if self.scanning or not miso or not self._waiting:
            return
        folder = self._waiting.pop(0)
        self._cancel = cancel = threading.Event()
        before = tuple(report.folder for report in self._reports)
        self.scan = ScanState((*before, folder), waiting=len(self._waiting))
        self.scan_changed.emit()
        self._session.scans.run(
            lambda: miso.scan(folder, _Throttle(self._post), cancel, retry_failed=True),
            self._finish,
            self._fail,
        )

    def _post(self, progress: ScanProgress) -> None:
        """Called in the scan's thread."""
        self._session.scans.post(partial(self._progress, progress))

    def _progress(self, progress: ScanProgress) -> None:
        if self.scan and self.scanning:
            self.scan = replace(self.scan, progress=progress, waiting=len(self._waiting))
            self.scan_changed.emit()
            if time.monotonic() - self._refreshed > _REFRESH_EVERY_S:
                self.refresh()

    def _finish(self, report: ScanReport) -> None:
        self._reports.append(report)
        self._go_on()

    def _fail(self, error: MisoError) -> None:
        self._session.tell(error)
        self._go_on()

    def _go_on(self) -> None:
        """To the next folder; after the last one, show what was found in all of them."""
        self.scan = None
        if not self._waiting and (reports := self._reports):
            folders = tuple(report.folder for report in reports)
            self.scan, self._reports = ScanState(folders, report=together(reports)), []
        self.scan_changed.emit()
        self.refresh()
        self._scan_next()

    def _take(self, found: tuple[list[Track], list[Path], Taste]) -> None:
        self.tracks, self.folders, self.taste = found
        self.loaded = True
        self.changed.emit()


class _Throttle:
    """Lets through the reports that a person can see: not more than twenty a second."""

    def __init__(self, post: Callable[[ScanProgress], None]) -> None:
        self._post = post
        self._last = 0.0

    def __call__(self, progress: ScanProgress) -> None:
        now = time.monotonic()
        if now - self._last >= _REPORT_EVERY_S or progress.done == progress.total:
            self._last = now
            self._post(progress)


def report_text(report: ScanReport) -> str:
    """What a scan found, in a line."""
    parts = [tr("{count} added", count=f"{report.added:,}")]
    if report.changed:
        parts.append(tr("{count} changed", count=f"{report.changed:,}"))
    if report.unchanged:
        parts.append(tr("{count} as before", count=f"{report.unchanged:,}"))
    if report.missing:
        parts.append(tr("{count} not found", count=f"{report.missing:,}"))
    if report.failed:
        parts.append(tr("{count} failed", count=f"{len(report.failed):,}"))
    return " · ".join(parts)
