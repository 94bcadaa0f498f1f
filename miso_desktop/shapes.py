"""The public JSON shapes of the command line. They change only by addition."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from miso_desktop.errors import MisoError
from miso_desktop.models import Model
from miso_desktop.moods import MoodScores
from miso_desktop.taste import Taste
from miso_desktop.values import Check, PhotoReading, Pick, ScanReport, TrackAnalysis

Shape = dict[str, Any]


def of_reading(reading: PhotoReading) -> Shape:
    """A line of ``miso read --json``; ``photo`` is null for a sentence without one."""
    return {
        "photo": None if reading.photo == Path() else str(reading.photo),
        "caption": reading.caption,
        **_of_scores(reading.scores),
        "votes": [
            {
                "reader": vote.reader,
                "mood": vote.mood.value,
                "scores": vote.scores.as_dict(),
                "weight": round(vote.weight, 4),
                "reason": str(vote.reason),
            }
            for vote in reading.votes
        ],
        "bundles": dict(reading.bundles),
        "ms": round(reading.ms, 1),
        "why": str(reading.why),
        "silent": [{"reader": s.reader, "reason": str(s.reason)} for s in reading.silences],
    }


def of_analysis(analysis: TrackAnalysis) -> Shape:
    """A line of ``miso tag --json``."""
    return {
        "track": str(analysis.path),
        **_of_scores(analysis.scores),
        "seconds": round(analysis.seconds, 2),
        "ms": round(analysis.ms, 1),
        "bundles": dict(analysis.bundles),
    }


def of_scan(report: ScanReport) -> Shape:
    """The last line of ``miso scan --json``."""
    return {
        "added": report.added,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "missing": report.missing,
        "failed": [{"path": str(f.path), "error": str(f.error)} for f in report.failed],
        "seconds": round(report.seconds, 2),
        "interrupted": report.interrupted,
    }


def of_queue(reading: PhotoReading, picks: Sequence[Pick]) -> Shape:
    """A line of ``miso queue --json``."""
    return {
        "photo": str(reading.photo),
        "mood": reading.scores.top.value,
        "tracks": [
            {
                "path": str(pick.track.path),
                "title": pick.track.title,
                "artist": pick.track.tags.artist,
                "mood": pick.track.scores.top.value,
                "score": round(pick.score, 4),
                "why": str(pick.why),
            }
            for pick in picks
        ],
    }


def of_check(check: Check) -> Shape:
    """A line of ``miso doctor --json``."""
    return {
        "name": str(check.name),
        "works": check.works,
        "detail": str(check.detail),
        "cure": None if check.cure is None else str(check.cure),
    }


def of_taste(taste: Taste) -> Shape:
    """The line of ``miso learned --json``."""
    return {
        "used": bool(taste.shifts),
        "corrections": taste.corrections,
        "confirmations": taste.confirmations,
        "accuracy_before": round(taste.accuracy_before, 4),
        "accuracy_after": round(taste.accuracy_after, 4),
        "shifts": [
            {"heard": heard.value, "meant": meant.value, "share": round(share, 4)}
            for heard, meant, share in taste.shifts
        ],
        "why": str(taste.sentence),
    }


def of_model(model: Model) -> Shape:
    """A line of ``miso models list --json`` and ``verify``, and what the others end with."""
    return {
        "name": model.name,
        "role": model.role,
        "version": model.version,
        "licence": model.licence,
        "bytes": model.size,
        "in_use": model.in_use,
        "shipped": not model.own,
        "folder": str(model.folder),
        "state": "damaged" if model.fault else "whole",
        "error": model.fault.to_json() if model.fault else None,
    }


def of_failure(key: str, path: Path, error: MisoError) -> Shape:
    """A line for an input that could not be used; ``key``: ``photo``, ``track`` or ``model``."""
    return {key: str(path), "error": error.to_json()}


def playlist(picks: Sequence[Pick]) -> str:
    """The queue as an extended M3U playlist, for any player."""
    lines = ["#EXTM3U"]
    for pick in picks:
        tags = pick.track.tags
        name = f"{tags.artist} - {pick.track.title}" if tags.artist else pick.track.title
        lines += [f"#EXTINF:{round(tags.duration_s) or -1},{name}", str(pick.track.path)]
    return "\n".join(lines) + "\n"


def _of_scores(scores: MoodScores) -> Shape:
    return {
        "mood": scores.top.value,
        "scores": scores.as_dict(),
        "valence": round(scores.valence, 4),
        "arousal": round(scores.arousal, 4),
    }
