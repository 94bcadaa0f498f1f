"""The queue, kept so that it is there again after a restart."""

from __future__ import annotations

import json
from collections.abc import Sequence

from miso_desktop.library.database import Database
from miso_desktop.library.tracks import COLUMNS, TABLES, track_of
from miso_desktop.phrases import Phrase
from miso_desktop.values import Pick


class QueueStore:
    """Save the queue with the place in it, and load it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, picks: Sequence[Pick], position: int) -> None:
        """Replace the stored queue, all at once.

        Parameters
        ----------
        picks : sequence of Pick
            In the order of playing. Tracks that are not in the library are left out.
        position : int
            Index of the current track; -1 if there is none.
        """
        with self._database.write() as connection:
            connection.execute("DELETE FROM queue")
            connection.executemany(
                "INSERT INTO queue SELECT ?, id, ?, ? FROM tracks WHERE id = ?",
                [
                    (place, pick.score, json.dumps(pick.why.to_json()), pick.track.id)
                    for place, pick in enumerate(picks)
                ],
            )
            connection.execute("INSERT OR REPLACE INTO queue_position VALUES (1, ?)", (position,))

    def move_to(self, position: int) -> None:
        """Store another index of the current track, in the queue as it was saved."""
        with self._database.write() as connection:
            connection.execute("INSERT OR REPLACE INTO queue_position VALUES (1, ?)", (position,))

    def load(self) -> tuple[list[Pick], int]:
        """Read the queue and the index of the current track.

        Tracks that were taken out of the library meanwhile are left out, and the index
        counts without them: it names the same track as before or, if that is gone, the
        next one.

        Returns
        -------
        picks : list of Pick
        position : int
            -1 if there is no current track.
        """
        with self._database.read() as connection:
            rows = connection.execute(
                f"SELECT q.place, q.score, q.why, {COLUMNS} "
                f"FROM {TABLES} JOIN queue q ON q.track_id = t.id ORDER BY q.place"
            ).fetchall()
            stored = connection.execute("SELECT place FROM queue_position").fetchone()
        picks = [
            Pick(track_of(row[3:]), row[1], Phrase.from_json(json.loads(row[2]))) for row in rows
        ]
        if not picks or stored is None or stored[0] < 0:
            return picks, -1
        before = sum(row[0] < stored[0] for row in rows)
        return picks, min(before, len(picks) - 1)
