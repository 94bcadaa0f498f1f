"""The library as rows: a model over tracks, a search, and how a row is painted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from miso_desktop.moods import MOODS
from miso_desktop.phrases import phrase, tr
from miso_desktop.ui import chips, icons, theme, tokens, words
from miso_desktop.values import Track
from miso_desktop.words import MOOD_WORDS

TITLE, ARTIST, ALBUM, GENRE, MOOD, LENGTH = range(6)
HEADERS = (
    phrase("Title"),
    phrase("Artist"),
    phrase("Album"),
    phrase("Genre"),
    phrase("Mood"),
    phrase("Length"),
)
TRACK = Qt.ItemDataRole.UserRole
SORT = Qt.ItemDataRole.UserRole + 1
ROW = 44
Index = QModelIndex | QPersistentModelIndex


class TrackModel(QAbstractTableModel):
    """Tracks as rows."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.tracks: list[Track] = []
        self.playing_id: int | None = None

    def set_tracks(self, tracks: Sequence[Track]) -> None:
        """Take in the library anew; a mere change of moods keeps the rows where they are."""
        if [t.id for t in tracks] == [t.id for t in self.tracks]:
            self.tracks = list(tracks)
            if tracks:
                self.dataChanged.emit(self.index(0, 0), self.index(len(tracks) - 1, LENGTH))
            return
        self.beginResetModel()
        self.tracks = list(tracks)
        self.endResetModel()

    def set_playing(self, track_id: int | None) -> None:
        """Mark the track that plays."""
        if track_id != self.playing_id:
            self.playing_id = track_id
            if self.tracks:
                self.dataChanged.emit(self.index(0, 0), self.index(len(self.tracks) - 1, 0))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.tracks)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(HEADERS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return str(HEADERS[section])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section == LENGTH else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        track = self.tracks[index.row()]
        if role == TRACK:
            return track
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return _text(track, index.column())
        if role == SORT:
            return _sort_key(track, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tip(track, index.column())
        return None


class TrackFilter(QSortFilterProxyModel):
    """Rows in which every word of the search occurs, whichever column it is in."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words: list[str] = []
        self.setSortRole(SORT)
        self.setDynamicSortFilter(True)

    def search(self, text: str) -> None:
        """Show the rows that match."""
        self.beginFilterChange()
        self._words = text.casefold().split()
        self.endFilterChange()

    def filterAcceptsRow(self, row: int, parent: Index) -> bool:
        model = self.sourceModel()
        assert isinstance(model, TrackModel)
        track = model.tracks[row]
        hay = " ".join(_text(track, column) for column in range(MOOD + 1)).casefold()
        return all(word in hay for word in self._words)

    def lessThan(self, left: Index, right: Index) -> bool:
        return bool(left.data(SORT) < right.data(SORT))


class TrackDelegate(QStyledItemDelegate):
    """Title in ink, the rest soft, the mood as a chip, lengths aligned at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(80, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        track: Track = index.data(TRACK)
        cell, colours = QRectF(option.rect), theme.palette()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(cell, theme.colour(colours.well))
        line = theme.colour(colours.line, 0.7)
        painter.fillRect(QRectF(cell.left(), cell.bottom() - 1, cell.width(), 1), line)
        painter.setOpacity(1.0 if track.available else 0.42)
        if index.column() == MOOD:
            place = QPointF(cell.left() + 12, cell.center().y() - chips.HEIGHT / 2)
            shape = chips.paint(painter, place, track.scores.top)
            if track.corrected:
                tone = theme.colour(colours.soft)
                icons.paint(
                    painter, "check", QPointF(shape.right() + 12, cell.center().y()), tone, 14
                )
        else:
            self._paint_text(painter, cell, index, track)
        painter.restore()

    def _paint_text(self, painter: QPainter, cell: QRectF, index: Index, track: Track) -> None:
        colours, column = theme.palette(), index.column()
        inner = cell.adjusted(12, 0, -12, 0)
        if column == TITLE and _is_playing(index, track):
            tone = theme.mood_colour(track.scores.top)
            icons.paint(painter, "volume", QPointF(inner.left() + 8, cell.center().y()), tone, 16)
            inner.setLeft(inner.left() + 24)
        style = tokens.Type(14, 500) if column == TITLE else tokens.SMALL
        font = theme.font(style, tabular=column == LENGTH)
        painter.setFont(font)
        painter.setPen(theme.colour(colours.ink if column == TITLE else colours.soft))
        side = Qt.AlignmentFlag.AlignRight if column == LENGTH else Qt.AlignmentFlag.AlignLeft
        text = QFontMetrics(font).elidedText(
            _text(track, column), Qt.TextElideMode.ElideRight, int(inner.width())
        )
        painter.drawText(inner, side | Qt.AlignmentFlag.AlignVCenter, text)


def _is_playing(index: Index, track: Track) -> bool:
    proxy = index.model()
    model = proxy.sourceModel() if isinstance(proxy, QSortFilterProxyModel) else proxy
    return isinstance(model, TrackModel) and model.playing_id == track.id


def _text(track: Track, column: int) -> str:
    match column:
        case 0:
            return track.title
        case 1:
            return track.tags.artist
        case 2:
            return track.tags.album
        case 3:
            return ", ".join(track.tags.genres)
        case 4:
            return str(MOOD_WORDS[track.scores.top])
        case _:
            return words.clock(track.tags.duration_s) if track.tags.duration_s else ""


def _sort_key(track: Track, column: int) -> Any:
    if column == LENGTH:
        return track.tags.duration_s
    if column == MOOD:
        mood = track.scores.top
        return MOODS.index(mood), -track.scores[mood]
    return _text(track, column).casefold()


def _tip(track: Track, column: int) -> str | None:
    if not track.available:
        return tr("The file is not there: {path}", path=str(track.path))
    if column == MOOD:
        if track.corrected:
            return tr("You said so. MISO heard: {mood}", mood=MOOD_WORDS[track.model_scores.top])
        return ", ".join(f"{MOOD_WORDS[m]} {track.scores[m]:.2f}" for m in track.scores.ranked[:3])
    return None
