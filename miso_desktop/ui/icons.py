"""Icons: strokes drawn for this window, tinted when they are painted."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from miso_desktop import paths

SIZE = 20


@lru_cache(maxsize=64)
def _source(name: str) -> str:
    return (_folder() / f"{name}.svg").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _folder() -> Path:
    return paths.resource("icons")


@lru_cache(maxsize=256)
def pixmap(name: str, colour: str, size: int = SIZE, ratio: float = 1.0) -> QPixmap:
    """The icon in one colour (``#RRGGBB``) for a screen of ``ratio`` device pixels a pixel."""
    renderer = QSvgRenderer(QByteArray(_source(name).replace("currentColor", colour).encode()))
    made = QPixmap(round(size * ratio), round(size * ratio))
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    renderer.render(painter)
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made


def paint(painter: QPainter, name: str, centre: QPointF, colour: QColor, size: int = SIZE) -> None:
    """Draw an icon around ``centre``."""
    ratio = painter.device().devicePixelRatioF()
    corner = QPointF(round(centre.x() - size / 2), round(centre.y() - size / 2))
    painter.drawPixmap(corner, pixmap(name, colour.name(), size, ratio))


def dot(colour: QColor, size: int = 16) -> QIcon:
    """A filled dot, for menus of moods."""
    made = QPixmap(size * 2, size * 2)
    made.setDevicePixelRatio(2)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawEllipse(QRectF(size / 2 - 4, size / 2 - 4, 8, 8))
    painter.end()
    return QIcon(made)
