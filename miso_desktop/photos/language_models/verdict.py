"""From arguments to one vote."""

from __future__ import annotations

from collections.abc import Sequence

from miso_desktop.moods import MOODS, Mood, MoodScores
from miso_desktop.photos.language_models.answers import Argument
from miso_desktop.phrases import Phrase, phrase
from miso_desktop.words import MOOD_WORDS

HEAD_SHARE = 0.5
"""The head has heard all arguments: it counts as much as the readers together."""

PLACES: dict[Mood | None, tuple[float, float]] = {
    Mood.HAPPY: (0.59, -0.03),
    Mood.ROMANTIC: (0.52, -0.16),
    Mood.SAD: (-0.37, -0.08),
    Mood.AGGRESSIVE: (-0.40, 0.07),
    Mood.DRAMATIC: (-0.12, 0.08),
    None: (0.08, -0.27),
}
"""Valence and arousal of the moods, and of what has none: means of people's ratings of the
photos of OASIS (Kurdi, Lozano and Banaji 2017)."""


def majority(arguments: Sequence[Argument]) -> Mood | None:
    """The mood with the most behind it, where an argument counts as much as it is sure.

    Who finds the words neutral has no say in which mood it is: where most do, the minority's
    mood stands. None if all of them do.
    """
    if not any(argument.mood for argument in arguments):
        return None
    support = _support(arguments)
    return max(MOODS, key=lambda mood: support[MOODS.index(mood)])


def accepted(ruling: Argument | None, arguments: Sequence[Argument]) -> Argument | None:
    """The head's ruling, if it is one of the moods that were argued for."""
    argued = {argument.mood for argument in arguments} - {None}
    return ruling if ruling is not None and ruling.mood in argued else None


def scores_of(arguments: Sequence[Argument], ruling: Argument | None) -> MoodScores:
    """The vote, whose top mood is the ruling's, or else the majority's.

    Parameters
    ----------
    arguments : sequence of Argument
        At least one with a mood.
    ruling : Argument or None
        As :func:`accepted` gives it.

    Returns
    -------
    MoodScores
        As far from an even spread as the readers are sure on average, the neutral ones
        counting as wholly unsure.
    """
    support = _support(arguments)
    certainty = sum(support) / len(arguments)
    mix = [part / sum(support) for part in support]
    if ruling is not None:
        mix = [
            (1 - HEAD_SHARE) * part + HEAD_SHARE * (mood is ruling.mood)
            for mood, part in zip(MOODS, mix, strict=True)
        ]
    valence, arousal = (
        certainty * sum(part * PLACES[mood][axis] for mood, part in zip(MOODS, mix, strict=True))
        + (1 - certainty) * PLACES[None][axis]
        for axis in (0, 1)
    )
    spread = [certainty * part + (1 - certainty) / len(MOODS) for part in mix]
    return MoodScores.of(spread, valence, arousal)


def reason_of(arguments: Sequence[Argument], ruling: Argument | None, mood: Mood) -> Phrase:
    """What decided, with the argument in its own words."""
    agreeing = [argument for argument in arguments if argument.mood is mood]
    neutral = sum(argument.mood is None for argument in arguments)
    strongest = max(agreeing, key=lambda argument: (bool(argument.reason), argument.confidence))
    said = (ruling.reason if ruling is not None else "") or strongest.reason or "…"
    said = said.rstrip(".。")
    holes: dict[str, str | int | float | Phrase] = {
        "count": len(agreeing),
        "all": len(arguments),
        "mood": MOOD_WORDS[mood],
        "said": phrase("“{text}”", text=said),
    }
    if 2 * neutral > len(arguments):
        return phrase(
            "{neutral} of {all} opinions by language models find the words neutral; "
            "what counts is the argument for {mood}: {said}.",
            neutral=neutral,
            **holes,
        )
    if ruling is not None:
        return phrase(
            "{count} of {all} opinions by language models for {mood}, "
            "and the one that weighs them: {said}.",
            **holes,
        )
    return phrase("{count} of {all} opinions by language models for {mood}: {said}.", **holes)


def _support(arguments: Sequence[Argument]) -> list[float]:
    return [sum(a.confidence for a in arguments if a.mood is mood) for mood in MOODS]
