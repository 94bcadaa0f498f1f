"""The library as rows: sorted, searched, and how a row is painted."""

from __future__ import annotations

import re
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
ROW = 44
Index = QModelIndex | QPersistentModelIndex
_FIGURES = re.compile(r"([0-9]+)")


class TrackModel(QAbstractTableModel):
    """The tracks that match the search, in the order of a column.

    Sorting and searching are Python's own, over whole lists: a proxy model would call
    back for each comparison, and a large library would hold the window up.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tracks: list[Track] = []
        self._words: list[str] = []
        self._column, self._descending = TITLE, False
        self.rows: list[Track] = []
        self.playing_id: int | None = None

    def set_tracks(self, tracks: Sequence[Track]) -> None:
        """Take in the library anew; a mere change of moods keeps the rows where they are."""
        same = {t.id for t in tracks} == {t.id for t in self._tracks}
        self._tracks = list(tracks)
        if not same:
            self._arrange()
            return
        known = {track.id: track for track in tracks}
        self.rows = [known[row.id] for row in self.rows]
        self._repaint(LENGTH)

    def set_playing(self, track_id: int | None) -> None:
        """Mark the track that plays."""
        if track_id != self.playing_id:
            self.playing_id = track_id
            self._repaint(TITLE)

    def search(self, text: str) -> None:
        """Show the rows in which every word occurs, whichever column it is in."""
        self._words = text.casefold().split()
        self._arrange()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._column, self._descending = column, order == Qt.SortOrder.DescendingOrder
        self._arrange()

    def _arrange(self) -> None:
        self.beginResetModel()
        found = [t for t in self._tracks if _matches(t, self._words)]
        self.rows = sorted(
            found, key=lambda t: _sort_key(t, self._column), reverse=self._descending
        )
        self.endResetModel()

    def _repaint(self, last_column: int) -> None:
        if self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, last_column))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

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
        if not index.isValid() or index.row() >= len(self.rows):  # of rows that are gone
            return None
        track = self.rows[index.row()]
        if role == TRACK:
            return track
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return _text(track, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tip(track, index.column())
        return None


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
    model = index.model()
    return isinstance(model, TrackModel) and model.playing_id == track.id


def _matches(track: Track, wanted: Sequence[str]) -> bool:
    if not wanted:
        return True
    hay = " ".join(_text(track, column) for column in range(MOOD + 1)).casefold()
    return all(word in hay for word in wanted)


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
    # "Track 2" before "Track 10": figures count as numbers. Pieces alternate, so that text
    # is compared with text and number with number.
    pieces = _FIGURES.split(_text(track, column).casefold())
    return [int(p) if at % 2 else p for at, p in enumerate(pieces)]


def _tip(track: Track, column: int) -> str | None:
    if not track.available:
        return tr("The file is not there: {path}", path=str(track.path))
    if column == MOOD:
        if track.corrected:
            return tr("You said so. MISO heard: {mood}", mood=MOOD_WORDS[track.model_scores.top])
        if track.expected.top is not track.model_scores.top:
            heard = MOOD_WORDS[track.model_scores.top]
            return tr("As you judge such tracks. MISO heard: {mood}", mood=heard)
        return ", ".join(f"{MOOD_WORDS[m]} {track.scores[m]:.2f}" for m in track.scores.ranked[:3])
    return None
