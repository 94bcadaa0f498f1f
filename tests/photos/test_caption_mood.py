"""A sentence has a mood, and the reader says which words of feeling it heard."""

from __future__ import annotations

import pytest

from miso_desktop.moods import Mood
from miso_desktop.photos.caption_mood import EMOTION_WORDS, CaptionMood
from miso_desktop.photos.emotions import MEMBERS


@pytest.fixture(scope="module")
def reader() -> CaptionMood:
    return CaptionMood()


@pytest.mark.parametrize(
    ("text", "mood"),
    [
        ("I am so happy, what a wonderful and funny day!", Mood.HAPPY),
        ("I love you with all my heart", Mood.ROMANTIC),
        ("She died and I cannot stop crying, I miss her", Mood.SAD),
        ("I hate you, you disgusting idiot", Mood.AGGRESSIVE),
        ("I am terrified, something horrible is coming", Mood.DRAMATIC),
    ],
)
def test_plain_feelings_are_heard(reader: CaptionMood, text: str, mood: Mood) -> None:
    assert reader.read(text).mood is mood
    assert mood in reader.named(reader.emotions_of(text))


def test_sad_and_happy_lie_on_different_sides_of_the_plane(reader: CaptionMood) -> None:
    happy = reader.read("smiling children play in the sun").scores
    sad = reader.read("a crying woman at a grave in the rain").scores
    assert happy.valence > sad.valence


def test_a_flat_statement_is_said_to_be_one(reader: CaptionMood) -> None:
    vote = reader.read("a table next to a wall")
    assert "plain words" in str(vote.reason)
    assert "a table next to a wall" in str(vote.reason)


def test_the_reason_names_an_emotion(reader: CaptionMood) -> None:
    assert "love" in str(reader.read("I love you with all my heart").reason)


@pytest.mark.parametrize(
    "text", ["", " ", "x" * 10_000, "바다 위의 노을", "🙂" * 300, "{braces} %s"]
)
def test_any_text_is_answered(reader: CaptionMood, text: str) -> None:
    vote = reader.read(text)
    assert sum(vote.scores.values) == pytest.approx(1)
    assert str(vote.reason)


def test_a_mood_is_the_maximum_of_its_members(reader: CaptionMood) -> None:
    emotions = reader.emotions_of("what a lovely surprise")
    moods = reader.moods_of(emotions)
    for mood, members in MEMBERS.items():
        chances = [emotions.probabilities[reader.emotions.index(e)] for e in members]
        assert moods[mood] == pytest.approx(max(chances))


def test_every_member_emotion_has_a_word_and_one_mood() -> None:
    members = [e for group in MEMBERS.values() for e in group]
    assert len(members) == len(set(members))
    assert set(members) == set(EMOTION_WORDS)
