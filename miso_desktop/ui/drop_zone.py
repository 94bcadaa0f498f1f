"""The place on the first page where photos and folders are dropped."""

from __future__ import annotations

import sys

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from miso_desktop.moods import Mood
from miso_desktop.phrases import tr
from miso_desktop.ui import icons, theme, tokens
from miso_desktop.ui.buttons import Link
from miso_desktop.ui.glow import Glow, lit
from miso_desktop.ui.labels import Text

_HEIGHT = 206
_PASTE_KEYS = "⌘ V" if sys.platform == "darwin" else "Ctrl V"


class DropZone(QWidget):
    """A dashed field that warms up while something is dragged over the window."""

    photo_asked = Signal()
    folder_asked = Signal()
    paste_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lit = False
        self.setFixedHeight(_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        title = Text(tr("Drop a photo or a music folder here"), tokens.HEADING)
        title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 104, 24, 0)
        column.setSpacing(2)
        column.addWidget(title)
        column.addLayout(self._make_links())
        column.addStretch(1)

    def _make_links(self) -> QHBoxLayout:
        self.photo = Link(tr("choose a photo"), underlined=True)
        self.folder = Link(tr("choose a folder"), underlined=True)
        self.paste = Link(tr("paste"), underlined=True)
        self.photo.clicked.connect(self.photo_asked)
        self.folder.clicked.connect(self.folder_asked)
        self.paste.clicked.connect(self.paste_asked)
        row = QHBoxLayout()
        row.setSpacing(2)
        row.addStretch(1)
        row.addWidget(Text(tr("or"), tokens.SMALL, soft=True))
        for index, link in enumerate((self.photo, self.folder, self.paste)):
            if index:
                row.addWidget(Text("·", tokens.SMALL, soft=True))
            row.addWidget(link)
        row.addWidget(Text(_PASTE_KEYS, tokens.SMALL, soft=True))
        row.addStretch(1)
        return row

    def light(self, lit: bool) -> None:
        """Show that what is dragged may be dropped."""
        self._lit = lit
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = QPainter(self), theme.palette()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        outline = QPainterPath()
        outline.addRoundedRect(shape, tokens.RADIUS_PHOTO, tokens.RADIUS_PHOTO)
        painter.setClipPath(outline)
        ground = lit(self.size(), self.devicePixelRatioF(), colours.card, self._glows())
        painter.drawPixmap(0, 0, ground)
        painter.setClipping(False)
        tone = tokens.mix(colours.line, colours.ink if self._lit else colours.soft, 0.5)
        pen = QPen(theme.colour(tone), 2, Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([3, 2.5])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(shape, tokens.RADIUS_PHOTO, tokens.RADIUS_PHOTO)
        centre = QPointF(shape.center().x(), 74)
        icons.paint(painter, "photo", centre, theme.colour(colours.ink), 40)

    def _glows(self) -> tuple[Glow, ...]:
        strength = 0.30 if self._lit else 0.15
        return (
            Glow(tokens.MOOD_COLOURS[Mood.HAPPY], 0.22, 0.0, 0.46, strength),
            Glow(tokens.MOOD_COLOURS[Mood.DRAMATIC], 0.80, 1.0, 0.46, strength),
        )
