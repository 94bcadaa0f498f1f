"""The photo: rounded, filling its field, with the one shadow under it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from miso_desktop.ui import theme, tokens
from miso_desktop.ui.cards import paint_shadow

MARGIN = 32
"""Room around the photo in which its shadow lies."""
_LOWEST = 0.30
_HIGHEST = 0.62


def cropped(image: QImage, size: QSize, ratio: float) -> QPixmap:
    """The middle of an image, scaled to fill ``size`` (in device-independent pixels).

    What is cut away above and below is a third from above: faces are rarely low.
    """
    target = size * ratio
    # Cut first: a strip of three pixels by six thousand, scaled to a page's width, is gigabytes.
    part = target.scaled(image.size(), Qt.AspectRatioMode.KeepAspectRatio).expandedTo(QSize(1, 1))
    left = (image.width() - part.width()) // 2
    top = (image.height() - part.height()) // 3
    scaled = image.copy(QRect(QPoint(left, top), part)).scaled(
        target,
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    made = QPixmap.fromImage(scaled)
    made.setDevicePixelRatio(ratio)
    return made


class PhotoView(QWidget):
    """Shows a photo as wide as the column; tall ones are cut to a calm height."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image: QImage | None = None
        self._scaled: QPixmap | None = None
        self._limit = 440
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_image(self, image: QImage | None) -> None:
        """Show another photo; None shows the empty field while it is decoded."""
        self._image, self._scaled = image, None
        self.updateGeometry()
        self.update()

    def set_limit(self, height: int) -> None:
        """The photo is not to be higher than this, so that its mood stands in sight below."""
        if height != self._limit:
            self._limit = height
            self.updateGeometry()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        inner = width - 2 * MARGIN
        shape = self._image.height() / self._image.width() if self._image else 0.45
        height = round(inner * min(_HIGHEST, max(_LOWEST, shape)))
        return min(self._limit, height) + 2 * MARGIN

    def sizeHint(self) -> QSize:
        return QSize(708 + 2 * MARGIN, self.heightForWidth(708 + 2 * MARGIN))

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 160)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = self.rect().adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        if not shape.isValid():
            return
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(shape), tokens.RADIUS_PHOTO, tokens.RADIUS_PHOTO)
        if self._image is None:
            painter.fillPath(outline, theme.colour(theme.palette().well))
            return
        paint_shadow(painter, shape, tokens.RADIUS_PHOTO)
        painter.setClipPath(outline)
        painter.drawPixmap(shape.topLeft(), self._fitting(shape, self._image))

    def _fitting(self, shape: QRect, image: QImage) -> QPixmap:
        ratio = self.devicePixelRatioF()
        if self._scaled is None or self._scaled.deviceIndependentSize().toSize() != shape.size():
            self._scaled = cropped(image, shape.size(), ratio)
        return self._scaled
