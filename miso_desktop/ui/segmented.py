"""A row of choices of which one holds."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from miso_desktop.ui import theme, tokens

_PADDING = 14
_HEIGHT = 38


class Segmented(QWidget):
    """Choices side by side; arrow keys move between them.

    Parameters
    ----------
    choices : mapping of value to label
        In the order shown.
    """

    chosen = Signal(str)

    def __init__(
        self, name: str, choices: Mapping[str, str], value: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._choices = list(choices.items())
        self._value = value
        self.setFont(theme.font(tokens.BODY))
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._describe()

    @property
    def value(self) -> str:
        """The choice that holds."""
        return self._value

    def choose(self, value: str, *, quietly: bool = False) -> None:
        """Let a choice hold; ``quietly`` says nothing to others."""
        if value == self._value:
            return
        self._value = value
        self._describe()
        self.update()
        if not quietly:
            self.chosen.emit(value)

    def sizeHint(self) -> QSize:
        return QSize(8 + sum(self._widths()), _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def centre_of(self, value: str) -> QPointF:
        """Where a choice can be pressed."""
        return next(cell.center() for key, cell in self._cells() if key == value)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        for value, cell in self._cells():
            if cell.contains(event.position()):
                self.choose(value)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        values = [value for value, _ in self._choices]
        self.choose(values[(values.index(self._value) + step) % len(values)])

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = QPainter(self), theme.palette()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(colours.ink, 0.06))
        painter.drawRoundedRect(QRectF(self.rect()), tokens.RADIUS, tokens.RADIUS)
        labels = dict(self._choices)
        for value, cell in self._cells():
            held = value == self._value
            if held:
                raised = tokens.mix(colours.background, colours.card, 0.0 if colours.dark else 1.0)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.colour(raised))
                painter.drawRoundedRect(cell, tokens.RADIUS_SMALL, tokens.RADIUS_SMALL)
            painter.setFont(theme.font(tokens.STRONG if held else tokens.BODY))
            painter.setPen(theme.colour(colours.ink if held else colours.soft))
            painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, labels[value])
            if held and self.hasFocus():
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(theme.colour(colours.ink, 0.75), 2))
                painter.drawRoundedRect(cell.adjusted(1, 1, -1, -1), 7, 7)

    def _widths(self) -> list[int]:
        metrics = QFontMetrics(theme.font(tokens.STRONG))
        return [metrics.horizontalAdvance(label) + 2 * _PADDING for _, label in self._choices]

    def _cells(self) -> list[tuple[str, QRectF]]:
        cells, x = [], 4.0
        for (value, _), wide in zip(self._choices, self._widths(), strict=True):
            cells.append((value, QRectF(x, 4, wide, _HEIGHT - 8)))
            x += wide
        return cells

    def _describe(self) -> None:
        self.setAccessibleDescription(dict(self._choices)[self._value])
