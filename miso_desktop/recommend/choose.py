"""Choose the tracks of a queue: at random, with the odds on what fits.

Tracks are drawn one after another without replacement, each with a chance in proportion
to closeness x freshness x artist spread. How close is close is judged by the library
itself: in a large one only the nearest of many are drawn, in a small one the best there
are. The same seed with the same library gives the same queue.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from miso_desktop.errors import NothingToPlay
from miso_desktop.moods import MoodScores
from miso_desktop.phrases import Phrase, phrase
from miso_desktop.recommend.closeness import Numbers, are_of, distances, felt
from miso_desktop.recommend.genres import matches, normal
from miso_desktop.recommend.why import why
from miso_desktop.values import Genre, Pick, Track

Indices = NDArray[np.intp]

_DAY_S = 86_400.0
_REST_DAYS = 3.0
_REST_SHARE = 0.9
_NEW_DAYS = 14.0
_NEW_BONUS = 0.3

_SAME_MOOD_REACH = 5
"""So many times the length of the queue are in reach of the draw, or more: see below."""
_OTHER_MOOD_REACH = 2
_LIBRARY_SHARE = 20
"""In a large library one in so many tracks of the mood is in reach."""

_SHORTEST = 10
"""A shorter queue has as much in reach as one of this length, so that it varies too."""

_NARROWEST = 0.03
"""Differences of distance below this are noise."""
_LEAST = 1e-6

_SAME_ARTIST = 0.4
_SAME_ARTIST_TIMES = 6
_SAME_SONG = 1e-3


def choose(
    photo: MoodScores,
    tracks: Sequence[Track],
    *,
    genre: Genre = Genre.ANY,
    count: int = 20,
    seed: int | None = None,
    now: float,
) -> list[Pick]:
    """Choose a queue for a photo.

    Tracks of the photo's own mood come first; only if there are fewer than ``count`` of
    them, the nearest of other moods follow.

    Parameters
    ----------
    photo : MoodScores
        What the photo feels like.
    tracks : sequence of Track
        The library; its order makes no difference.
    genre : Genre
        Which music to choose from.
    count : int
        Length of the queue, at least 1; it is shorter if there are fewer tracks.
    seed : int or None
        Repeats a queue; None: a new one each time.
    now : float
        Seconds since the epoch.

    Returns
    -------
    list of Pick
        Those of the photo's mood first, among them no artist twice in a row where another
        order avoids it; then the rest, nearest first. No track twice.

    Raises
    ------
    NothingToPlay
        If no track is there that may be played; the message says what to do.
    """
    if count < 1:
        raise ValueError(f"a queue has at least one track, not {count}")
    candidates = _candidates(tracks, genre)
    scores = [felt(track) for track in candidates]
    distance = distances(photo, scores)
    same = are_of(photo.top, scores)
    draw = _Draw(random.Random(seed), candidates, distance, now)
    draw.from_(np.flatnonzero(same), count, _SAME_MOOD_REACH)
    own = len(draw.chosen)
    since = min(track.added_at for track in tracks)
    draw.from_(np.flatnonzero(~same), count - own, _OTHER_MOOD_REACH)
    return [
        Pick(
            track=candidates[i],
            score=float(np.clip(1.0 - distance[i], 0.0, 1.0)),
            why=why(photo, candidates[i], now, since),
        )
        for i in _ordered(draw, own)
    ]


def _ordered(draw: _Draw, own: int) -> list[int]:
    """The ``own`` first drawn, which have the photo's mood, with their artists apart.

    Variety of artists is no reason to leave the mood: the rest comes by nearness alone.
    """
    apart = _apart([int(draw.artists[i]) for i in draw.chosen[:own]])
    rest = sorted(draw.chosen[own:], key=lambda i: draw.distance[i])
    return [*(draw.chosen[place] for place in apart), *rest]


class _Draw:
    """Tracks drawn so far, and what they make of the chances of the others."""

    def __init__(
        self, rng: random.Random, tracks: Sequence[Track], distance: Numbers, now: float
    ) -> None:
        self.chosen: list[int] = []
        self.artists = _codes(_artist(track) for track in tracks)
        self._songs = _codes(_song(track) for track in tracks)
        self._rng = rng
        self._tracks = tracks
        self.distance = distance
        self._now = now
        self._times: Counter[int] = Counter()
        self._heard: set[int] = set()

    def from_(self, tier: Indices, count: int, reach: int) -> None:
        """Draw up to ``count`` tracks out of the nearest of a tier."""
        if count < 1 or not len(tier):
            return
        lots = np.array([self._rng.random() for _ in tier])  # who is nearer among equals
        near = tier[np.lexsort((lots, self.distance[tier]))]
        length = max(count, _SHORTEST)
        near = near[: max(reach * length, len(tier) // _LIBRARY_SHARE)]
        weight = _fit(self.distance[near], min(length, len(near) // 4))
        weight *= np.array([freshness(self._tracks[i], self._now) for i in near])
        artists, songs = self.artists[near], self._songs[near]
        for artist, times in self._times.items():
            weight[artists == artist] *= _SAME_ARTIST ** min(times, _SAME_ARTIST_TIMES)
        weight[np.isin(songs, list(self._heard))] *= _SAME_SONG
        for _ in range(min(count, len(near))):
            index = self._one(weight)
            self.chosen.append(int(near[index]))
            self._spread(weight, artists, songs, index)

    def _one(self, weight: Numbers) -> int:
        ladder = np.cumsum(weight)
        step = int(np.searchsorted(ladder, self._rng.random() * ladder[-1], side="right"))
        # Rounding may carry the last step past the end.
        return min(step, int(np.flatnonzero(weight)[-1]))

    def _spread(self, weight: Numbers, artists: Indices, songs: Indices, index: int) -> None:
        """Never this track again, hardly this song in another file, rather not this artist."""
        weight[index] = 0.0
        artist, song = int(artists[index]), int(songs[index])
        if song not in self._heard:
            self._heard.add(song)
            weight[songs == song] *= _SAME_SONG
        if self._times[artist] < _SAME_ARTIST_TIMES:
            weight[artists == artist] *= _SAME_ARTIST
        self._times[artist] += 1


def freshness(track: Track, now: float) -> float:
    """How much a track is due: least just after it was played, most while it is new.

    Returns
    -------
    float
        0.1 to 1.3; 1 for a track that came long ago and was not played lately.
    """
    due = 1.0
    if track.last_played_at is not None:
        days = max(0.0, now - track.last_played_at) / _DAY_S
        due -= _REST_SHARE * math.exp(-days / _REST_DAYS)
    age = max(0.0, now - track.added_at) / _DAY_S
    return due * (1.0 + _NEW_BONUS * math.exp(-age / _NEW_DAYS))


def _fit(distance: Numbers, typical: int) -> Numbers:
    """Chances by distance alone: a bell as wide as the way to the ``typical``-th nearest.

    A k-nearest-neighbour kernel: crowded libraries are judged finely, sparse ones loosely.
    """
    width = max(_NARROWEST, float(distance[typical] - distance[0]))
    bell = np.exp(-0.5 * ((distance - distance[0]) / width) ** 2)
    return np.asarray(np.maximum(bell, _LEAST), dtype=np.float64)


def _candidates(tracks: Sequence[Track], genre: Genre) -> list[Track]:
    if not tracks:
        raise NothingToPlay(phrase("The library is empty. Add a folder with music first."))
    there = [track for track in tracks if track.available]
    if not there:
        raise NothingToPlay(
            phrase(
                "None of the tracks in the library can be found. "
                "Is the drive with the music plugged in?"
            )
        )
    fitting = [track for track in there if matches(track.tags, genre)]
    if not fitting:
        raise NothingToPlay(
            phrase(
                "No track in the library is tagged as {genre}. "
                "Choose any genre, or add such music.",
                genre=_GENRES[genre],
            )
        )
    return sorted(fitting, key=lambda track: track.id)


_GENRES: dict[Genre, Phrase] = {
    Genre.ANY: phrase("any music"),
    Genre.KPOP: phrase("K-pop"),
    Genre.POP: phrase("pop"),
    Genre.BOTH: phrase("K-pop or pop"),
}


def _artist(track: Track) -> Hashable:
    """Who plays; a track that does not say stands for itself."""
    return normal(track.tags.artist or track.tags.album_artist) or track.id


def _song(track: Track) -> Hashable:
    """What is played: the same in every file of it, on the single and on the album."""
    title, artist = normal(track.tags.title), _artist(track)
    return (artist, title) if title and isinstance(artist, str) else track.id


def _codes(keys: Iterable[Hashable]) -> Indices:
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.intp)


def _apart(artists: Sequence[int]) -> list[int]:
    """Order places so that no artist follows itself, as near the given order as may be.

    At each step the earliest track is taken that leaves the rest a way to stay apart: no
    artist may have more than half of what is left, rounded up, and one who has just been
    heard no more than half, rounded down.
    """
    left = list(range(len(artists)))
    counts = Counter(artists)
    order: list[int] = []
    last: int | None = None
    while left:
        crowd, most = counts.most_common(1)[0]
        must = crowd if 2 * most > len(left) and crowd != last else None
        allowed = (i for i in left if artists[i] != last and must in (None, artists[i]))
        place = next(allowed, left[0])
        left.remove(place)
        counts[artists[place]] -= 1
        last = artists[place]
        order.append(place)
    return order
