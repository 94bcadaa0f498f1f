"""What the library needs to know of files: their names as bytes, their age, their content.

Files are opened for reading only, and here alone in this room.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from miso_desktop.stamps import Stamp, stamp_of

_EDGE_BYTES = 65_536


def encode(path: Path) -> bytes:
    """The absolute path as the file system's own bytes; :func:`decode` reads it back."""
    # Not Path.resolve: links are the person's own names, and their targets may be unplugged.
    return os.fsencode(os.path.abspath(path))  # noqa: PTH100


def decode(stored: bytes) -> Path:
    """Read what :func:`encode` wrote."""
    return Path(os.fsdecode(stored))


def below(folder: bytes) -> tuple[bytes, bytes]:
    """The range of encoded paths that lie in a folder: first inclusive, last exclusive."""
    separator = os.fsencode(os.sep)
    first = folder if folder.endswith(separator) else folder + separator
    return first, first[:-1] + bytes([first[-1] + 1])


def fingerprint(path: Path) -> bytes | None:
    """Digest of a file's length, beginning and end; None if it cannot be read.

    Enough to recognise a file that was moved, and quick for files of any size.
    """
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            digest = hashlib.blake2b(size.to_bytes(8, "big"), digest_size=16)
            digest.update(file.read(_EDGE_BYTES))
            file.seek(max(0, size - _EDGE_BYTES))
            digest.update(file.read(_EDGE_BYTES))
    except OSError:
        return None
    return digest.digest()


@dataclass
class Walk:
    """What lies in a folder: encoded paths with their stamps, and folders that refused."""

    files: dict[bytes, Stamp] = field(default_factory=dict)
    unreadable: list[Path] = field(default_factory=list)


def walk(folder: Path, suffixes: Collection[str]) -> Walk:
    """Find the files with certain endings, in a folder and all folders in it.

    Hidden files and folders are passed over. Links are followed, and each folder is
    entered once, by its real name where it has one here: a link that leads back up
    ends there.

    Raises
    ------
    OSError
        If ``folder`` itself cannot be listed.
    """
    found = Walk()
    entered: set[tuple[int, int]] = set()
    top = decode(encode(folder))
    real: deque[Path] = deque([top])
    links: deque[Path] = deque()
    endings = tuple(suffixes)
    while real or links:
        place = real.popleft() if real else links.popleft()
        try:
            status = place.stat()
            if (status.st_dev, status.st_ino) in entered:
                continue
            entered.add((status.st_dev, status.st_ino))
            _list(place, endings, found, real, links)
        except OSError:
            if place == top:
                raise
            found.unreadable.append(place)
    return found


def _list(
    place: Path, endings: tuple[str, ...], found: Walk, real: deque[Path], links: deque[Path]
) -> None:
    with os.scandir(place) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            try:
                if entry.is_dir():
                    (links if entry.is_symlink() else real).append(Path(entry.path))
                elif entry.name.lower().endswith(endings) and entry.is_file():
                    status = entry.stat()
                    found.files[os.fsencode(entry.path)] = stamp_of(status)
            except OSError:  # it vanished, or its link leads nowhere
                continue
