"""The library: what MISO knows of the person's music and photos, in one SQLite file.

>>> with Library(path) as library:          # doctest: +SKIP
...     library.folders.add(folder)
...     plan = library.scans.plan(folder)
...     for file in plan.todo:
...         library.tracks.store(tag(file), plan.stamps[file])
...     library.tracks.all()
"""

from __future__ import annotations

from pathlib import Path

from miso_desktop.closing import Closing
from miso_desktop.library.database import Database
from miso_desktop.library.folders import FolderStore
from miso_desktop.library.history import HistoryStore
from miso_desktop.library.photos import PhotoStore
from miso_desktop.library.queue import QueueStore
from miso_desktop.library.scans import ScanPlan, ScanStore
from miso_desktop.library.taste import Lesson, TasteStore
from miso_desktop.library.tracks import TrackStore

__all__ = ["Lesson", "Library", "ScanPlan", "TasteStore"]


class Library(Closing):
    """One library file; may be used from any thread.

    Parameters
    ----------
    path : Path
        The file; made if it is not there, brought up to date if an older MISO wrote it
        (a copy of the old one is kept beside it).

    Attributes
    ----------
    folders, tracks, scans, photos, queue, history, taste : store
        What can be stored and asked, by subject. Every call that stores is one
        transaction: all of it, or nothing, is there afterwards.

    Raises
    ------
    NewerLibrary
        If a newer MISO wrote the file.
    LibraryError
        If the file is damaged, is no library, or cannot be written; so may every call.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database = Database(path)
        self.folders = FolderStore(self._database)
        self.tracks = TrackStore(self._database)
        self.scans = ScanStore(self._database)
        self.photos = PhotoStore(self._database)
        self.queue = QueueStore(self._database)
        self.history = HistoryStore(self._database)
        self.taste = TasteStore(self._database)

    def close(self) -> None:
        """Release the file. Closing twice is harmless."""
        self._database.close()
