"""Photos that were read, what was seen in them, and the person's corrections."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path
from typing import Any

from miso_desktop.library import files
from miso_desktop.library.database import Database
from miso_desktop.moods import Mood, MoodScores
from miso_desktop.phrases import Phrase
from miso_desktop.values import PhotoReading, Silence, Vote


class PhotoStore:
    """Store readings of photos, read them, and keep the person's corrections."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def store(self, reading: PhotoReading, at: float | None = None) -> None:
        """Store a reading; earlier ones of the same photo are kept.

        Parameters
        ----------
        reading : PhotoReading
            What the panel saw.
        at : float, optional
            Seconds since the epoch; now if not given.
        """
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO readings (photo_id, reading, at) VALUES (?, ?, ?)",
                (
                    photo_id(connection, reading.photo),
                    json.dumps(_reading_to_json(reading)),
                    time.time() if at is None else at,
                ),
            )

    def latest(self, photo: Path) -> PhotoReading | None:
        """The last reading of a photo, if it was ever read."""
        found = self._readings("photos.path = ?", files.encode(photo), 1)
        return found[0] if found else None

    def recent(self, limit: int) -> list[PhotoReading]:
        """The last reading of each photo, the newest first."""
        return self._readings("?", True, limit)

    def correct(self, photo: Path, mood: Mood | None) -> None:
        """Keep the person's word on a photo; None takes it back."""
        with self._database.write() as connection:
            known = photo_id(connection, photo)
            if mood is None:
                connection.execute("DELETE FROM photo_moods WHERE photo_id = ?", (known,))
            else:
                connection.execute(
                    "INSERT OR REPLACE INTO photo_moods VALUES (?, ?, ?)",
                    (known, mood.value, time.time()),
                )

    def correction(self, photo: Path) -> Mood | None:
        """The person's word on a photo, if there is one."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT mood FROM photo_moods JOIN photos ON photos.id = photo_id WHERE path = ?",
                (files.encode(photo),),
            ).fetchone()
        return Mood(row[0]) if row else None

    def _readings(self, condition: str, value: bytes | bool, limit: int) -> list[PhotoReading]:
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT path, reading FROM photos JOIN readings ON readings.photo_id = photos.id "
                f"WHERE {condition} AND readings.id = "
                "(SELECT id FROM readings r WHERE r.photo_id = photos.id"
                " ORDER BY at DESC, id DESC LIMIT 1) "
                "ORDER BY at DESC, readings.id DESC LIMIT ?",
                (value, limit),
            ).fetchall()
        return [_reading_from_json(files.decode(path), json.loads(text)) for path, text in rows]


def photo_id(connection: sqlite3.Connection, photo: Path) -> int:
    """The number of a photo, which is new if the photo is."""
    path = files.encode(photo)
    connection.execute("INSERT OR IGNORE INTO photos (path) VALUES (?)", (path,))
    (number,) = connection.execute("SELECT id FROM photos WHERE path = ?", (path,)).fetchone()
    return int(number)


def _reading_to_json(reading: PhotoReading) -> dict[str, object]:
    return {
        "caption": reading.caption,
        "scores": _scores_to_json(reading.scores),
        "votes": [
            {
                "reader": vote.reader,
                "scores": _scores_to_json(vote.scores),
                "weight": vote.weight,
                "reason": vote.reason.to_json(),
            }
            for vote in reading.votes
        ],
        "silences": [
            {"reader": silence.reader, "reason": silence.reason.to_json()}
            for silence in reading.silences
        ],
        "why": reading.why.to_json(),
        "bundles": reading.bundles,
        "ms": reading.ms,
    }


def _reading_from_json(photo: Path, stored: dict[str, Any]) -> PhotoReading:
    return PhotoReading(
        photo=photo,
        caption=stored["caption"],
        scores=_scores_from_json(stored["scores"]),
        votes=tuple(
            Vote(
                vote["reader"],
                _scores_from_json(vote["scores"]),
                vote["weight"],
                Phrase.from_json(vote["reason"]),
            )
            for vote in stored["votes"]
        ),
        why=Phrase.from_json(stored["why"]),
        silences=tuple(
            Silence(silence["reader"], Phrase.from_json(silence["reason"]))
            for silence in stored["silences"]
        ),
        bundles=tuple((name, version) for name, version in stored["bundles"]),
        ms=stored["ms"],
    )


def _scores_to_json(scores: MoodScores) -> dict[str, object]:
    return {"values": scores.values, "valence": scores.valence, "arousal": scores.arousal}


def _scores_from_json(stored: dict[str, Any]) -> MoodScores:
    happy, romantic, sad, aggressive, dramatic = stored["values"]
    values = (happy, romantic, sad, aggressive, dramatic)
    return MoodScores(values, stored["valence"], stored["arousal"])
