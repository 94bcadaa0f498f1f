"""The first page: drop something; come back to what was read."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from miso_desktop import paths
from miso_desktop.phrases import tr, trn
from miso_desktop.ui import tokens, words
from miso_desktop.ui.buttons import Link, Pill
from miso_desktop.ui.cards import Heading
from miso_desktop.ui.drop_zone import DropZone
from miso_desktop.ui.labels import Text
from miso_desktop.ui.pages.page import Page, PageHead, column, scrolling
from miso_desktop.ui.photo_tile import PhotoTile, TileGrid
from miso_desktop.ui.scan_card import ScanCard
from miso_desktop.ui.session import Session
from miso_desktop.values import PhotoReading

_SHOWN = 8


class HomePage(Page):
    """Title, drop zone, scan under way, photos read lately."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._all = False
        inner = QWidget()
        body = column(inner, spacing=24)
        self.head = PageHead(tr("Drop a photo, and the music begins."), tokens.DISPLAY)
        self.zone = DropZone()
        self.scan = ScanCard(session, inner)
        self.recent = Heading(tr("Recent photos"))
        self.more = Link(tr("Show all"))
        self.more.clicked.connect(self._show_all)
        self.recent.row.addWidget(self.more)
        self.grid = TileGrid()
        self.start = self._make_start()
        photos = QVBoxLayout()
        photos.setSpacing(12)
        photos.addWidget(self.recent)
        photos.addWidget(self.grid)
        for widget in (self.head, self.zone, self.scan):
            body.addWidget(widget)
        body.addLayout(photos)
        body.addWidget(self.start)
        body.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scrolling(inner))
        session.shelf.changed.connect(self._show_counts)
        session.shelf.scan_changed.connect(self._show_counts)
        session.readings.recent_changed.connect(self._show_recent)
        self._show_counts()
        self._show_recent()

    def _make_start(self) -> QWidget:
        """For the first time: what MISO does, and a way to try it at once."""
        box = QWidget()
        lines = QVBoxLayout(box)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(12)
        lines.addWidget(Text(tr("New here?"), tokens.HEADING))
        text = tr(
            "MISO looks at a photo, says which mood it is in, and plays music of that mood "
            "from your own folders. Everything stays on this machine; "
            "your files are only ever read."
        )
        lines.addWidget(Text(text, tokens.BODY, soft=True, wrap=True))
        row = QHBoxLayout()
        row.setSpacing(12)
        self.demo = Pill(tr("Try it with the demo photos and album"), icon="play")
        self.demo.clicked.connect(self._try_demo)
        row.addWidget(self.demo)
        row.addStretch(1)
        lines.addLayout(row)
        return box

    def _try_demo(self) -> None:
        from miso_desktop.photos import PHOTO_SUFFIXES

        self.session.shelf.add(paths.resource("demo", "album"))
        photos = sorted(paths.resource("demo", "photos").glob("*"))
        self.session.readings.open([p for p in photos if p.suffix.lower() in PHOTO_SUFFIXES][:8])

    def _show_counts(self) -> None:
        shelf = self.session.shelf
        ready = sum(track.available for track in shelf.tracks)
        parts = []
        if ready:
            parts.append(
                trn("{number} song ready", "{number} songs ready", ready, number=f"{ready:,}")
            )
        if shelf.scan and shelf.scanning and (progress := shelf.scan.progress):
            parts.append(
                tr("{songs} to listen to", songs=words.songs(progress.total - progress.done))
            )
        if not parts and shelf.loaded:
            parts.append(tr("No music yet: drop the folder it lies in."))
        self.head.note.setText(" · ".join(parts))
        self._show_start()

    def _show_recent(self) -> None:
        recent = self.session.readings.recent
        shown = recent if self._all else recent[:_SHOWN]
        if [t.reading for t in self.grid.tiles] != shown:
            self.grid.set_tiles([self._tile(reading) for reading in shown])
        self.recent.setVisible(bool(recent))
        self.grid.setVisible(bool(recent))
        self.more.setVisible(len(recent) > len(shown))
        self._show_start()

    def _tile(self, reading: PhotoReading) -> PhotoTile:
        tile = PhotoTile(reading, self.session.pictures)
        tile.clicked.connect(lambda: self.session.readings.show(reading))
        return tile

    def _show_start(self) -> None:
        new = self.session.shelf.loaded and not self.session.readings.recent
        self.start.setVisible(new)
        self.demo.setVisible(paths.resource("demo", "album").is_dir())

    def _show_all(self) -> None:
        self._all = True
        self._show_recent()
