"""Photos for the screen: decoded in the pool, kept in memory while they are wanted."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QColor, QImage

from miso_desktop.errors import MisoError
from miso_desktop.stamps import GONE, Stamp, stamp_now
from miso_desktop.ui.background import Background, deliver

THUMBNAIL = 640
"""Longest side of a small picture, in device pixels."""
LARGE = 2048
"""Longest side of the picture on the reading page, in device pixels."""

_KEPT_BYTES = 192 * 1024 * 1024

Shown = Callable[["Picture"], None]


@dataclass(frozen=True)
class Picture:
    """A decoded photo and the two colours that it lends to the page."""

    path: Path
    image: QImage
    tint: tuple[QColor, QColor]
    stamp: Stamp


class Pictures(QObject):
    """Decodes photos off the window's thread; a photo asked for twice is decoded once."""

    def __init__(self, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._kept: OrderedDict[tuple[Path, int], Picture] = OrderedDict()
        self._waiting: dict[tuple[Path, int], list[tuple[Shown, Callable[[MisoError], None]]]] = {}

    def get(
        self,
        path: Path,
        longest: int,
        shown: Shown,
        failed: Callable[[MisoError], None] = lambda _: None,
    ) -> None:
        """Call ``shown`` with the picture, at once if it is at hand.

        It is called again if the file is another by now.
        """
        key = (path, longest)
        if kept := self._kept.get(key):
            self._kept.move_to_end(key)
            deliver(shown, kept)
            self._look_again(key, kept, shown, failed)
            return
        waiting = self._waiting.setdefault(key, [])
        waiting.append((shown, failed))
        if len(waiting) == 1:
            self._background.run(
                lambda: decode(path, longest),
                lambda picture: self._take(key, picture),
                lambda error: self._fail(key, error),
            )

    def _look_again(
        self,
        key: tuple[Path, int],
        kept: Picture,
        shown: Shown,
        failed: Callable[[MisoError], None],
    ) -> None:
        def take(picture: Picture) -> None:
            if picture is not kept:
                self._keep(key, picture)
                deliver(shown, picture)

        self._background.run(lambda: decode(*key, kept), take, lambda error: deliver(failed, error))

    def _keep(self, key: tuple[Path, int], picture: Picture) -> None:
        self._kept[key] = picture
        while sum(p.image.sizeInBytes() for p in self._kept.values()) > _KEPT_BYTES:
            self._kept.popitem(last=False)

    def _take(self, key: tuple[Path, int], picture: Picture) -> None:
        self._keep(key, picture)
        for shown, _ in self._waiting.pop(key, []):
            deliver(shown, picture)

    def _fail(self, key: tuple[Path, int], error: MisoError) -> None:
        for _, failed in self._waiting.pop(key, []):
            deliver(failed, error)


def decode(path: Path, longest: int, kept: Picture | None = None) -> Picture:
    """Read a photo for the screen.

    Parameters
    ----------
    path : Path
        The file.
    longest : int
        Longest side in pixels; a smaller photo stays as it is.
    kept : Picture, optional
        What was made of the file before; it comes back if the file is the same.

    Raises
    ------
    MisoError
        If the photo cannot be read.
    """
    from miso_desktop.photos import load_photo

    now = stamp_now(path)
    if kept and now in (kept.stamp, GONE):
        return kept
    photo = load_photo(path, longest)
    pixels = photo.tobytes()
    form = QImage.Format.Format_RGB888
    image = QImage(pixels, photo.width, photo.height, 3 * photo.width, form)
    # The conversion copies: the bytes above may go. 32 bits paint fastest.
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    return Picture(path, image, (_tint(image, upper=True), _tint(image, upper=False)), now)


def _tint(image: QImage, *, upper: bool) -> QColor:
    """The most colourful average of the thirds of one half of the picture."""
    half = image.height() // 2 or 1
    part = image.copy(0, 0 if upper else image.height() - half, image.width(), half)
    cells = part.scaled(3, 1)
    colours = [cells.pixelColor(x, 0) for x in range(3)]
    vivid = max(colours, key=lambda c: c.hsvSaturationF() * c.valueF())
    return QColor.fromHsvF(
        max(0.0, vivid.hsvHueF()),  # grey has the hue -1
        min(0.75, vivid.hsvSaturationF() * 1.2),
        max(0.35, vivid.valueF()),
    )
