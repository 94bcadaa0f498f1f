"""Surfaces: the card, its heading, a thin line, a quiet banner, a shadow."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from miso_desktop.moods import Mood
from miso_desktop.phrases import tr
from miso_desktop.ui import icons, theme, tokens
from miso_desktop.ui.buttons import IconButton
from miso_desktop.ui.labels import Elided, Text

_SIDE, _ABOVE = 48, 16
"""Where a banner stands in the page."""


class Card(QFrame):
    """A rounded surface with a hairline; its layout is ``body``."""

    def __init__(self, parent: QWidget | None = None, *, padding: int = 16) -> None:
        super().__init__(parent)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(padding, padding - 4, padding, padding - 4)
        self.body.setSpacing(8)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_card(painter, QRectF(self.rect()))


def paint_card(painter: QPainter, shape: QRectF, radius: float = tokens.RADIUS_LARGE) -> None:
    """The surface of a card."""
    colours = theme.palette()
    painter.setPen(QPen(theme.colour(colours.line), 1))
    painter.setBrush(theme.colour(colours.card))
    painter.drawRoundedRect(shape.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)


class Heading(QWidget):
    """A card's heading: its name on the left, soft words or a link on the right."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = Text(title, tokens.HEADING)
        self.note = Text("", tokens.SMALL, soft=True, tabular=True)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(4)
        self.row.addWidget(self.title)
        self.row.addStretch(1)
        self.row.addWidget(self.note)


class Listing(Card):
    """A card of rows below a heading; their layout is ``rows``."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.rows = QVBoxLayout()
        self.rows.setSpacing(0)
        self.body.addWidget(Heading(title))
        self.body.addLayout(self.rows)


class Line(QFrame):
    """A hairline."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(1)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme.colour(theme.palette().line))


class Banner(QFrame):
    """Something went wrong or is worth a word: in the page, never in the way."""

    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = Text("", tokens.SMALL, wrap=True)
        self.calm = False
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        close = IconButton("close", tr("Dismiss"), size=28)
        close.clicked.connect(self.dismiss)
        row = QHBoxLayout(self)
        # Its own margins, not the page's: while it is hidden they take no room.
        row.setContentsMargins(_SIDE + 44, _ABOVE + 8, _SIDE + 8, 8)
        row.addWidget(self._text, 1)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    @property
    def message(self) -> str:
        """What it says."""
        return self._text.text()

    def show_message(self, message: str, *, calm: bool = False) -> None:
        """Say something until it is dismissed or replaced; ``calm`` is no alarm."""
        self.calm = calm
        self.update()
        self._text.setText(message)
        self.setAccessibleName(message)
        self.show()

    def dismiss(self) -> None:
        """Go away."""
        self.hide()
        self.closed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = QPainter(self), theme.palette()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        alarm = colours.soft if self.calm else tokens.MOOD_COLOURS[Mood.AGGRESSIVE]
        painter.setPen(QPen(theme.colour(tokens.mix(colours.line, alarm, 0.3)), 1))
        painter.setBrush(theme.colour(tokens.mix(colours.card, alarm, 0.06)))
        shape = QRectF(self.rect()).adjusted(_SIDE + 0.5, _ABOVE + 0.5, -_SIDE - 0.5, -0.5)
        painter.drawRoundedRect(shape, tokens.RADIUS, tokens.RADIUS)
        tone = QColor(tokens.readable(alarm, colours.card))
        icon = "check" if self.calm else "alert"
        icons.paint(painter, icon, QPointF(_SIDE + 24, _ABOVE + 22), tone)


class Empty(QWidget):
    """A page or card with nothing in it yet, and what would fill it."""

    def __init__(
        self, icon: str, title: str, text: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._icon = icon
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(24, 64, 24, 24)
        self.column.setSpacing(4)
        self.column.addStretch(1)
        self._title = Text(title, tokens.HEADING)
        for made in (self._title, Text(text, tokens.SMALL, soft=True, wrap=True)):
            made.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            self.column.addWidget(made)
        self.column.addStretch(1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        top = self._title.geometry().top()
        centre = QPointF(self.width() / 2, top - 30)
        icons.paint(painter, self._icon, centre, theme.colour(theme.palette().soft), 32)


@lru_cache(maxsize=16)
def _shadow(width: int, height: int, radius: int, blur: int, dark: bool) -> QPixmap:
    """A soft dark rounded rectangle, built of rings that each add a little."""
    made = QImage(width + 2 * blur, height + 2 * blur, QImage.Format.Format_RGBA64_Premultiplied)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    before = 0.0
    for ring in range(1, blur + 1):
        # Quadratic: hardly anything at the rim, where an edge would show.
        depth = (0.42 if dark else 0.16) * (ring / blur) ** 2
        painter.setBrush(theme.colour("#000000", (depth - before) / (1 - before)))
        shape = QRectF(ring, ring, width + 2 * (blur - ring), height + 2 * (blur - ring))
        painter.drawRoundedRect(shape, radius + blur - ring, radius + blur - ring)
        before = depth
    painter.end()
    return QPixmap.fromImage(made)


def paint_shadow(painter: QPainter, shape: QRect, radius: int, blur: int = 28) -> None:
    """The one shadow: under the photo and under floating cards, lit from above."""
    image = _shadow(shape.width(), shape.height(), radius, blur, theme.palette().dark)
    painter.drawPixmap(shape.left() - blur, shape.top() - blur + blur // 3, image)


__all__ = ["Banner", "Card", "Elided", "Empty", "Heading", "Line", "paint_card", "paint_shadow"]
