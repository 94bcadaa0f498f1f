"""The folders that the person gave to the library."""

from __future__ import annotations

import time
from pathlib import Path

from miso_desktop.library import files
from miso_desktop.library.database import Database

# What a track must have for its row to outlive its folder.
_OF_THE_PERSON = """
    (EXISTS (SELECT 1 FROM person_moods WHERE track_id = tracks.id)
     OR EXISTS (SELECT 1 FROM plays WHERE track_id = tracks.id))
"""


class FolderStore:
    """Add folders, list them, forget them. Their files are never touched."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, folder: Path) -> None:
        """Remember a folder; one that is known already changes nothing."""
        with self._database.write() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO folders (path, added_at) VALUES (?, ?)",
                (files.encode(folder), time.time()),
            )

    def all(self) -> list[Path]:
        """The folders, in the order in which they came."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT path FROM folders ORDER BY id").fetchall()
        return [files.decode(path) for (path,) in rows]

    def forget(self, folder: Path) -> None:
        """Take a folder and its tracks out of the library.

        Tracks that lie in another folder of the library too stay. The person's
        corrections and history are kept, out of sight, and count again if the folder
        comes back.
        """
        encoded = files.encode(folder)
        with self._database.write() as connection:
            connection.execute("DELETE FROM folders WHERE path = ?", (encoded,))
            others = [path for (path,) in connection.execute("SELECT path FROM folders")]
            ranges = [files.below(encoded), *map(files.below, others)]
            condition = "path >= ? AND path < ?" + " AND NOT (path >= ? AND path < ?)" * len(others)
            bounds = [bound for pair in ranges for bound in pair]
            connection.execute(
                f"DELETE FROM tracks WHERE {condition} AND NOT {_OF_THE_PERSON}", bounds
            )
            connection.execute(f"UPDATE tracks SET listed = 0 WHERE {condition}", bounds)
            connection.execute(f"DELETE FROM failures WHERE {condition}", bounds)
