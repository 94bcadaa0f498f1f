"""Laid over a page while something is dragged over the window."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from miso_desktop.phrases import tr
from miso_desktop.ui import icons, theme, tokens

_EDGE = 24


class DropVeil(QWidget):
    """Says that what is held may be let go."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._page = parent
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def cover(self, covered: bool) -> None:
        """Come or go."""
        if covered:
            self.setGeometry(self._page.rect())
            self.raise_()
        self.setVisible(covered)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = QPainter(self), theme.palette()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        page = QRectF(self.rect()).adjusted(tokens.RAIL, 0, 0, -tokens.PLAYER_BAR)
        painter.fillRect(page, theme.colour(colours.background, 0.88))
        pen = QPen(theme.colour(colours.soft), 2, Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([3, 2.5])
        painter.setPen(pen)
        inner = page.adjusted(_EDGE, _EDGE, -_EDGE, -_EDGE)
        painter.drawRoundedRect(inner, tokens.RADIUS_PHOTO, tokens.RADIUS_PHOTO)
        centre = inner.center()
        ink = theme.colour(colours.ink)
        icons.paint(painter, "photo", centre - QPointF(0, 32), ink, 40)
        painter.setFont(theme.font(tokens.HEADING))
        painter.setPen(ink)
        text = tr("Let go: a photo is read, a music folder is listened to")
        painter.drawText(inner.translated(0, 16), Qt.AlignmentFlag.AlignCenter, text)
