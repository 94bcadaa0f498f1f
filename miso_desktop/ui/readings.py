"""The photos of this session: which is shown, which are being read, which were read."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from miso_desktop.errors import MisoError
from miso_desktop.moods import Mood
from miso_desktop.values import PhotoReading

if TYPE_CHECKING:
    from miso_desktop.ui.session import Session


class Readings(QObject):
    """Reads photos one after the other and remembers the latest."""

    shown = Signal()
    """Another photo, or another state of it, is to be shown."""
    opened = Signal()
    """The person asked for a photo: its page is to come up."""
    recent_changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._waiting: deque[Path] = deque()
        self._under_way: Path | None = None
        self._asked = 0
        self._finished = 0
        self.photo: Path | None = None
        self.reading: PhotoReading | None = None
        self.error: MisoError | None = None
        self.recent: list[PhotoReading] = []

    @property
    def looking(self) -> bool:
        """The shown photo is being read, or waits for it."""
        return self.photo is not None and self.reading is None and self.error is None

    @property
    def progress(self) -> tuple[int, int]:
        """Which of how many photos is being read; (0, 0) while none is."""
        return (self._finished + 1, self._asked) if self._under_way else (0, 0)

    def open(self, photos: Iterable[Path]) -> None:
        """Read photos; the first is shown at once."""
        paths = [path.absolute() for path in photos]
        if not paths:
            return
        self._waiting.extend(paths)
        self._asked += len(paths)
        self._set(paths[0])
        self.opened.emit()
        if self._session.refuses():
            self.give_up()
        self._read_next()

    def show(self, reading: PhotoReading) -> None:
        """Show a photo that was read before."""
        self._set(reading.photo, reading)
        self.opened.emit()

    def correct(self, mood: Mood | None) -> None:
        """Keep the person's word on the shown photo's mood; None takes it back."""
        photo, reading, miso = self.photo, self.reading, self._session.miso
        if photo and reading and miso:
            self._session.background.run(
                lambda: miso.correct_photo(reading.photo, mood),
                partial(self._take, photo),
                self._session.tell,
            )

    def refresh(self) -> None:
        """Fetch the photos that were read lately."""
        if miso := self._session.miso:
            self._session.background.run(
                miso.recent_readings, self._take_recent, self._session.tell
            )

    def _set(
        self, photo: Path, reading: PhotoReading | None = None, error: MisoError | None = None
    ) -> None:
        self.photo, self.reading, self.error = photo, reading, error
        self.shown.emit()

    def _read_next(self) -> None:
        miso = self._session.miso
        if self._under_way or not miso:
            return
        if not self._waiting:
            self._asked = self._finished = 0
            return
        photo = self._under_way = self._waiting.popleft()
        background = self._session.background
        # Starting may launch a worker process: not in the window's thread.
        background.run(
            lambda: miso.start_reading(photo),
            lambda future: background.attach(
                future, partial(self._done, photo), partial(self._fail, photo)
            ),
            partial(self._fail, photo),
        )
        self.shown.emit()

    def start(self) -> None:
        """Miso is there: begin with what was asked for meanwhile."""
        self.refresh()
        self._read_next()

    def give_up(self) -> None:
        """Nobody will read what waits."""
        self._waiting.clear()
        self._asked = 0
        if self.photo and self.looking:
            self._set(self.photo, error=self._session.failure)

    def _done(self, photo: Path, reading: PhotoReading) -> None:
        self._finish()
        if self.photo == photo:
            self._set(photo, reading)
        self.refresh()
        self._read_next()

    def _fail(self, photo: Path, error: MisoError) -> None:
        self._finish()
        if self.photo == photo:
            self._set(photo, error=error)
        self._session.tell(error)
        self._read_next()

    def _finish(self) -> None:
        self._under_way = None
        self._finished += 1

    def _take(self, photo: Path, reading: PhotoReading) -> None:
        if self.photo == photo:
            self._set(photo, reading)
        self.refresh()

    def _take_recent(self, recent: list[PhotoReading]) -> None:
        self.recent = recent
        self.recent_changed.emit()
