"""Rebuild the demo album: ``python -m miso_desktop.demo.render --out FOLDER``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from miso_desktop.demo.pieces import PIECES, Piece


def render(piece: Piece, folder: Path) -> Path:
    """Compose, play and write one piece.

    Returns
    -------
    Path
        The file, which is the same byte for byte with the same NumPy and FFmpeg.
    """
    from miso_desktop.demo.encode import write

    path = folder / piece.file_name
    write(piece.compose().render(), path, piece)
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    """Render the album, or some of its tracks."""
    parser = argparse.ArgumentParser(description="Compose and render the demo album.")
    parser.add_argument("--out", type=Path, required=True, help="folder for the files")
    parser.add_argument("--only", type=int, nargs="+", metavar="N", help="numbers of tracks")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    for piece in PIECES:
        if not options.only or piece.number in options.only:
            print(render(piece, options.out), file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
