"""The SQLite file: open it, bring it up to date, and run transactions in it.

Write-ahead log with ``synchronous=FULL``: what was committed survives a killed program
and a power cut. One connection, guarded by a lock, serves all threads: every
transaction is short, so nobody waits long, and there is one thing to close.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from miso_desktop import paths
from miso_desktop.atomic import replacing
from miso_desktop.errors import LibraryError, NewerLibrary
from miso_desktop.phrases import phrase

APPLICATION_ID = 0x4D49534F
"""``MISO``, in the file's header: tells a library from any other SQLite file."""

_BUSY_S = 10.0
"""How long a write waits for another program that is writing."""


class Database:
    """A library file, opened and of the newest version.

    Parameters
    ----------
    path : Path
        The file; made, with its folder, if it is not there.
    migrations : Path, optional
        Folder of ``0001_name.sql``, ``0002_name.sql``, ...; the shipped one if not given.

    Raises
    ------
    NewerLibrary
        If a newer MISO wrote the file. It is left as it is.
    LibraryError
        If the file is damaged, is not a library, or may not be written. It is never
        deleted or replaced.
    """

    def __init__(self, path: Path, migrations: Path | None = None) -> None:
        self.path = path
        self._lock = threading.RLock()
        scripts = _scripts(migrations or paths.catalog("migrations"))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(path, error) from error
        with _explained(path):
            self._connection = sqlite3.connect(
                path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
            )
        try:
            with _explained(path):
                self._prepare(scripts)
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Release the file. Closing twice is harmless."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Hold the connection for a query."""
        with self._lock, _explained(self.path):
            yield self._connection

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Run a transaction: all of it is stored, or, after any exception, none of it."""
        with self._lock, _explained(self.path):
            connection = self._connection
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                # SQLite itself has rolled back after some errors, a full disk among them.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _prepare(self, scripts: list[str]) -> None:
        """Judge the file before the first byte of it is changed."""
        version = self._version()
        if version > len(scripts):
            raise NewerLibrary(
                phrase(
                    "{path} was written by a newer MISO. Update MISO, or name another library.",
                    path=str(self.path),
                ),
                self.path,
            )
        self._refuse_others(version)
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        if version < len(scripts):
            if version > 0:
                self._back_up(version)
            self._migrate(scripts)

    def _version(self) -> int:
        return int(self._connection.execute("PRAGMA user_version").fetchone()[0])

    def _refuse_others(self, version: int) -> None:
        (application,) = self._connection.execute("PRAGMA application_id").fetchone()
        (tables,) = self._connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
        empty = version == 0 and tables == 0
        if application != APPLICATION_ID and not empty:
            raise LibraryError(
                phrase(
                    "{path} belongs to another program. Name another file for the library.",
                    path=str(self.path),
                ),
                self.path,
            )

    def _back_up(self, version: int) -> None:
        """Keep the file as it was, beside itself, under the number of its version."""
        backup = self.path.with_name(f"{self.path.name}.v{version}.bak")
        try:
            with replacing(backup) as unfinished, closing(sqlite3.connect(unfinished)) as target:
                self._connection.backup(target)
        except OSError as error:
            raise _unwritable(backup, error) from error

    def _migrate(self, scripts: list[str]) -> None:
        with self.write() as connection:
            # Asked again inside the transaction: another program may have been quicker.
            done = self._version()
            for number, script in enumerate(scripts[done:], done + 1):
                for statement in _statements(script):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number}")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def _scripts(folder: Path) -> list[str]:
    return [file.read_text(encoding="utf-8") for file in sorted(folder.glob("[0-9]*.sql"))]


def _statements(script: str) -> Iterator[str]:
    """Split a script; ``executescript`` would commit the transaction around it."""
    gathered = ""
    for line in script.splitlines(keepends=True):
        gathered += line
        if sqlite3.complete_statement(gathered):
            yield gathered
            gathered = ""


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn what the disk does to us into words; our own mistakes pass unchanged."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        explained = _explain(path, error)
        if explained is None:
            raise
        raise explained from error


def _explain(path: Path, error: sqlite3.DatabaseError) -> LibraryError | None:
    # The low byte is the error's family; the rest only tells its member.
    family = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if family == sqlite3.SQLITE_FULL:
        message = phrase(
            "The disk that holds {path} is full. Free some space and try again; "
            "everything stored before is safe.",
            path=str(path),
        )
    elif family in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        message = phrase(
            "The library {path} is damaged. Put a copy of it in its place, or move it away "
            "and MISO starts a new one; it was not changed.",
            path=str(path),
        )
    elif family in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        message = phrase(
            "Another program is writing to {path}. Wait until it has finished and try again.",
            path=str(path),
        )
    elif family in (
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_IOERR,
    ):
        return _unwritable(path, error)
    else:
        return None
    return LibraryError(message, path)


def _unwritable(path: Path, error: Exception) -> LibraryError:
    return LibraryError(
        phrase(
            "The library {path} cannot be written ({detail}). "
            "Is the drive there, and may you write in the folder?",
            path=str(path),
            detail=str(error),
        ),
        path,
    )
