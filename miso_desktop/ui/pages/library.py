"""The library: every track, where it lies, what MISO heard in it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QModelIndex, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QMenu,
    QStackedLayout,
    QTableView,
    QWidget,
)

from miso_desktop.phrases import tr, trn
from miso_desktop.ui import chips, icons, theme, tokens, words
from miso_desktop.ui.buttons import Pill
from miso_desktop.ui.cards import Card, Empty
from miso_desktop.ui.pages.page import Page, PageHead, clear, column
from miso_desktop.ui.scan_card import ScanCard
from miso_desktop.ui.session import Session
from miso_desktop.ui.track_table import (
    LENGTH,
    MOOD,
    TITLE,
    TRACK,
    TrackDelegate,
    TrackModel,
)
from miso_desktop.values import Track


class SearchField(QLineEdit):
    """A rounded field with a glass in it."""

    def __init__(self, placeholder: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(placeholder)
        self.setFixedWidth(240)
        self.setFont(theme.font(tokens.SMALL))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        tone = theme.colour(theme.palette().soft)
        icons.paint(QPainter(self), "search", QPointF(19, self.height() / 2), tone, 16)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)


class TrackTable(QTableView):
    """A calm table: no grid, no focus frame, one row at a time."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Tracks"))
        self.setShowGrid(False)
        self.setSortingEnabled(True)
        self.setWordWrap(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setTabKeyNavigation(False)
        self.setItemDelegate(TrackDelegate(self))
        self.viewport().setAutoFillBackground(False)
        rows = self.verticalHeader()
        rows.setDefaultSectionSize(44)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.hide()

    def shape_columns(self) -> None:
        """Widths of the columns: the words share the room, moods and lengths keep theirs."""
        head = self.horizontalHeader()
        head.setFont(theme.font(tokens.CAPTION))
        head.setHighlightSections(False)
        head.setMinimumSectionSize(64)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        for fixed, width in ((MOOD, 160), (LENGTH, 80)):
            head.setSectionResizeMode(fixed, QHeaderView.ResizeMode.Fixed)
            head.resizeSection(fixed, width)


class LibraryPage(Page):
    """Search, sort, play, correct; add and forget folders."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        body = column(self)
        self.head = PageHead(tr("Library"))
        self.search = SearchField(tr("Search"))
        self.add = Pill(tr("Add a music folder"), icon="plus", primary=True)
        self.add.clicked.connect(self._choose_folder)
        self.head.controls.addWidget(self.search)
        self.head.controls.addWidget(self.add)
        self.folders = QHBoxLayout()
        self.folders.setSpacing(8)
        self.scan = ScanCard(session, self)
        body.addWidget(self.head)
        body.addLayout(self.folders)
        body.addWidget(self.scan)
        body.addWidget(self._make_table(), 1)
        self.search.textChanged.connect(self._search)
        session.shelf.changed.connect(self._show)
        session.playing.track_changed.connect(self._mark_playing)
        self._show()
        self._mark_playing()

    def _make_table(self) -> QWidget:
        self.model = TrackModel(self)
        self.table = TrackTable()
        self.table.setModel(self.model)
        self.table.shape_columns()
        self.table.sortByColumn(TITLE, Qt.SortOrder.AscendingOrder)
        self.table.activated.connect(self._play)  # Return, and what the system's double click is
        self.table.customContextMenuRequested.connect(self._offer)
        self.table.clicked.connect(self._offer_mood)
        card = Card(padding=8)
        card.body.setContentsMargins(4, 4, 4, 8)
        card.body.addWidget(self.table)
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(
            Empty(
                "library",
                tr("No music yet"),
                tr("Drop the folder your music lies in. MISO listens to every track once."),
            )
        )
        self._stack.addWidget(card)
        self._stack.addWidget(Empty("search", tr("Nothing matches"), tr("Try fewer words.")))
        return holder

    def focus_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _show(self) -> None:
        shelf = self.session.shelf
        self.model.set_tracks(shelf.tracks)
        self._show_counts()
        self._show_folders(shelf.folders)

    def _show_counts(self) -> None:
        tracks, found = self.session.shelf.tracks, self.model.rows
        self._stack.setCurrentIndex((1 if found else 2) if tracks else 0)
        seconds = sum(track.tags.duration_s for track in found)
        parts = [words.songs(len(found)), words.span(seconds)] if tracks else []
        if len(found) < len(tracks):
            parts[0] = tr("{songs} of {number}", songs=parts[0], number=f"{len(tracks):,}")
        if missing := sum(not track.available for track in found):
            parts.append(trn("{count} not found", "{count} not found", missing))
        self.head.note.setText(" · ".join(parts))

    def _show_folders(self, folders: list[Path]) -> None:
        clear(self.folders)
        for folder in folders:
            pill = Pill(folder.name or str(folder), icon="folder")
            pill.setToolTip(str(folder))
            pill.clicked.connect(partial(self._offer_folder, pill, folder))
            self.folders.addWidget(pill)
        self.folders.addStretch(1)

    def _offer_folder(self, pill: Pill, folder: Path) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(tr("Look for new music")).triggered.connect(
            lambda: self.session.shelf.add(folder)
        )
        menu.addAction(tr("Forget this folder (files stay)")).triggered.connect(
            lambda: self.session.shelf.forget(folder)
        )
        menu.popup(pill.mapToGlobal(pill.rect().bottomLeft()))

    def _search(self, text: str) -> None:
        self.model.search(text)
        self._show_counts()

    def _mark_playing(self) -> None:
        current = self.session.playing.current
        self.model.set_playing(current.track.id if current else None)

    def _play(self, index: QModelIndex) -> None:
        self._play_track(index.data(TRACK))

    def _play_track(self, track: Track) -> None:
        self.session.playing.play_track(track, self.model.rows)

    def _offer_mood(self, index: QModelIndex) -> None:
        """A press on a chip offers the other moods."""
        if index.column() == MOOD:
            self._mood_menu(index.data(TRACK)).popup(
                self.table.viewport().mapToGlobal(self.table.visualRect(index).bottomLeft())
            )

    def _offer(self, place: QPoint) -> None:
        index = self.table.indexAt(place)
        if not index.isValid():
            return
        track: Track = index.data(TRACK)  # the rows may be others when an action is chosen
        menu = self._mood_menu(track)
        play = menu.addAction(tr("Play from here"))
        play.triggered.connect(lambda: self._play_track(track))
        menu.insertAction(menu.actions()[0], play)
        menu.insertSeparator(menu.actions()[1])
        menu.popup(self.table.viewport().mapToGlobal(place))

    def _mood_menu(self, track: Track) -> QMenu:
        return chips.mood_menu(
            self, track.scores.top, track.corrected, partial(self.session.shelf.correct, track)
        )

    def _choose_folder(self) -> None:
        if chosen := QFileDialog.getExistingDirectory(self, tr("Add a music folder")):
            self.session.shelf.add(Path(chosen))
