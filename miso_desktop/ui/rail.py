"""The rail on the left: where one can go."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QConicalGradient, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from miso_desktop.moods import Mood
from miso_desktop.phrases import Phrase
from miso_desktop.ui import icons, theme, tokens
from miso_desktop.ui.buttons import Button

_MARK = 36


class RailButton(Button):
    """A page: icon above its name."""

    def __init__(self, icon: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._icon = icon
        self.setText(name)
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setFixedWidth(56)

    def sizeHint(self) -> QSize:
        return QSize(56, 40 + 14 * len(self._lines()))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = self.painter(), theme.palette()
        shape = QRectF(self.rect())
        if self.isChecked() or self.hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(colours.well, 1.0 if self.isChecked() else 0.55))
            painter.drawRoundedRect(shape, tokens.RADIUS, tokens.RADIUS)
        tone = theme.colour(colours.ink if self.isChecked() or self.hovered else colours.soft)
        icons.paint(painter, self._icon, QPointF(shape.center().x(), 18), tone)
        painter.setPen(tone)
        painter.setFont(self._font())
        for row, line in enumerate(self._lines()):
            painter.drawText(QRectF(0, 32 + 14 * row, 56, 14), Qt.AlignmentFlag.AlignCenter, line)
        self.paint_ring(painter, shape, tokens.RADIUS)

    def _font(self) -> QFont:
        return theme.font(tokens.Type(11, 600 if self.isChecked() else 400))

    def _lines(self) -> list[str]:
        bold = QFontMetrics(theme.font(tokens.Type(11, 600)))
        if bold.horizontalAdvance(self.text()) <= 52 or " " not in self.text():
            return [self.text()]
        return self.text().split(" ", 1)


class Rail(QWidget):
    """The pages in order, the last one (settings) at the foot."""

    chosen = Signal(str)

    def __init__(self, pages: dict[str, tuple[str, Phrase]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(tokens.RAIL)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 20 + _MARK + 22, 8, 16)
        column.setSpacing(8)
        self._buttons: dict[str, RailButton] = {}
        for key, (icon, name) in pages.items():
            if key == "settings":
                column.addStretch(1)
            button = RailButton(icon, str(name))
            button.clicked.connect(lambda _=False, key=key: self.chosen.emit(key))
            column.addWidget(button)
            self._buttons[key] = button

    def mark(self, key: str) -> None:
        """Show which page is open."""
        self._buttons[key].setChecked(True)

    def hasFocusInside(self) -> bool:
        """The keyboard is among the rail's buttons: a change of page leaves it there."""
        return any(button.hasFocus() for button in self._buttons.values())

    def button(self, key: str) -> RailButton:
        """The button of a page."""
        return self._buttons[key]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = QPainter(self), theme.palette()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.width() - 1, 0, 1, self.height(), theme.colour(colours.line))
        paint_mark(painter, QRectF((self.width() - _MARK) / 2, 20, _MARK, _MARK))


def paint_mark(painter: QPainter, shape: QRectF) -> None:
    """MISO's mark: the five moods in one round."""
    fade = QConicalGradient(shape.center(), 100)
    order = (Mood.SAD, Mood.DRAMATIC, Mood.HAPPY, Mood.AGGRESSIVE, Mood.ROMANTIC, Mood.SAD)
    for step, mood in enumerate(order):
        fade.setColorAt(step / (len(order) - 1), theme.mood_colour(mood))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(fade)
    painter.drawRoundedRect(shape, shape.width() * 0.28, shape.width() * 0.28)
