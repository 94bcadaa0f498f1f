"""What stands for a track that has no picture."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QLinearGradient, QPainter

from miso_desktop.moods import Mood
from miso_desktop.ui import theme, tokens


def paint_cover(painter: QPainter, shape: QRectF, mood: Mood, radius: float = 8) -> None:
    """A track without a picture gets the colour of its mood."""
    fade = QLinearGradient(shape.topLeft(), shape.bottomRight())
    fade.setColorAt(0, theme.mood_colour(mood))
    deep = "#1D1B19" if theme.palette().dark else "#FFFFFF"
    fade.setColorAt(1, theme.colour(tokens.mix(tokens.MOOD_COLOURS[mood], deep, 0.55)))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(fade)
    painter.drawRoundedRect(shape, radius, radius)
