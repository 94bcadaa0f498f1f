"""The queue in the player, floating above the bar while it is asked for."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from miso_desktop.phrases import tr
from miso_desktop.ui import tokens, words
from miso_desktop.ui.cards import Heading, paint_card, paint_shadow
from miso_desktop.ui.queue_list import QueueList
from miso_desktop.ui.session import Session

_MARGIN = 24
_SIZE = QSize(420 + 2 * _MARGIN, 440 + 2 * _MARGIN)


class QueuePanel(QWidget):
    """A card over the page, at the right, above the player bar."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._content = parent
        self._playing = session.playing
        self._heading = Heading(tr("In the player"))
        self.list = QueueList(tr("In the player"))
        self.list.chosen.connect(self._playing.jump)
        self.list.corrected.connect(session.shelf.correct)
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN + 16, _MARGIN + 14, _MARGIN + 12, _MARGIN + 12)
        column.addWidget(self._heading)
        column.addWidget(self.list)
        self._playing.track_changed.connect(self._show)
        self.hide()

    def toggle(self) -> None:
        """Open or close it."""
        if self.isVisible():
            self.leave()
            return
        self._show()
        self.place()
        self.show()
        self.raise_()
        self.list.setFocus()

    def leave(self) -> None:
        """Close, and give the keyboard back to the window."""
        self.window().setFocus(Qt.FocusReason.OtherFocusReason)
        self.hide()

    def place(self) -> None:
        """Stand at the lower right of the page."""
        page = self._content.rect().adjusted(0, 0, 0, -tokens.PLAYER_BAR)
        size = _SIZE.boundedTo(page.size())
        corner = page.bottomRight() - QRect(0, 0, size.width(), size.height()).bottomRight()
        self.setGeometry(QRect(corner, size).translated(8, 12))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = self.rect().adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        paint_shadow(painter, shape, tokens.RADIUS_LARGE, _MARGIN)
        paint_card(painter, shape.toRectF())

    def _show(self) -> None:
        queue = self._playing.queue
        if self.list.rows.picks != queue:
            self.list.rows.set_picks(queue)
        seconds = sum(p.track.tags.duration_s for p in queue)
        self._heading.note.setText(f"{words.songs(len(queue))} · {words.span(seconds)}")
        status = self._playing.status
        self.list.rows.set_playing(status.index if status else -1)
