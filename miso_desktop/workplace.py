"""Where models are added and made: beside the person's own, on the same disk, one at a time."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from miso_desktop import paths
from miso_desktop.errors import InstallFailed
from miso_desktop.phrases import Phrase, phrase

WORK = ".work"

_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Tell in a person's words why ``path`` cannot be written.

    Raises
    ------
    InstallFailed
        In place of an OSError.
    """
    try:
        yield
    except OSError as error:
        raise InstallFailed(_why(error, path), path) from error


def demand_room(folder: Path, size: int) -> None:
    """Make sure before the work begins that so many bytes are free.

    Raises
    ------
    InstallFailed
        If they are not.
    """
    free = shutil.disk_usage(folder).free
    if size > free:
        raise InstallFailed(
            phrase(
                "The disk that holds {path} has {free} MB left, and {needed} MB are needed. "
                "Free some space and try again.",
                path=str(folder),
                free=free // 1_000_000,
                needed=-(-size // 1_000_000),
            ),
            folder,
        )


def work_folder() -> Path:
    """Where changes are made, beside the person's bundles and on the same disk."""
    return paths.bundle_roots()[0] / WORK


def install_folder() -> Path:
    """Where ``miso models install`` works; what was broken off waits there to be gone on with."""
    return work_folder() / "install"


@contextmanager
def alone(lock: Path, wait_s: float, busy: Phrase) -> Iterator[None]:
    """Hold a lock that the system gives back when its holder dies.

    Raises
    ------
    InstallFailed
        ``busy``, if another holds it for longer than ``wait_s``.
    OSError
        If the lock's file cannot be written.
    """
    from filelock import FileLock, Timeout

    held = FileLock(lock, thread_local=False)
    try:
        held.acquire(timeout=wait_s)
    except Timeout:
        raise InstallFailed(busy, lock) from None
    try:
        yield
    finally:
        held.release()


def _why(error: OSError, path: Path) -> Phrase:
    if error.errno in _FULL:
        return phrase(
            "The disk that holds {path} is full. Free some space and try again.", path=str(path)
        )
    if error.errno in _FORBIDDEN:
        return phrase(
            "{path} may not be written ({reason}). Mend its permissions, "
            "or set MISO_HOME to another folder.",
            path=str(path),
            reason=error.strerror or str(error),
        )
    return phrase("{path} cannot be written: {reason}.", path=str(path), reason=str(error))
