"""Why a track was chosen, in a few words beside its title."""

from __future__ import annotations

from miso_desktop.moods import MOODS, Mood, MoodScores
from miso_desktop.phrases import Phrase, phrase
from miso_desktop.recommend.closeness import felt
from miso_desktop.values import Track
from miso_desktop.words import MOOD_WORDS

_SAME = 0.2
"""Nearer than this on valence and on arousal feels the same."""
_MUCH = 0.6
_CALM = -0.15
_LIVELY = 0.15
_SHARED = 0.2
"""A mood that both have to at least this share is worth naming."""
_NEW_DAYS = 7
_DAY_S = 86_400.0


def why(photo: MoodScores, track: Track, now: float, library_since: float = 0.0) -> Phrase:
    """The reason for a pick: mood, feeling beside the photo's, and when it was last heard.

    Parameters
    ----------
    photo : MoodScores
        What the photo feels like.
    track : Track
        The track that was chosen for it.
    now : float
        Seconds since the epoch.
    library_since : float
        When the library's first track came, in seconds since the epoch. Nothing is new in a
        library that is new itself.

    Returns
    -------
    Phrase
        For example "romantic 0.78 · same calm · not played yet".
    """
    return phrase(
        "{mood} · {feeling} · {heard}",
        mood=_mood(photo, track),
        feeling=_feeling(photo, felt(track)),
        heard=_heard(track, now, library_since),
    )


def _mood(photo: MoodScores, track: Track) -> Phrase:
    if track.corrected is not None:
        return phrase("you called it {mood}", mood=MOOD_WORDS[track.corrected])
    heard = _likeness(photo, track.expected)
    if track.expected.top is not track.model_scores.top:
        return phrase("{mood}, as you judge such tracks", mood=heard)
    return heard


def _likeness(photo: MoodScores, scores: MoodScores) -> Phrase:
    if scores.top is photo.top:
        return _share(scores, scores.top)
    shared = max(MOODS, key=lambda mood: min(photo[mood], scores[mood]))
    if min(photo[shared], scores[shared]) >= _SHARED:
        return phrase("leans {mood}, as the photo does", mood=MOOD_WORDS[shared])
    return phrase("the nearest there is: {mood}", mood=_share(scores, scores.top))


def _share(scores: MoodScores, mood: Mood) -> Phrase:
    return phrase("{mood} {share}", mood=MOOD_WORDS[mood], share=f"{scores[mood]:.2f}")


def _feeling(photo: MoodScores, track: MoodScores) -> Phrase:
    brighter = track.valence - photo.valence
    livelier = track.arousal - photo.arousal
    if max(abs(brighter), abs(livelier)) < _SAME:
        if track.arousal < _CALM:
            return phrase("same calm")
        return phrase("same energy") if track.arousal > _LIVELY else phrase("same feeling")
    much = max(abs(brighter), abs(livelier)) >= _MUCH
    if abs(brighter) >= abs(livelier):
        if brighter > 0:
            return phrase("much brighter") if much else phrase("a little brighter")
        return phrase("much darker") if much else phrase("a little darker")
    if livelier > 0:
        return phrase("much livelier") if much else phrase("a little livelier")
    return phrase("much calmer") if much else phrase("a little calmer")


def _heard(track: Track, now: float, library_since: float) -> Phrase:
    if track.plays > 1:
        return phrase("played {count} times", count=track.plays)
    if track.plays == 1:
        return phrase("played once")
    recent = 0 <= now - track.added_at < _NEW_DAYS * _DAY_S
    if recent and track.added_at - library_since > _DAY_S:
        return phrase("new in your library")
    return phrase("not played yet")
