"""Write a file so that either the old one or the new one is there, never half of one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Let a new file take the place of ``path``, once it is whole and on the disk.

    Yields
    ------
    Path
        Beside ``path``, and not there yet; the block writes and closes it.

    Raises
    ------
    OSError
        If it cannot be brought to the disk. After this, and after whatever the block
        raises, the old file is as it was, and nothing is left of the new one.
    """
    unfinished = path.with_name(f".{path.name}.{os.urandom(4).hex()}.part")
    try:
        yield unfinished
        with unfinished.open("rb+") as file:
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str) -> None:
    """Replace a file by ``text``, in UTF-8; its folder is made if need be.

    Others than the person may not read it, where the system can (POSIX).

    Raises
    ------
    OSError
        If it cannot be written; the old one is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as unfinished:
        unfinished.touch(0o600, exist_ok=False)
        unfinished.write_text(text, encoding="utf-8")


def sync_folder(folder: Path) -> None:
    """Bring the names of a folder's files to the disk, where the system can (POSIX)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
