import pytest
from hypothesis import given

from miso_desktop.moods import Mood, MoodScores
from miso_desktop.recommend.why import why
from tests.recommend.tracks import NOW, any_scores, scores, track

LONG_AGO = NOW - 1e7
ROMANTIC = scores(Mood.ROMANTIC, 0.7, 0.3, -0.4)


def reason(photo, mood_scores, **rest):
    return str(why(photo, track(1, mood_scores, **{"added_at": LONG_AGO, **rest}), NOW))


def test_a_track_of_the_photos_mood():
    like = scores(Mood.ROMANTIC, 0.78, 0.3, -0.4)
    assert reason(ROMANTIC, like) == "romantic 0.78 · same calm · not played yet"


def test_a_track_that_only_leans_to_the_photos_mood():
    photo = MoodScores((0.05, 0.3, 0.5, 0.05, 0.1), -0.5, -0.3)
    leaning = MoodScores((0.05, 0.5, 0.35, 0.05, 0.05), -0.4, -0.3)
    assert reason(photo, leaning).startswith("leans sad, as the photo does · same calm")


def test_a_track_that_has_little_in_common_is_called_what_it_is():
    assert reason(ROMANTIC, scores(Mood.AGGRESSIVE, 0.9)).startswith(
        "the nearest there is: aggressive 0.90 · "
    )


def test_the_persons_word():
    assert reason(ROMANTIC, scores(Mood.SAD), corrected=Mood.ROMANTIC).startswith(
        "you called it romantic · "
    )


@pytest.mark.parametrize(
    ("valence", "arousal", "words"),
    [
        (0.3, -0.4, "same calm"),
        (0.6, -0.4, "a little brighter"),
        (0.0, -0.4, "a little darker"),
        (0.3, -0.1, "a little livelier"),
        (0.3, -0.8, "a little calmer"),
        (-0.6, -0.4, "much darker"),
        (1.0, -0.4, "much brighter"),
        (0.3, 0.8, "much livelier"),
        (0.3, -1.0, "much calmer"),
    ],
)
def test_the_feeling_beside_the_photos(valence, arousal, words):
    assert f" · {words} · " in reason(ROMANTIC, scores(Mood.ROMANTIC, 0.7, valence, arousal))


@pytest.mark.parametrize(
    ("arousal", "words"), [(-0.5, "same calm"), (0.0, "same feeling"), (0.5, "same energy")]
)
def test_the_same_feeling_has_names(arousal, words):
    like = scores(Mood.HAPPY, 0.7, 0.2, arousal)
    assert f" · {words} · " in reason(like, like)


@pytest.mark.parametrize(
    ("rest", "words"),
    [
        ({"plays": 0}, "not played yet"),
        ({"plays": 0, "added_at": NOW - 86_400}, "new in your library"),
        ({"plays": 1}, "played once"),
        ({"plays": 2, "added_at": NOW - 86_400}, "played 2 times"),
    ],
)
def test_when_it_was_heard(rest, words):
    assert reason(ROMANTIC, ROMANTIC, **rest).endswith(f" · {words}")


@given(any_scores, any_scores)
def test_there_is_always_a_reason_of_three_parts(photo, other):
    assert len(reason(photo, other).split(" · ")) == 3


def test_nothing_is_new_in_a_library_that_is_new_itself():
    fresh = track(1, ROMANTIC, added_at=NOW - 3_600)
    assert str(why(ROMANTIC, fresh, NOW, NOW - 7_200)).endswith("not played yet")
    assert str(why(ROMANTIC, fresh, NOW, NOW - 90 * 86_400)).endswith("new in your library")


def test_a_track_that_is_judged_as_the_person_would_says_so():
    heard = scores(Mood.DRAMATIC, 0.6)
    learned = scores(Mood.AGGRESSIVE, 0.52)
    photo = scores(Mood.AGGRESSIVE)
    said = reason(photo, heard, learned_scores=learned)
    assert said.startswith("aggressive 0.52, as you judge such tracks · ")
    same = reason(photo, scores(Mood.AGGRESSIVE, 0.4), learned_scores=learned)
    assert same.startswith("aggressive 0.52 · ")
    named = reason(photo, heard, learned_scores=learned, corrected=Mood.SAD)
    assert named.startswith("you called it sad")
