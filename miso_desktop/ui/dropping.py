"""What was dropped or pasted: photos, folders of music, models."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QImage

from miso_desktop import paths
from miso_desktop.bundles import is_folder
from miso_desktop.errors import MisoError
from miso_desktop.phrases import phrase


@dataclass(frozen=True)
class Dropped:
    """Photos to read, folders to scan, pixels that no file holds yet, models to add."""

    photos: tuple[Path, ...] = ()
    folders: tuple[Path, ...] = ()
    pixels: QImage | None = None
    models: tuple[Path, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.photos or self.folders or self.pixels or self.models)


def usable(data: QMimeData) -> bool:
    """Whether a drag is worth lighting up for."""
    return data.hasImage() or any(url.isLocalFile() for url in data.urls())


def sort_out(data: QMimeData) -> Dropped:
    """Local files and folders, else a picture that came as pixels (from a browser)."""
    dropped = sort_paths(Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile())
    if not dropped and data.hasImage():
        image = data.imageData()
        if isinstance(image, QImage) and not image.isNull():
            return Dropped(pixels=image)
    return dropped


def sort_paths(found: Iterable[Path]) -> Dropped:
    """Photos, folders and models; a music file stands for the folder it lies in."""
    from miso_desktop.audio import SUFFIXES
    from miso_desktop.packing import SUFFIX

    photos: list[Path] = []
    models: list[Path] = []
    folders: dict[Path, None] = {}
    for path in found:
        if is_folder(path):
            folders[path] = None
        elif path.suffix.lower() in SUFFIXES:
            folders[path.parent] = None
        elif path.suffix.lower() == SUFFIX:
            models.append(path)
        else:
            photos.append(path)
    return Dropped(tuple(photos), tuple(folders), models=tuple(models))


def keep(image: QImage) -> Path:
    """Save a picture that has no file yet among MISO's own data.

    Raises
    ------
    MisoError
        If it cannot be written.
    """
    folder = paths.data_dir() / "pasted"
    stamp = time.strftime("%Y-%m-%d %H-%M-%S")
    path = folder / f"{stamp} {time.monotonic_ns() % 1_000_000:06}.png"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = image.save(str(path))
    except OSError:
        written = False
    if not written:
        raise MisoError(
            phrase(
                "The picture cannot be kept in {folder}. Is the disk full or read-only?",
                folder=str(folder),
            ),
            folder,
        )
    return path
