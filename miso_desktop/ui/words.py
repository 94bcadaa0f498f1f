"""Words of the window that are made from values: moods, lengths, times."""

from __future__ import annotations

import time
from types import MappingProxyType
from typing import Final

from miso_desktop.moods import Mood, MoodScores
from miso_desktop.phrases import Phrase, phrase, tr, trn
from miso_desktop.values import Genre
from miso_desktop.words import MOOD_WORDS, READER_WORDS

MOOD_TITLES: Final = MappingProxyType(
    {
        Mood.HAPPY: phrase("Happy"),
        Mood.ROMANTIC: phrase("Romantic"),
        Mood.SAD: phrase("Sad"),
        Mood.AGGRESSIVE: phrase("Aggressive"),
        Mood.DRAMATIC: phrase("Dramatic"),
    }
)
GENRE_NAMES: Final = MappingProxyType(
    {
        Genre.KPOP: phrase("K-pop"),
        Genre.POP: phrase("Pop"),
        Genre.BOTH: phrase("Both"),
        Genre.ANY: phrase("Any"),
    }
)
_TOUCH = 0.18
"""A second mood at least this likely is worth a word in the title."""
_TIE = 0.06
"""Two moods closer than this are named as equals."""


def reader_name(reader: str) -> str:
    """What a reader of the panel is called, at the beginning of a line."""
    known = READER_WORDS.get(reader)
    return sentence(known) if known else reader.capitalize()


def sentence(said: Phrase) -> str:
    """A phrase that begins a line: with a capital letter, where the script has any."""
    text = str(said)
    return text[:1].upper() + text[1:]


def mood_title(scores: MoodScores) -> Phrase:
    """``Romantic with a touch of sad``; the mood itself is the value ``mood``."""
    first, second = scores.ranked[:2]
    if scores[second] >= _TOUCH and scores[first] - scores[second] < _TIE:
        return phrase(
            "{mood}, and as much {other}", mood=MOOD_TITLES[first], other=MOOD_WORDS[second]
        )
    if scores[second] >= _TOUCH:
        return phrase(
            "{mood} with a touch of {other}", mood=MOOD_TITLES[first], other=MOOD_WORDS[second]
        )
    return phrase("{mood} through and through", mood=MOOD_TITLES[first])


def clock(seconds: float) -> str:
    """``3:48``, ``1:02:07``."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def span(seconds: float) -> str:
    """``1 h 14 min``, ``8 min``, ``40 s``."""
    minutes = round(seconds / 60)
    if seconds < 60:
        return tr("{seconds} s", seconds=round(seconds))
    if minutes < 60:
        return tr("{minutes} min", minutes=minutes)
    return tr("{hours} h {minutes} min", hours=minutes // 60, minutes=minutes % 60)


def songs(count: int) -> str:
    """``1,204 songs``."""
    return trn("{number} song", "{number} songs", count, number=f"{count:,}")


def day(moment: float, now: float | None = None) -> str:
    """``Today``, ``Yesterday``, else the date."""
    from datetime import datetime, timedelta

    then = datetime.fromtimestamp(moment).date()
    today = datetime.fromtimestamp(time.time() if now is None else now).date()
    if then == today:
        return tr("Today")
    if then == today - timedelta(days=1):
        return tr("Yesterday")
    return then.isoformat()


def time_of_day(moment: float) -> str:
    """``21:07``."""
    return time.strftime("%H:%M", time.localtime(moment))
