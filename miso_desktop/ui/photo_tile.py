"""A photo that was read, small, with its mood."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainterPath, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from miso_desktop.errors import MisoError
from miso_desktop.phrases import tr
from miso_desktop.ui import chips, theme, tokens
from miso_desktop.ui.buttons import Button
from miso_desktop.ui.photo_view import cropped
from miso_desktop.ui.pictures import THUMBNAIL, Picture, Pictures
from miso_desktop.values import PhotoReading
from miso_desktop.words import MOOD_WORDS

HEIGHT = 132
GAP = 12
_WIDEST = 340


class PhotoTile(Button):
    """Press it to come back to the photo."""

    def __init__(self, reading: PhotoReading, pictures: Pictures) -> None:
        mood = reading.scores.top
        super().__init__(tr("{file}, {mood}", file=reading.photo.name, mood=MOOD_WORDS[mood]))
        self.reading = reading
        self._mood = mood
        self._image: QImage | None = None
        self._scaled: QPixmap | None = None
        self._missing = False
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(reading.photo.name)
        pictures.get(reading.photo, THUMBNAIL, self._take, self._miss)

    def sizeHint(self) -> QSize:
        return QSize(269, HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, HEIGHT)

    def _take(self, picture: Picture) -> None:
        self._image = picture.image
        self.update()

    def _miss(self, _error: MisoError) -> None:
        self._missing = True
        self.setToolTip(tr("{file} is not there any more", file=str(self.reading.photo)))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = self.painter()
        shape = QRectF(self.rect())
        outline = QPainterPath()
        outline.addRoundedRect(shape, tokens.RADIUS, tokens.RADIUS)
        painter.setClipPath(outline)
        if self._image is None:
            painter.fillPath(outline, theme.colour(theme.palette().well))
        else:
            painter.drawPixmap(0, 0, self._fitting(self._image))
            if self.hovered:
                painter.fillPath(outline, QColor(255, 255, 255, 26))
        painter.setOpacity(0.5 if self._missing else 1.0)
        corner = QPointF(8, self.height() - 8 - chips.HEIGHT)
        chips.paint(
            painter, corner, self._mood, ground=QColor(29, 27, 25, 190), ink=QColor("#FFFFFF")
        )
        painter.setOpacity(1.0)
        painter.setClipping(False)
        self.paint_ring(painter, shape, tokens.RADIUS)

    def _fitting(self, image: QImage) -> QPixmap:
        size = self.size()
        if self._scaled is None or self._scaled.deviceIndependentSize().toSize() != size:
            self._scaled = cropped(image, size, self.devicePixelRatioF())
        return self._scaled


class TileGrid(QWidget):
    """As many tiles in a row as fit well."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tiles: list[PhotoTile] = []
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(GAP)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)

    @property
    def tiles(self) -> list[PhotoTile]:
        """In reading order."""
        return list(self._tiles)

    def set_tiles(self, tiles: list[PhotoTile]) -> None:
        """Replace all tiles."""
        for tile in self._tiles:
            self._grid.removeWidget(tile)
            tile.hide()
            tile.deleteLater()
        self._tiles = tiles
        self._arrange(force=True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self, *, force: bool = False) -> None:
        columns = max(2, -(-(self.width() + GAP) // (_WIDEST + GAP)))
        if columns == self._columns and not force:
            return
        for column in range(self._columns):
            self._grid.setColumnStretch(column, 0)
        self._columns = columns
        for column in range(columns):
            self._grid.setColumnStretch(column, 1)
        for index, tile in enumerate(self._tiles):
            self._grid.addWidget(tile, index // columns, index % columns, Qt.AlignmentFlag(0))
