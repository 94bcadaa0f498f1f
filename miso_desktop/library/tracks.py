"""The tracks of the library, with what the tagger and the person say of their moods."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from miso_desktop.errors import LibraryError
from miso_desktop.library import files
from miso_desktop.library.database import Database
from miso_desktop.library.taste import shifts_of
from miso_desktop.moods import Mood, MoodScores
from miso_desktop.phrases import phrase
from miso_desktop.stamps import GONE, Stamp, stamp_now
from miso_desktop.taste import apply
from miso_desktop.values import Tags, Track, TrackAnalysis

COLUMNS = """
    t.id, t.path, t.title, t.artist, t.album, t.album_artist, t.genres, t.year, t.track_number,
    t.duration_s, t.replay_gain_db, t.available, t.added_at,
    m.happy, m.romantic, m.sad, m.aggressive, m.dramatic, m.valence, m.arousal,
    p.mood,
    (SELECT COUNT(*) FROM plays WHERE plays.track_id = t.id),
    (SELECT MAX(plays.at) FROM plays WHERE plays.track_id = t.id),
    l.shifts
"""
"""What :func:`track_of` reads, in its order."""

TABLES = """
    tracks t
    JOIN model_moods m ON m.track_id = t.id
    LEFT JOIN person_moods p ON p.track_id = t.id
    LEFT JOIN taste l ON l.bundles = m.bundles
"""

_STORE_TRACK = """
    INSERT INTO tracks (
        path, size, mtime_ns, fingerprint, title, artist, album, album_artist, genres, year,
        track_number, duration_s, replay_gain_db, added_at, available
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (path) DO UPDATE SET
        size = excluded.size, mtime_ns = excluded.mtime_ns, fingerprint = excluded.fingerprint,
        title = excluded.title, artist = excluded.artist, album = excluded.album,
        album_artist = excluded.album_artist, genres = excluded.genres, year = excluded.year,
        track_number = excluded.track_number, duration_s = excluded.duration_s,
        replay_gain_db = excluded.replay_gain_db, available = excluded.available, listed = 1
"""

# A copy of a piece that the person has judged starts with that judgement.
_INHERIT_MOOD = """
    INSERT OR IGNORE INTO person_moods (track_id, mood, at)
    SELECT ?, p.mood, p.at FROM person_moods p JOIN tracks t ON t.id = p.track_id
    WHERE t.fingerprint = ? ORDER BY p.at DESC LIMIT 1
"""


class TrackStore:
    """Store tagged tracks, read them, and keep the person's corrections."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Track]:
        """Every track of the folders in the library, missing ones too, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                f"SELECT {COLUMNS} FROM {TABLES} WHERE t.listed ORDER BY t.id"
            ).fetchall()
        return [track_of(row) for row in rows]

    def by_path(self, path: Path) -> Track | None:
        """The track of this file, if it is known."""
        return self._one("t.path = ?", files.encode(path))

    def by_id(self, track_id: int) -> Track | None:
        """The track of this number, if there is one."""
        return self._one("t.id = ?", track_id)

    def store(self, analysis: TrackAnalysis, stamp: Stamp | None = None) -> int:
        """Store a tagged track, new or again, in one transaction.

        The person's correction and the history of the file stay as they are.

        Parameters
        ----------
        analysis : TrackAnalysis
            What the tagger found.
        stamp : Stamp, optional
            The file's stamp from before the analysis (:attr:`ScanPlan.stamps`), so that a
            file that changed meanwhile is tagged again; its stamp of now if not given.

        Returns
        -------
        int
            The track's number.
        """
        path = files.encode(analysis.path)
        now_stamp = stamp_now(analysis.path)
        fingerprint = files.fingerprint(analysis.path)
        now = time.time()
        with self._database.write() as connection:
            known = connection.execute("SELECT 1 FROM tracks WHERE path = ?", (path,)).fetchone()
            kept = stamp or now_stamp
            connection.execute(
                _STORE_TRACK,
                (
                    path,
                    kept.size,
                    kept.mtime_ns,
                    fingerprint,
                    *_tag_values(analysis.tags),
                    now,
                    now_stamp != GONE,
                ),
            )
            (track_id,) = connection.execute(
                "SELECT id FROM tracks WHERE path = ?", (path,)
            ).fetchone()
            _store_moods(connection, track_id, analysis, now)
            connection.execute("DELETE FROM failures WHERE path = ?", (path,))
            if not known and fingerprint:
                connection.execute(_INHERIT_MOOD, (track_id, fingerprint))
        return int(track_id)

    def correct(self, track_id: int, mood: Mood | None) -> None:
        """Keep the person's word on a track; None takes it back.

        Raises
        ------
        LibraryError
            If the track is no longer in the library.
        """
        with self._database.write() as connection:
            if mood is None:
                connection.execute("DELETE FROM person_moods WHERE track_id = ?", (track_id,))
                return
            require(connection, track_id, self._database.path)
            connection.execute(
                "INSERT OR REPLACE INTO person_moods (track_id, mood, at) VALUES (?, ?, ?)",
                (track_id, mood.value, time.time()),
            )

    def _one(self, condition: str, value: bytes | int) -> Track | None:
        with self._database.read() as connection:
            row = connection.execute(
                f"SELECT {COLUMNS} FROM {TABLES} WHERE {condition}", (value,)
            ).fetchone()
        return track_of(row) if row else None


def require(connection: sqlite3.Connection, track_id: int, library: Path) -> None:
    """Raise a :class:`LibraryError` unless there is a track of this number."""
    if not connection.execute("SELECT 1 FROM tracks WHERE id = ?", (track_id,)).fetchone():
        raise LibraryError(
            phrase("This track is no longer in the library. Scan its folder again."), library
        )


def track_of(row: Sequence[Any]) -> Track:
    """Build a track from a row of :data:`COLUMNS`."""
    (track_id, path, title, artist, album, album_artist, genres, year, number) = row[:9]
    (duration_s, gain, available, added_at) = row[9:13]
    (happy, romantic, sad, aggressive, dramatic, valence, arousal) = row[13:20]
    (corrected, plays, last_played_at, stored_shifts) = row[20:]
    scores = MoodScores((happy, romantic, sad, aggressive, dramatic), valence, arousal)
    shifts = shifts_of(stored_shifts) if stored_shifts else ()
    return Track(
        id=track_id,
        path=files.decode(path),
        tags=Tags(
            title, artist, album, album_artist, _genres(genres), year, number, duration_s, gain
        ),
        model_scores=scores,
        learned_scores=apply(shifts, scores) if shifts else None,
        corrected=Mood(corrected) if corrected else None,
        available=bool(available),
        added_at=added_at,
        plays=plays,
        last_played_at=last_played_at,
    )


@lru_cache(maxsize=4096)
def _genres(stored: str) -> tuple[str, ...]:
    return tuple(json.loads(stored))


def _tag_values(tags: Tags) -> tuple[object, ...]:
    return (
        _text(tags.title),
        _text(tags.artist),
        _text(tags.album),
        _text(tags.album_artist),
        json.dumps([_text(genre) for genre in tags.genres], ensure_ascii=False),
        tags.year,
        tags.track_number,
        tags.duration_s,
        tags.replay_gain_db,
    )


def _text(tag: str) -> str:
    """Replace half characters, which broken tags hold and SQLite refuses."""
    return tag.encode("utf-8", "replace").decode("utf-8")


def _store_moods(
    connection: sqlite3.Connection, track_id: int, analysis: TrackAnalysis, now: float
) -> None:
    scores = analysis.scores
    connection.execute(
        "INSERT OR REPLACE INTO model_moods VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            track_id,
            *scores.values,
            scores.valence,
            scores.arousal,
            analysis.seconds,
            bundles_text(analysis.bundles),
            now,
        ),
    )


def bundles_text(bundles: tuple[tuple[str, str], ...]) -> str:
    """The models that were used, in a form that can be compared."""
    return json.dumps(sorted(bundles))
