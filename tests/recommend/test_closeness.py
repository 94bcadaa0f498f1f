import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from miso_desktop.moods import MOODS
from miso_desktop.recommend.closeness import are_of, distances, felt
from tests.recommend.tracks import any_scores, scores, track


@given(any_scores, st.lists(any_scores, max_size=8))
def test_all_at_once_is_the_same_as_one_by_one(photo, others):
    expected = [photo.distance(other) for other in others]
    np.testing.assert_allclose(distances(photo, others), expected, atol=1e-9)


@given(st.lists(any_scores, max_size=8), st.sampled_from(MOODS))
def test_the_mood_on_top_is_the_one_that_the_scores_name(several, mood):
    assert are_of(mood, several).tolist() == [one.top is mood for one in several]


@given(any_scores, st.sampled_from(MOODS))
def test_the_persons_word_is_on_top(model, mood):
    assert felt(track(1, model, corrected=mood)).top is mood


@pytest.mark.parametrize("mood", MOODS)
def test_a_corrected_track_is_no_farther_than_one_the_tagger_gave_that_mood(mood):
    photo = scores(mood, 0.5)
    by_tagger = track(1, scores(mood, 0.35))
    by_person = track(2, scores(None, 0.2), corrected=mood)
    far, near = distances(photo, [felt(by_tagger), felt(by_person)])
    assert near < 0.2
    assert near < far + 0.1


@given(any_scores, any_scores, st.sampled_from(MOODS))
def test_what_was_learned_goes_before_the_tagger_and_the_persons_word_before_both(
    model, learned, mood
):
    assert felt(track(1, model, learned_scores=learned)) == learned
    named = felt(track(1, model, learned_scores=learned, corrected=mood))
    assert named == felt(track(1, learned, corrected=mood))
