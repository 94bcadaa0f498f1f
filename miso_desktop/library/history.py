"""What was played, when, and for which photo."""

from __future__ import annotations

import time
from pathlib import Path

from miso_desktop.library import files
from miso_desktop.library.database import Database
from miso_desktop.library.photos import photo_id
from miso_desktop.library.tracks import COLUMNS, TABLES, require, track_of
from miso_desktop.moods import Mood
from miso_desktop.values import Played


class HistoryStore:
    """Add to the history and read it. How often a track was played follows from it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        track_id: int,
        at: float | None = None,
        photo: Path | None = None,
        mood: Mood | None = None,
    ) -> None:
        """Remember that a track was played.

        Parameters
        ----------
        track_id : int
            The track's number.
        at : float, optional
            Seconds since the epoch; now if not given.
        photo : Path, optional
            The photo that it was chosen for.
        mood : Mood, optional
            The mood that it was shown with, if it was heard to its end.

        Raises
        ------
        LibraryError
            If the track is no longer in the library.
        """
        with self._database.write() as connection:
            require(connection, track_id, self._database.path)
            connection.execute(
                "INSERT INTO plays (track_id, at, photo_id, mood) VALUES (?, ?, ?, ?)",
                (
                    track_id,
                    time.time() if at is None else at,
                    photo_id(connection, photo) if photo else None,
                    mood.value if mood else None,
                ),
            )

    def recent(self, limit: int) -> list[Played]:
        """The last plays, the newest first; tracks of forgotten folders are among them."""
        with self._database.read() as connection:
            rows = connection.execute(
                f"SELECT h.at, photos.path, {COLUMNS} "
                f"FROM {TABLES} JOIN plays h ON h.track_id = t.id "
                "LEFT JOIN photos ON photos.id = h.photo_id "
                "ORDER BY h.at DESC, h.id DESC LIMIT ?",
                (limit,),
            ).fetchall()
        return [
            Played(track_of(row[2:]), row[0], files.decode(row[1]) if row[1] else None)
            for row in rows
        ]
