"""The seek bar: the outline of the track in the colour of its mood."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from miso_desktop.moods import Mood
from miso_desktop.phrases import tr
from miso_desktop.ui import theme, tokens, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BAR = 2.0
_STEP = 4.0
_STEP_S = 5.0
_CONTRAST = 1.5


class Waveform(QWidget):
    """Press, drag or use the arrow keys to seek."""

    sought = Signal(float)
    """Seconds into the track."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._peaks: NDArray[np.float32] | None = None
        self._mood: Mood | None = None
        self._position = self._duration = 0.0
        self._dragged: float | None = None
        self._hover: float | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(28)
        self.setAccessibleName(tr("Position in the track"))

    def sizeHint(self) -> QSize:
        return QSize(428, 28)

    def set_peaks(self, peaks: NDArray[np.float32] | None, mood: Mood | None) -> None:
        """Another track: its outline (0 to 1, None until it is known) and mood."""
        self._peaks, self._mood = peaks, mood
        self.update()

    def set_position(self, position: float, duration: float) -> None:
        """How far the track is, in seconds."""
        if (position, duration) != (self._position, self._duration):
            self._position, self._duration = position, duration
            self.setAccessibleDescription(f"{words.clock(position)} / {words.clock(duration)}")
            self.update()

    @property
    def shown_position(self) -> float:
        """Seconds; where the pointer holds it while it is dragged."""
        return self._position if self._dragged is None else self._dragged

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = QPainter(self), theme.palette()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        heard = theme.mood_colour(self._mood) if self._mood else theme.colour(colours.ink)
        rest = theme.colour(tokens.mix(colours.line, colours.soft, 0.18))
        share = self.shown_position / self._duration if self._duration else 0.0
        heights = self._heights()
        middle = self.height() / 2
        for index, height in enumerate(heights):
            x = index * _STEP
            at = (index + 0.5) / len(heights)
            painter.setBrush(heard if at < share else rest)
            painter.drawRoundedRect(QRectF(x, middle - height / 2, _BAR, height), 1, 1)
        if self._hover is not None and self._duration:
            painter.setBrush(theme.colour(colours.ink, 0.5))
            painter.drawRect(QRectF(self._hover, 0, 1, self.height()))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.colour(colours.ink, 0.5), 1.5))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75), 6, 6)

    def _heights(self) -> list[float]:
        count = max(1, int((self.width() + _STEP - _BAR) / _STEP))
        if self._peaks is None or not len(self._peaks):
            return [2.0] * count
        total = len(self._peaks)
        full = self.height() - 2
        loudest = float(max(self._peaks)) or 1.0
        tops = (
            max(self._peaks[index * total // count : (index + 1) * total // count + 1])
            for index in range(count)
        )
        # Loud recordings are full to the brim: the power lets quiet and loud differ to the eye.
        return [max(2.0, full * (float(top) / loudest) ** _CONTRAST) for top in tops]

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._duration:
            self._dragged = self._seconds_at(event.position().x())
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover = event.position().x()
        if self._duration:
            self.setToolTip(words.clock(self._seconds_at(self._hover)))
        if self._dragged is not None:
            self._dragged = self._seconds_at(self._hover)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._dragged is not None:
            to, self._dragged = self._dragged, None
            self._position = to
            self.sought.emit(to)
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hover = None
        self.update()

    def enterEvent(self, event: QEnterEvent) -> None:
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -_STEP_S, Qt.Key.Key_Right: _STEP_S}.get(Qt.Key(event.key()))
        if step is None or not self._duration:
            super().keyPressEvent(event)
            return
        self.sought.emit(min(self._duration, max(0.0, self._position + step)))

    def _seconds_at(self, x: float) -> float:
        return min(1.0, max(0.0, x / max(1, self.width()))) * self._duration
