"""What a language model answered, read with patience and believed in nothing."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from miso_desktop.moods import Mood

LONGEST_REASON = 200
_LONGEST_CONTENT = 20_000
_LEAST_SURE = 0.05
"""Somebody who argues is not wholly unsure."""
_UNSTATED = 0.5

_SYNONYMS: dict[Mood | None, str] = {
    Mood.HAPPY: "happy happiness joy joyful joyous cheerful cheer fun content 행복 기쁨 즐거움",
    Mood.ROMANTIC: "romantic romance love loving tender tenderness affection 로맨틱 낭만 사랑",
    Mood.SAD: "sad sadness sorrow sorrowful grief melancholy melancholic lonely 슬픔 우울",
    Mood.AGGRESSIVE: "aggressive aggression anger angry rage furious violent 공격적 분노",
    Mood.DRAMATIC: "dramatic drama tense tension suspense epic fear fearful 극적 드라마틱 긴장",
    None: "neutral none calm ordinary plain unknown 중립 무감정",
}
_MEANINGS = {word: mood for mood, words in _SYNONYMS.items() for word in words.split()}


class Nonsense(ValueError):
    """An answer without what was asked for."""


@dataclass(frozen=True)
class Argument:
    """A model's word on a caption.

    Attributes
    ----------
    mood : Mood or None
        None: the words are neutral.
    reason : str
        Plain text on one line, at most :data:`LONGEST_REASON` characters; may be empty.
    confidence : float
        Above 0, up to 1.
    """

    mood: Mood | None
    reason: str
    confidence: float


def content_of(body: bytes) -> str:
    """The text of a chat completion.

    Raises
    ------
    Nonsense
        If there is none.
    """
    try:
        content = _json(body)["choices"][0]["message"]["content"]
        if isinstance(content, list):  # in parts
            content = "".join(part["text"] for part in content if part.get("type") == "text")
    except (LookupError, TypeError, AttributeError) as error:
        raise Nonsense("no chat completion") from error
    if not isinstance(content, str):
        raise Nonsense("no text")
    return content


def names_of(body: bytes) -> tuple[str, ...]:
    """The models of a list of models.

    Raises
    ------
    Nonsense
        If it is no such list.
    """
    try:
        found = [entry["id"] for entry in _json(body)["data"]]
    except (LookupError, TypeError) as error:
        raise Nonsense("no list of models") from error
    return tuple(name for name in found if isinstance(name, str) and name)


def argument_of(content: str) -> Argument:
    """Find the answer in what a model said: alone, in a code fence, or amid prose.

    Raises
    ------
    Nonsense
        If there is no object with a mood that is known.
    """
    # Models that think aloud write drafts first.
    said = content.rpartition("</think>")[2][-_LONGEST_CONTENT:]
    for found in _objects(said):
        named = {str(key).strip().lower(): value for key, value in found.items()}
        stated = named.get("mood", named.get("category", named.get("emotion")))
        if (word := _word(stated)) in _MEANINGS:
            reason = named.get("reason", named.get("explanation", ""))
            return Argument(
                _MEANINGS[word],
                plain(reason) if isinstance(reason, str) else "",
                _confidence(named.get("confidence")),
            )
    raise Nonsense("no mood in the answer")


def plain(text: str, most: int = LONGEST_REASON) -> str:
    """Somebody's text as data: one bounded line.

    Nothing is left in it that steers a terminal or the direction of writing.
    """
    kept = "".join(
        sign if not unicodedata.category(sign).startswith("C") else " " for sign in text[: most * 8]
    )
    kept = " ".join(kept.split())
    return kept if len(kept) <= most else kept[: most - 1].rstrip() + "…"


def _json(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Nonsense("no JSON in UTF-8") from error


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Every JSON object in a text, the outer ones before those in them."""
    decoder = json.JSONDecoder()
    at = text.find("{")
    while at >= 0:
        with suppress(ValueError, RecursionError):
            yield decoder.raw_decode(text, at)[0]
        at = text.find("{", at + 1)


def _word(stated: object) -> str:
    if isinstance(stated, list) and stated:
        stated = stated[0]
    return re.sub(r"[\W\d_]+", "", stated).lower() if isinstance(stated, str) else ""


def _confidence(stated: object) -> float:
    if isinstance(stated, str):
        try:
            stated = float(stated.strip().rstrip("%"))
        except ValueError:
            return _UNSTATED
    if isinstance(stated, bool) or not isinstance(stated, int | float):
        return _UNSTATED
    try:
        number = float(stated)
    except OverflowError:
        return 1.0
    if math.isnan(number):
        return _UNSTATED
    if 1.0 < number <= 100.0:  # in per cent
        number /= 100.0
    return min(1.0, max(_LEAST_SURE, number))
