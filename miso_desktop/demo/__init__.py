"""The demo that ships: an album composed and rendered by this package, and free photos."""

from __future__ import annotations

import csv
from pathlib import Path

from miso_desktop.moods import Mood
from miso_desktop.paths import resource


def album() -> Path:
    """Folder of the demo album."""
    return resource("demo", "album")


def photos() -> list[Path]:
    """The demo photos, in the order of ``LICENSES.csv``, which tells their origins."""
    folder = resource("demo", "photos")
    with (folder / "LICENSES.csv").open(encoding="utf-8", newline="") as table:
        return [folder / row["file"] for row in csv.DictReader(table)]


def intended_moods() -> dict[str, Mood]:
    """The mood that each file of the album was composed for, by file name."""
    from miso_desktop.demo.pieces import PIECES

    return {piece.file_name: piece.mood for piece in PIECES}
