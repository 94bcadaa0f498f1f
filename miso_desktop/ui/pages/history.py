"""What was played, when, and for which photo."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFontMetrics, QPainter, QPainterPath, QPixmap
from PySide6.QtWidgets import (
    QListView,
    QStackedLayout,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from miso_desktop.phrases import tr
from miso_desktop.ui import chips, theme, tokens, words
from miso_desktop.ui.cards import Card, Empty
from miso_desktop.ui.covers import paint_cover
from miso_desktop.ui.pages.page import Page, PageHead, column
from miso_desktop.ui.photo_view import cropped
from miso_desktop.ui.pictures import THUMBNAIL, Picture
from miso_desktop.ui.session import Session
from miso_desktop.values import Played

_ROW = 60
_HEAD = 40
_COVER = QSize(64, 40)
_ITEM = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex


class HistoryModel(QAbstractListModel):
    """One row a playing; the first of each day carries the day's name."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[tuple[Played, str]] = []

    def set_history(self, history: list[Played]) -> None:
        """Replace all rows, the latest first."""
        self.beginResetModel()
        self.rows, last = [], ""
        for played in history:
            day = words.day(played.at)
            self.rows.append((played, day if day != last else ""))
            last = day
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        played, day = self.rows[index.row()]
        if role == _ITEM:
            return played, day
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return (
                f"{words.time_of_day(played.at)} {played.track.title}, {played.track.tags.artist}"
            )
        if role == Qt.ItemDataRole.ToolTipRole and played.photo:
            return played.photo.name
        return None


class HistoryPage(Page):
    """Double-click a line to hear it again."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        body = column(self)
        self.head = PageHead(tr("History"))
        self.model = HistoryModel()
        self.model.setParent(self)
        self.delegate = _PlayedDelegate(session, self)
        self.list = QListView()
        self.list.setAccessibleName(tr("History"))
        self.list.setModel(self.model)
        self.list.setItemDelegate(self.delegate)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.viewport().setAutoFillBackground(False)
        self.list.activated.connect(self._play)
        card = Card()
        card.body.addWidget(self.list)
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        text = tr("What you listen to is noted here, with the photo it was for.")
        self._stack.addWidget(Empty("history", tr("Nothing played yet"), text))
        self._stack.addWidget(card)
        body.addWidget(self.head)
        body.addWidget(holder, 1)
        session.playing.track_changed.connect(self.entered)
        session.opened.connect(self.entered)

    def entered(self) -> None:
        if self.isVisible() and (miso := self.session.miso):
            self.session.background.run(miso.history, self._show, self.session.tell)

    def _show(self, history: list[Played]) -> None:
        self.model.set_history(history)
        self._stack.setCurrentIndex(1 if history else 0)
        self.head.note.setText(words.songs(len(history)) if history else "")

    def _play(self, index: QModelIndex) -> None:
        self.session.playing.play_track(index.data(_ITEM)[0].track)


class _PlayedDelegate(QStyledItemDelegate):
    def __init__(self, session: Session, page: HistoryPage) -> None:
        super().__init__(page)
        self._session = session
        self._page = page
        self._photos: dict[str, QPixmap | None] = {}

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        _, day = index.data(_ITEM)
        return QSize(200, _ROW + (_HEAD if day else 0))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        played, day = index.data(_ITEM)
        cell, colours = QRectF(option.rect), theme.palette()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if day:
            painter.setFont(theme.font(tokens.HEADING))
            painter.setPen(theme.colour(colours.ink))
            head = QRectF(cell.left() + 4, cell.top(), cell.width(), _HEAD)
            painter.drawText(head, Qt.AlignmentFlag.AlignVCenter, day)
            cell.setTop(cell.top() + _HEAD)
        painter.fillRect(
            QRectF(cell.left(), cell.top(), cell.width(), 1), theme.colour(colours.line)
        )
        painter.setOpacity(1.0 if played.track.available else 0.45)
        self._paint_row(painter, cell.adjusted(4, 0, -4, 0), played)
        painter.restore()

    def _paint_row(self, painter: QPainter, cell: QRectF, played: Played) -> None:
        colours, track = theme.palette(), played.track
        middle = cell.center().y()
        cover = QRectF(cell.left(), middle - _COVER.height() / 2, _COVER.width(), _COVER.height())
        self._paint_photo(painter, cover, played)
        number = theme.font(tokens.SMALL, tabular=True)
        painter.setFont(number)
        painter.setPen(theme.colour(colours.soft))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(cell, right, words.time_of_day(played.at))
        mood = track.scores.top
        chip_left = cell.right() - 56 - chips.width(mood)
        chips.paint(painter, QPointF(chip_left, middle - chips.HEIGHT / 2), mood)
        room = int(chip_left - cover.right() - 32)
        for top, style, tone, text in (
            (-20, tokens.STRONG, colours.ink, track.title),
            (1, tokens.SMALL, colours.soft, track.tags.artist or track.path.parent.name),
        ):
            font = theme.font(style)
            painter.setFont(font)
            painter.setPen(theme.colour(tone))
            shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, room)
            line = QRectF(cover.right() + 16, middle + top, room, 20)
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, shown)

    def _paint_photo(self, painter: QPainter, cover: QRectF, played: Played) -> None:
        paint_cover(painter, cover, played.track.scores.top)
        if not played.photo:
            return
        key = str(played.photo)
        if key not in self._photos:
            self._photos[key] = None
            self._session.pictures.get(played.photo, THUMBNAIL, self._take)
        if photo := self._photos[key]:
            outline = QPainterPath()
            outline.addRoundedRect(cover, 8, 8)
            painter.setClipPath(outline)
            painter.drawPixmap(cover.topLeft(), photo)
            painter.setClipping(False)

    def _take(self, picture: Picture) -> None:
        ratio = self._page.devicePixelRatioF()
        self._photos[str(picture.path)] = cropped(picture.image, _COVER, ratio)
        self._page.list.viewport().update()
