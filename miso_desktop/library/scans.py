"""What a scan has to do: compare a folder with what the library knows of it.

The plan is made once; then every track is stored by itself as soon as it is tagged.
So a scan that is interrupted, in whatever way, goes on where it stopped: the next plan
holds only the rest.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from miso_desktop.audio import SUFFIXES
from miso_desktop.errors import FileMissing, MisoError, UnreadableTrack
from miso_desktop.library import files
from miso_desktop.library.database import Database
from miso_desktop.library.files import Walk
from miso_desktop.library.tracks import bundles_text
from miso_desktop.phrases import Phrase, phrase
from miso_desktop.stamps import Stamp, stamp_now
from miso_desktop.values import Failure

_IN_FOLDER = "path >= ? AND path < ?"


@dataclass(frozen=True)
class ScanPlan:
    """What a folder holds, beside what the library knows.

    Attributes
    ----------
    new, changed : tuple of Path
        Files to be tagged: unknown ones, and ones that differ from what was tagged.
    unchanged : tuple of Path
        Files with nothing to do; those that were moved or renamed are among them.
    missing : tuple of Path
        Tracks whose files are not there. They are marked, and kept.
    failed : tuple of Failure
        Files that failed before and have not changed since, and folders that cannot be
        listed.
    moved : int
        How many tracks were found again under another name.
    stamps : mapping of Path to Stamp
        Of the new and changed files; hand them on to ``store`` and ``fail``.
    """

    folder: Path
    new: tuple[Path, ...]
    changed: tuple[Path, ...]
    unchanged: tuple[Path, ...]
    missing: tuple[Path, ...]
    failed: tuple[Failure, ...] = ()
    moved: int = 0
    stamps: Mapping[Path, Stamp] = field(default_factory=dict)

    @property
    def todo(self) -> tuple[Path, ...]:
        """The files to be tagged."""
        return self.new + self.changed


class _Known(NamedTuple):
    stamp: Stamp
    bundles: str


class _Move(NamedTuple):
    track_id: int
    source: bytes
    target: bytes


class ScanStore:
    """Plan scans and remember the files that failed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def plan(
        self,
        folder: Path,
        suffixes: Collection[str] = SUFFIXES,
        *,
        bundles: tuple[tuple[str, str], ...] | None = None,
        retry_failed: bool = False,
    ) -> ScanPlan:
        """Look through a folder, mark what is missing or back, and list what is to be done.

        Parameters
        ----------
        folder : Path
            A folder of the library.
        suffixes : collection of str
            Endings of music files, in small letters.
        bundles : tuple of (name, version), optional
            The tagger's models; tracks that others tagged count as changed.
        retry_failed : bool
            Take files that failed before as new, though they have not changed.

        Raises
        ------
        FileMissing
            If the folder is not there (an unplugged drive). Its tracks are marked as
            missing and kept.
        """
        encoded = files.encode(folder)
        try:
            walk = files.walk(folder, suffixes)
        except NotADirectoryError as error:
            raise FileMissing(
                phrase("{path} is no folder. Name the one that it lies in.", path=str(folder)),
                folder,
            ) from error
        except OSError as error:
            self._mask(encoded)
            raise FileMissing(
                phrase(
                    "The folder {path} cannot be opened. Is its drive plugged in? "
                    "Its tracks are kept until it is back.",
                    path=str(folder),
                ),
                folder,
            ) from error
        wanted = bundles_text(bundles) if bundles is not None else None
        moves = self._find_moves(walk)
        with self._database.write() as connection:
            _apply(connection, moves, walk)
            known = _known_tracks(connection, encoded)
            failures = {} if retry_failed else _known_failures(connection, encoded)
            _mark(connection, encoded, walk, known)
        return _compare(
            files.decode(encoded), walk, known, failures, bundles=wanted, moved=len(moves)
        )

    def fail(self, path: Path, error: MisoError, stamp: Stamp | None = None) -> None:
        """Remember that a file holds no sound, so that it is tried again only once it has changed.

        Other failures may pass: a file that was not there is whole when its drive is back, and
        one that took too long may be quicker on a day with less to do.
        """
        if not isinstance(error, UnreadableTrack):
            return
        kept = stamp or stamp_now(path)
        with self._database.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO failures VALUES (?, ?, ?, ?, ?)",
                (
                    files.encode(path),
                    kept.size,
                    kept.mtime_ns,
                    json.dumps(error.message.to_json()),
                    time.time(),
                ),
            )

    def failures(self) -> list[Failure]:
        """Every file that failed and is still as it was when it did, newest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT path, error FROM failures ORDER BY at DESC, rowid DESC"
            ).fetchall()
        return [_failure(path, error) for path, error in rows]

    def _mask(self, folder: bytes) -> None:
        with self._database.write() as connection:
            connection.execute(
                f"UPDATE tracks SET available = 0 WHERE {_IN_FOLDER}", files.below(folder)
            )

    def _find_moves(self, walk: Walk) -> list[_Move]:
        """Recognise files with new names by their content, among tracks that are gone.

        Only files whose size a lost track has are read.
        """
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT size, id, path, fingerprint FROM tracks "
                "WHERE fingerprint IS NOT NULL ORDER BY path DESC"
            ).fetchall()
            known = {path for (path,) in connection.execute("SELECT path FROM tracks")}
        strangers = walk.files.keys() - known
        sizes = {walk.files[path].size for path in strangers}
        lost: dict[bytes, list[tuple[int, bytes]]] = {}
        lost_sizes: set[int] = set()
        for size, track_id, path, fingerprint in rows:
            if size in sizes and path not in walk.files and not os.path.lexists(path):
                lost.setdefault(fingerprint, []).append((track_id, path))
                lost_sizes.add(size)
        moves = []
        for target in sorted(path for path in strangers if walk.files[path].size in lost_sizes):
            candidates = lost.get(files.fingerprint(files.decode(target)) or b"")
            if candidates:
                track_id, source = candidates.pop()
                moves.append(_Move(track_id, source, target))
        return moves


def _apply(connection: sqlite3.Connection, moves: list[_Move], walk: Walk) -> None:
    for move in moves:
        stamp = walk.files[move.target]
        # OR IGNORE: another program may have stored the new name since we looked.
        connection.execute(
            "UPDATE OR IGNORE tracks SET path = ?, size = ?, mtime_ns = ?, available = 1 "
            "WHERE id = ? AND path = ?",
            (move.target, stamp.size, stamp.mtime_ns, move.track_id, move.source),
        )


def _known_tracks(connection: sqlite3.Connection, folder: bytes) -> dict[bytes, _Known]:
    rows = connection.execute(
        "SELECT t.path, t.size, t.mtime_ns, m.bundles "
        "FROM tracks t JOIN model_moods m ON m.track_id = t.id "
        "WHERE t.path >= ? AND t.path < ?",
        files.below(folder),
    )
    return {path: _Known(Stamp(size, mtime), bundles) for path, size, mtime, bundles in rows}


def _known_failures(
    connection: sqlite3.Connection, folder: bytes
) -> dict[bytes, tuple[Stamp, str]]:
    rows = connection.execute(
        f"SELECT path, size, mtime_ns, error FROM failures WHERE {_IN_FOLDER}",
        files.below(folder),
    )
    return {path: (Stamp(size, mtime), error) for path, size, mtime, error in rows}


def _mark(
    connection: sqlite3.Connection, folder: bytes, walk: Walk, known: dict[bytes, _Known]
) -> None:
    """Mark which tracks are there, and drop failures of files that are not."""
    connection.executemany(
        "UPDATE tracks SET available = 1, listed = 1 WHERE path = ? AND NOT (available AND listed)",
        [(path,) for path in known.keys() & walk.files.keys()],
    )
    connection.executemany(
        "UPDATE tracks SET available = 0 WHERE path = ? AND available",
        [(path,) for path in known.keys() - walk.files.keys()],
    )
    failed = connection.execute(
        f"SELECT path FROM failures WHERE {_IN_FOLDER}", files.below(folder)
    ).fetchall()
    connection.executemany(
        "DELETE FROM failures WHERE path = ?", [row for row in failed if row[0] not in walk.files]
    )


def _compare(
    folder: Path,
    walk: Walk,
    known: dict[bytes, _Known],
    failures: dict[bytes, tuple[Stamp, str]],
    *,
    bundles: str | None,
    moved: int,
) -> ScanPlan:
    new, changed, unchanged = [], [], []
    failed = [_unlisted(place) for place in walk.unreadable]
    for path, stamp in sorted(walk.files.items()):
        before = known.get(path)
        if path in failures and failures[path][0] == stamp:
            failed.append(_failure(path, failures[path][1]))
        elif before is None:
            new.append(path)
        elif before.stamp != stamp or bundles not in (None, before.bundles):
            changed.append(path)
        else:
            unchanged.append(path)
    return ScanPlan(
        folder=folder,
        new=tuple(map(files.decode, new)),
        changed=tuple(map(files.decode, changed)),
        unchanged=tuple(map(files.decode, unchanged)),
        missing=tuple(map(files.decode, sorted(known.keys() - walk.files.keys()))),
        failed=tuple(failed),
        moved=moved,
        stamps={files.decode(path): walk.files[path] for path in [*new, *changed]},
    )


def _failure(path: bytes, error: str) -> Failure:
    return Failure(files.decode(path), Phrase.from_json(json.loads(error)))


def _unlisted(folder: Path) -> Failure:
    return Failure(
        folder,
        phrase("The folder {path} may not be opened. Check its permissions.", path=str(folder)),
    )
