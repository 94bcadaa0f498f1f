"""Buttons, painted by hand so that every one has the same shape, hover and focus ring."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from miso_desktop.moods import Mood
from miso_desktop.ui import icons, theme, tokens

_BY_KEY = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


class Button(QAbstractButton):
    """What all buttons share: hover, a focus ring for those who use the keyboard, a name."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        # A click leaves the focus where it is, so that Space goes on meaning play and pause.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._ringed = False

    def enterEvent(self, event: QEnterEvent) -> None:
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self.update()
        super().leaveEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._ringed = event.reason() in _BY_KEY
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._ringed = False
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def painter(self) -> QPainter:
        """A smooth painter in the widget's font."""
        made = QPainter(self)
        made.setRenderHint(QPainter.RenderHint.Antialiasing)
        made.setFont(self.font())
        return made

    def paint_ring(self, painter: QPainter, shape: QRectF, radius: float) -> None:
        """Two pixels of ink around the shape while the keyboard's focus is here."""
        if self._ringed:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.colour(theme.palette().ink, 0.75), 2))
            painter.drawRoundedRect(shape.adjusted(1, 1, -1, -1), radius, radius)

    @property
    def ringed(self) -> bool:
        """The keyboard's focus is here, and the keyboard brought it."""
        return self._ringed

    @property
    def hovered(self) -> bool:
        """The pointer is over it and it can be pressed."""
        return self.isEnabled() and self.underMouse()


class IconButton(Button):
    """An icon in a round field that shows on hover."""

    def __init__(
        self, icon: str, name: str, *, size: int = 36, tip: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(name, parent)
        self.icon_name = icon
        self.setFixedSize(size, size)
        self.setToolTip(tip or name)

    def set_icon(self, icon: str, name: str) -> None:
        """Another icon and what it now does."""
        if icon != self.icon_name:
            self.icon_name = icon
            self.setAccessibleName(name)
            self.setToolTip(name)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = self.painter(), theme.palette()
        shape = QRectF(self.rect())
        if self.hovered or self.isChecked():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(colours.well))
            painter.drawEllipse(shape)
        painter.setOpacity(1.0 if self.isEnabled() else 0.35)
        icons.paint(painter, self.icon_name, shape.center(), theme.colour(colours.ink))
        painter.setOpacity(1.0)
        self.paint_ring(painter, shape, self.width() / 2)


class PlayButton(IconButton):
    """The one filled round button: play and pause."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__("play", name, size=40, parent=parent)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = self.painter(), theme.palette()
        enabled = self.isEnabled()
        fill = tokens.mix(colours.ink, colours.card, 0.15 * self.hovered)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(fill if enabled else colours.well))
        painter.drawEllipse(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        shift = 1 if self.icon_name == "play" else 0
        centre = QPointF(self.width() / 2 + shift, self.height() / 2)
        ink = theme.colour(colours.card if enabled else tokens.mix(colours.soft, colours.well, 0.4))
        icons.paint(painter, self.icon_name, centre, ink, 18)
        if self._ringed:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.colour(colours.card), 2))
            painter.drawEllipse(QRectF(self.rect()).adjusted(4, 4, -4, -4))


class Pill(Button):
    """A word in a rounded field; ``primary`` is the one that the page is about."""

    def __init__(
        self,
        text: str,
        *,
        icon: str = "",
        primary: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._icon = icon
        self._primary = primary
        self._mood: Mood | None = None
        self.setText(text)
        self.setFont(theme.font(tokens.STRONG if primary else tokens.SMALL))

    def set_mood(self, mood: Mood | None) -> None:
        """Colour a primary button in a mood's colour; None gives it ink."""
        self._mood = mood
        self.update()

    def sizeHint(self) -> QSize:
        text = QFontMetrics(self.font()).horizontalAdvance(self.text())
        return QSize(
            text + (26 if self._icon else 0) + (32 if self._primary else 28),
            38 if self._primary else 32,
        )

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = self.painter(), theme.palette()
        fill = self._fill()
        ink = tokens.text_on(fill) if self._primary else colours.ink
        if not self.isEnabled():
            ink = colours.soft
        shape = QRectF(self.rect())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(tokens.mix(fill, ink, 0.10 if self.hovered else 0.0)))
        painter.drawRoundedRect(shape, self.height() / 2, self.height() / 2)
        left = 16.0 if self._primary else 14.0
        if self._icon:
            icons.paint(painter, self._icon, QPointF(left + 7, shape.center().y()), QColor(ink), 16)
            left += 22
        painter.setPen(QColor(ink))
        painter.drawText(shape.adjusted(left, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.text())
        self.paint_ring(painter, shape, self.height() / 2)

    def _fill(self) -> str:
        colours = theme.palette()
        if not self._primary or not self.isEnabled():
            return colours.well
        return tokens.button_fill(self._mood) if self._mood else colours.ink


class Link(Button):
    """A soft word that can be pressed, underlined where it stands in a sentence."""

    def __init__(
        self,
        text: str,
        *,
        underlined: bool = False,
        icon: str = "",
        style: tokens.Type = tokens.SMALL,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._icon = icon
        self.setText(text)
        made = theme.font(style)
        made.setUnderline(underlined)
        self.setFont(made)

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self.font())
        return QSize(metrics.horizontalAdvance(self.text()) + 8 + 18 * bool(self._icon), 24)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = self.painter(), theme.palette()
        tone = theme.colour(colours.ink if self.hovered else colours.soft)
        painter.setPen(tone)
        inner = QRectF(self.rect()).adjusted(4, 0, -4, 0)
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter, self.text())
        if self._icon:
            icons.paint(
                painter, self._icon, QPointF(inner.right() - 6, inner.center().y()), tone, 14
            )
        self.paint_ring(painter, QRectF(self.rect()), 6)
