"""Tracks in the order they will play, each with its reason and its mood."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QContextMenuEvent, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from miso_desktop.ui import chips, icons, theme, tokens
from miso_desktop.ui.covers import paint_cover
from miso_desktop.values import Pick

_ROW = 59
_COVER = 40
_LINE = 16
_BESIDE_REASON = 4 + _COVER + 12 + 8
"""Width of a row that is not the reason's: cover and margins."""
_PICK = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex


class QueueModel(QAbstractListModel):
    """Picks as rows."""

    def __init__(self) -> None:
        super().__init__()
        self.picks: list[Pick] = []
        self.playing = -1

    def set_picks(self, picks: Sequence[Pick]) -> None:
        """Replace all rows."""
        self.beginResetModel()
        self.picks = list(picks)
        self.endResetModel()

    def set_playing(self, row: int) -> None:
        """Mark the row that plays; -1 for none."""
        if row != self.playing:
            changed, self.playing = (self.playing, row), row
            for changed_row in changed:
                index = self.index(changed_row)
                if index.isValid():
                    self.dataChanged.emit(index, index)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.picks)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        pick = self.picks[index.row()]
        if role == _PICK:
            return pick
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return ", ".join(
                filter(None, (pick.track.title, pick.track.tags.artist, str(pick.why)))
            )
        if role == Qt.ItemDataRole.ToolTipRole:
            return str(pick.why)
        return None


class QueueList(QListView):
    """Double-click or Enter plays from a row on; a right click corrects its mood."""

    chosen = Signal(int)
    corrected = Signal(object, object)
    """The track and the mood a person gives it (None takes their word back)."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = QueueModel()
        self.rows.setParent(self)
        self.setModel(self.rows)
        self.setItemDelegate(_PickDelegate(self))
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)  # a reason may take two lines, or one
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.viewport().setAutoFillBackground(False)
        self.doubleClicked.connect(lambda index: self.chosen.emit(index.row()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.chosen.emit(self.currentIndex().row())
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.indexAt(event.pos())
        if index.isValid():
            track = self.rows.picks[index.row()].track
            offered = chips.mood_menu(
                self,
                track.scores.top,
                track.corrected,
                lambda mood: self.corrected.emit(track, mood),
            )
            offered.popup(event.globalPos())


class _PickDelegate(QStyledItemDelegate):
    def __init__(self, view: QueueList) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        pick: Pick = index.data(_PICK)
        room = self._view.viewport().width() - _BESIDE_REASON
        wide = QFontMetrics(theme.font(tokens.CAPTION)).horizontalAdvance(str(pick.why))
        return QSize(120, _ROW + (_LINE if wide > room > 0 else 0))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        pick: Pick = index.data(_PICK)
        model = index.model()
        assert isinstance(model, QueueModel)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        cell = QRectF(option.rect)
        self._paint_ground(painter, option, cell, first=index.row() == 0)
        cover = QRectF(cell.left() + 4, cell.top() + 10, _COVER, _COVER)
        paint_cover(painter, cover, pick.track.scores.top)
        if index.row() == model.playing:
            icons.paint(painter, "volume", cover.center(), theme.colour("#FFFFFF"))
        mood = pick.track.scores.top
        words_left, chip_left = cover.right() + 12, cell.right() - 4 - chips.width(mood)
        chips.paint(painter, QPointF(chip_left, cell.top() + 6), mood)
        upper = QRectF(words_left, cell.top() + 8, chip_left - words_left - 12, 20)
        lower = QRectF(words_left, cell.top() + 32, cell.right() - 4 - words_left, 1)
        lower.setBottom(cell.bottom() - 8)
        _paint_name(painter, upper, pick)
        _paint_reason(painter, lower, pick)
        painter.restore()

    def _paint_ground(
        self, painter: QPainter, option: QStyleOptionViewItem, cell: QRectF, *, first: bool
    ) -> None:
        colours = theme.palette()
        lit = option.state & (QStyle.StateFlag.State_MouseOver | QStyle.StateFlag.State_Selected)
        if not first:
            painter.fillRect(
                QRectF(cell.left(), cell.top(), cell.width(), 1), theme.colour(colours.line)
            )
        if lit:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(colours.well, 0.6))
            painter.drawRoundedRect(cell.adjusted(0, 3, 0, -2), 10, 10)


def _paint_name(painter: QPainter, room: QRectF, pick: Pick) -> None:
    colours, right = theme.palette(), Qt.TextElideMode.ElideRight
    strong, plain = theme.font(tokens.STRONG), theme.font(tokens.SMALL)
    title = QFontMetrics(strong).elidedText(pick.track.title, right, int(room.width()))
    painter.setFont(strong)
    painter.setPen(theme.colour(colours.ink))
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, title)
    rest = QRectF(room)
    rest.setLeft(room.left() + QFontMetrics(strong).horizontalAdvance(title) + 8)
    if rest.width() > 24:
        painter.setFont(plain)
        painter.setPen(theme.colour(colours.soft))
        artist = QFontMetrics(plain).elidedText(pick.track.tags.artist, right, int(rest.width()))
        painter.drawText(rest, Qt.AlignmentFlag.AlignVCenter, artist)


def _paint_reason(painter: QPainter, room: QRectF, pick: Pick) -> None:
    """The whole width is the reason's: it is what the list is for."""
    font = theme.font(tokens.CAPTION)
    painter.setFont(font)
    painter.setPen(theme.colour(theme.palette().soft))
    wrapped = Qt.AlignmentFlag.AlignTop.value | Qt.TextFlag.TextWordWrap.value
    painter.drawText(room, wrapped, str(pick.why))
