"""What the person judged, and what was learned from it."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from miso_desktop.library.database import Database
from miso_desktop.moods import Mood, MoodScores
from miso_desktop.taste import Judgement, Shift, Taste

# A library whose tracks are being tagged anew holds the words of two taggers for a while.
_TAGGER = """
    SELECT bundles FROM model_moods GROUP BY bundles
    ORDER BY COUNT(*) DESC, MAX(tagged_at) DESC LIMIT 1
"""

_JUDGED = """
    SELECT COALESCE(t.fingerprint, t.id),
           m.happy, m.romantic, m.sad, m.aggressive, m.dramatic, m.valence, m.arousal, {mood}
    FROM {table} JOIN tracks t ON t.id = {table}.track_id JOIN model_moods m ON m.track_id = t.id
    WHERE m.bundles = :bundles AND {table}.at > :since {further} ORDER BY {table}.at
"""
_SAID = _JUDGED.format(table="person_moods", mood="person_moods.mood", further="")
# Who has never corrected a track may not know that it can be done: silence tells nothing.
_LEFT = _JUDGED.format(
    table="plays",
    mood="plays.mood",
    further="""
        AND plays.mood IS NOT NULL
        AND plays.at > (SELECT MIN(at) FROM person_moods WHERE at > :since)
        AND NOT EXISTS (SELECT 1 FROM person_moods p WHERE p.track_id = t.id)
    """,
)


@dataclass(frozen=True)
class Lesson:
    """What there is to learn from.

    Attributes
    ----------
    judgements : tuple of Judgement
        One for each piece of music, however many copies of it there are.
    bundles : str
        Whose scores they hold: the tagger that most of the library was tagged by.
    since : float
        When the person last had everything forgotten; seconds since the epoch.
    """

    judgements: tuple[Judgement, ...]
    bundles: str
    since: float


class TasteStore:
    """Read the person's judgements; store, read and forget what was learned from them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.path = database.path

    def lesson(self) -> Lesson:
        """Everything that the person judged since the last :meth:`forget`."""
        with self._database.read() as connection:
            since, bundles = _forgotten_at(connection), _tagger(connection)
            about = {"bundles": bundles, "since": since}
            left = connection.execute(_LEFT, about).fetchall()
            said = connection.execute(_SAID, about).fetchall()
        # The later goes before the earlier, and what was said before what was left.
        judged = {row[0]: _judgement(row, said=False) for row in left}
        judged |= {row[0]: _judgement(row, said=True) for row in said}
        return Lesson(tuple(judged.values()), bundles, since)

    def store(self, lesson: Lesson, taste: Taste) -> bool:
        """Keep what was learned in place of what was learned before.

        Returns
        -------
        bool
            False if the person has had everything forgotten since the lesson began; then
            nothing is stored.
        """
        shifts = json.dumps([[heard, meant, share] for heard, meant, share in taste.shifts])
        with self._database.write() as connection:
            if _forgotten_at(connection) != lesson.since:
                return False
            connection.execute(
                "INSERT OR REPLACE INTO taste VALUES (1, ?, ?, ?, ?, ?, ?, ?)",
                (
                    shifts,
                    taste.corrections,
                    taste.confirmations,
                    taste.accuracy_before,
                    taste.accuracy_after,
                    lesson.bundles,
                    time.time(),
                ),
            )
        return True

    def load(self) -> Taste:
        """What was learned; nothing, if another tagger has judged the library since."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT corrections, confirmations, accuracy_before, accuracy_after, shifts "
                f"FROM taste WHERE bundles = ({_TAGGER})"
            ).fetchone()
        if row is None:
            return Taste()
        corrections, confirmations, before, after, shifts = row
        return Taste(corrections, confirmations, before, after, shifts_of(shifts))

    def forget(self) -> None:
        """Drop what was learned, and never learn from the judgements of before.

        The corrections themselves stay: each still counts for its own track.
        """
        with self._database.write() as connection:
            connection.execute("DELETE FROM taste")
            connection.execute(
                "INSERT OR REPLACE INTO taste_forgotten VALUES (1, ?)", (time.time(),)
            )


@lru_cache(maxsize=4)
def shifts_of(stored: str) -> tuple[Shift, ...]:
    """Read the column ``shifts``."""
    return tuple(
        Shift(Mood(heard), Mood(meant), float(share)) for heard, meant, share in json.loads(stored)
    )


def _forgotten_at(connection: sqlite3.Connection) -> float:
    row = connection.execute("SELECT at FROM taste_forgotten").fetchone()
    return float(row[0]) if row else 0.0


def _tagger(connection: sqlite3.Connection) -> str:
    row = connection.execute(_TAGGER).fetchone()
    return str(row[0]) if row else ""


def _judgement(row: Sequence[object], *, said: bool) -> Judgement:
    _, happy, romantic, sad, aggressive, dramatic, valence, arousal, mood = row
    values = (happy, romantic, sad, aggressive, dramatic)
    return Judgement(MoodScores(values, valence, arousal), Mood(mood), said)  # type: ignore[arg-type]
