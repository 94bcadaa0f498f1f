"""Is a track K-pop, or pop from elsewhere? From its tags, with two lists of the catalog.

K-pop is taken in the wide sense of the Korean charts: Korean popular music. The genre
tag speaks first, then a known Korean artist, and Hangul only where no genre is given.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from miso_desktop import paths
from miso_desktop.values import Genre, Tags

_HANGUL = re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")
_NOT_LETTERS = re.compile(r"[\W_]+")
_BETWEEN_GENRES = re.compile(r"[;,/|\\\0]")
_BETWEEN_ARTISTS = re.compile(
    r"[;,/|\0&+×]|\s+x\s+|\s*[(\[]|[)\]]|\b(?:feat|ft|featuring|with|prod|and)\b\.?",
    re.IGNORECASE,
)


def matches(tags: Tags, genre: Genre) -> bool:
    """Whether a track belongs to what the person asked for; BOTH: K-pop or pop."""
    if genre is Genre.ANY:
        return True
    kinds = classify(tags)
    return bool(kinds) if genre is Genre.BOTH else genre in kinds


def classify(tags: Tags) -> frozenset[Genre]:
    """``KPOP``, ``POP`` or neither.

    Korean popular music that is tagged just "Pop" is K-pop: the artist decides.
    """
    kinds = _from_genres(tags.genres)
    if Genre.KPOP in kinds:
        return kinds
    hangul = bool(_HANGUL.search(tags.title + tags.artist + tags.album))
    if any(_is_korean(artist, hangul) for artist in (tags.artist, tags.album_artist) if artist):
        return frozenset({Genre.KPOP})
    untagged = not any(map(normal, tags.genres))
    if untagged and _HANGUL.search(tags.title + tags.artist):
        return frozenset({Genre.KPOP})
    return kinds


@lru_cache(maxsize=65_536)
def normal(text: str) -> str:
    """What two spellings of a name have in common.

    Case, punctuation, spaces, full-width letters and decomposed Hangul make no
    difference: ``"K-Pop"`` and ``"kpop"`` are the same.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _NOT_LETTERS.sub("", folded)


@lru_cache(maxsize=4096)
def _from_genres(genres: tuple[str, ...]) -> frozenset[Genre]:
    spellings = _spellings()
    return frozenset(
        spellings[part] for genre in genres for part in _parts(genre) if part in spellings
    )


def _parts(genre: str) -> Iterator[str]:
    """The tag as a whole if it is known, else what is joined in it ("Pop/Rock; Ballad")."""
    if normal(genre) in _spellings():
        yield normal(genre)
    else:
        yield from map(normal, _BETWEEN_GENRES.split(genre))


@lru_cache(maxsize=16_384)
def _is_korean(artist: str, hangul: bool) -> bool:
    """Whether one of the artists named is a known Korean one."""
    known = _artists()
    names = {normal(artist), *map(normal, _BETWEEN_ARTISTS.split(artist))}
    return not names.isdisjoint(known.sure) or (hangul and not names.isdisjoint(known.shared))


@dataclass(frozen=True)
class _Artists:
    """Normal names: those that only Korean artists bear, and those that others bear too."""

    sure: frozenset[str]
    shared: frozenset[str]


@cache
def _spellings() -> dict[str, Genre]:
    stored = json.loads(paths.catalog("genres.json").read_text(encoding="utf-8"))
    return {
        normal(spelling): genre
        for genre in (Genre.POP, Genre.KPOP)
        for spelling in stored[genre.value]
    }


@cache
def _artists() -> _Artists:
    stored = json.loads(paths.catalog("korean_artists.json").read_text(encoding="utf-8"))
    artists = stored["artists"]
    return _Artists(
        sure=frozenset(normal(name) for artist in artists for name in artist["names"]),
        shared=frozenset(normal(name) for artist in artists for name in artist.get("shared", ())),
    )
