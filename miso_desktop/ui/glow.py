"""Soft light on a surface, without the bands that eight bits a colour would show.

The gradients are painted with sixteen bits a colour, noise smaller than one step of
eight bits is added, and only then is the picture rounded: dithering, as in print.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPixmap, QRadialGradient

_TILE = 48
_POWER = 14_000


@dataclass(frozen=True)
class Glow:
    """A round light.

    Attributes
    ----------
    colour : str
        ``#RRGGBB``.
    x, y : float
        Its middle, as shares of the surface's width and height.
    reach : float
        Its radius as a share of the width.
    strength : float
        Opacity in its middle, 0 to 1.
    """

    colour: str
    x: float
    y: float
    reach: float
    strength: float


@lru_cache(maxsize=6)
def lit(size: QSize, ratio: float, ground: str, glows: tuple[Glow, ...]) -> QPixmap:
    """A surface of ``size`` (device-independent pixels) in the ground's colour, lit by glows."""
    image = QImage(size * ratio, QImage.Format.Format_RGBA64)
    image.setDevicePixelRatio(ratio)
    image.fill(QColor(ground))
    painter = QPainter(image)
    area = QRectF(0, 0, size.width(), size.height())
    for glow in glows:
        painter.fillRect(area, _gradient(glow, area))
    painter.fillRect(area, QBrush(_noise()))
    painter.end()
    return QPixmap.fromImage(image.convertToFormat(QImage.Format.Format_RGB32))


def _gradient(glow: Glow, area: QRectF) -> QRadialGradient:
    centre = QPointF(area.width() * glow.x, area.height() * glow.y)
    made = QRadialGradient(centre, area.width() * glow.reach)
    # A cosine-like fall: a straight one would show its edge and its middle.
    for stop, share in ((0.0, 1.0), (0.25, 0.8), (0.5, 0.42), (0.75, 0.12), (1.0, 0.0)):
        colour = QColor(glow.colour)
        colour.setAlphaF(glow.strength * share)
        made.setColorAt(stop, colour)
    return made


@lru_cache(maxsize=1)
def _noise() -> QImage:
    """A tile of dark specks, on average as strong as one step of eight bits (1/256)."""
    count = _TILE * _TILE
    # The digits of a large power are noise enough, always the same, and need no import.
    digits = (7**_POWER).to_bytes(_POWER, "little")
    low, high = digits[:count], bytes(b & 1 for b in digits[count : 2 * count])
    specks = bytearray(8 * count)  # black; the last two of a pixel's eight bytes are its opacity
    little = sys.byteorder == "little"
    specks[6 if little else 7 :: 8] = low
    specks[7 if little else 6 :: 8] = high
    image = QImage(bytes(specks), _TILE, _TILE, QImage.Format.Format_RGBA64)
    return image.copy()  # the copy owns its pixels
