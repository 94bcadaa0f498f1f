import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miso_desktop.moods import MOODS, Mood, MoodScores, blend, certain

finite = st.floats(-1e6, 1e6)
weights = st.lists(finite, min_size=5, max_size=5)
any_scores = st.builds(MoodScores.of, weights, st.floats(-1, 1), st.floats(-1, 1))


def test_the_order_of_the_moods_is_fixed():
    assert [mood.value for mood in MOODS] == [
        "happy",
        "romantic",
        "sad",
        "aggressive",
        "dramatic",
    ]


@given(weights, finite, finite)
def test_of_makes_a_distribution_of_any_finite_numbers(values, valence, arousal):
    scores = MoodScores.of(values, valence, arousal)
    assert math.isclose(sum(scores.values), 1.0, abs_tol=1e-9)
    assert all(0 <= value <= 1 for value in scores.values)
    assert -1 <= scores.valence <= 1
    assert -1 <= scores.arousal <= 1


@given(st.lists(st.floats(0.001, 1000), min_size=5, max_size=5), st.floats(0.01, 100))
def test_of_keeps_proportions(values, scale):
    one = MoodScores.of(values, 0, 0)
    other = MoodScores.of([value * scale for value in values], 0, 0)
    assert one.values == pytest.approx(other.values)
    assert one[Mood.SAD] / one[Mood.HAPPY] == pytest.approx(values[2] / values[0])


def test_nothing_at_all_makes_all_moods_equally_likely():
    assert MoodScores.of([0, -1, 0, 0, 0], 0, 0).values == (0.2,) * 5


@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize("place", range(7))
def test_of_refuses_what_is_no_number(bad, place):
    numbers = [0.2, 0.2, 0.2, 0.2, 0.2, 0.0, 0.0]
    numbers[place] = bad
    with pytest.raises(ValueError, match="finite"):
        MoodScores.of(numbers[:5], *numbers[5:])


@pytest.mark.parametrize("count", [0, 4, 6])
def test_five_weights_are_needed(count):
    with pytest.raises(ValueError, match="five"):
        MoodScores.of([1.0] * count, 0, 0)


@pytest.mark.parametrize(
    ("values", "valence", "arousal"),
    [
        ((0.5, 0.5, 0.5, 0, 0), 0, 0),
        ((1.5, -0.5, 0, 0, 0), 0, 0),
        ((math.nan, 1, 0, 0, 0), 0, 0),
        ((1, 0, 0, 0), 0, 0),
        ((1, 0, 0, 0, 0), 1.1, 0),
        ((1, 0, 0, 0, 0), 0, -1.1),
        ((1, 0, 0, 0, 0), math.nan, 0),
    ],
)
def test_impossible_scores_cannot_be_made(values, valence, arousal):
    with pytest.raises(ValueError):  # noqa: PT011  (each case has words of its own)
        MoodScores(values, valence, arousal)


@given(any_scores, any_scores)
def test_distance_lies_between_0_and_1_and_is_symmetric(a, b):
    assert 0 <= a.distance(b) <= 1 + 1e-9
    assert a.distance(b) == pytest.approx(b.distance(a), abs=1e-9)


@given(any_scores)
def test_distance_to_itself_is_0(scores):
    assert scores.distance(scores) == pytest.approx(0, abs=1e-6)


@given(any_scores, any_scores, any_scores)
def test_no_detour_is_shorter(a, b, c):
    assert a.distance(c) <= a.distance(b) + b.distance(c) + 1e-6


def test_a_share_too_small_to_be_halved_has_a_distance():
    almost = MoodScores((0, 0, 0, 5e-324, 1.0), 0, 0)
    assert almost.distance(MoodScores((0, 0, 0, 0, 1.0), 0, 0)) == 0


def test_opposites_are_as_far_apart_as_can_be():
    bright = MoodScores((1, 0, 0, 0, 0), 1, 1)
    gloomy = MoodScores((0, 0, 1, 0, 0), -1, -1)
    assert bright.distance(gloomy) == pytest.approx(1)


def test_the_plane_counts_where_the_moods_are_the_same():
    calm = MoodScores((1, 0, 0, 0, 0), 0, -0.5)
    assert calm.distance(MoodScores((1, 0, 0, 0, 0), 0, 0.5)) == pytest.approx(
        0.3 / math.sqrt(8), abs=1e-9
    )


@given(any_scores)
def test_top_is_the_first_of_the_ranking_and_the_most_likely(scores):
    assert scores.top is scores.ranked[0]
    assert scores[scores.top] == max(scores.values)
    assert set(scores.ranked) == set(MOODS)


def test_where_moods_are_equal_the_fixed_order_decides():
    assert MoodScores((0.1, 0.3, 0.3, 0.3, 0), 0, 0).top is Mood.ROMANTIC


@given(any_scores)
def test_a_mapping_gives_the_same_scores_back(scores):
    again = MoodScores.from_mapping(scores.as_dict(digits=17), scores.valence, scores.arousal)
    assert again.values == pytest.approx(scores.values, abs=1e-9)


def test_a_missing_mood_in_a_mapping_counts_as_0():
    assert MoodScores.from_mapping({"sad": 2.0, "happy": 2.0}, 0, 0).values == (0.5, 0, 0.5, 0, 0)


@given(any_scores, any_scores, st.floats(0.01, 1))
def test_a_blend_lies_between_its_parts(a, b, share):
    mixed = blend([(a, share), (b, 1 - share)] if share < 1 else [(a, 1.0)])
    for mood in MOODS:
        assert min(a[mood], b[mood]) - 1e-9 <= mixed[mood] <= max(a[mood], b[mood]) + 1e-9


@given(any_scores, st.floats(0.1, 10))
def test_a_blend_of_one_is_itself(scores, weight):
    assert blend([(scores, weight)]).values == pytest.approx(scores.values)


@pytest.mark.parametrize("weights", [[], [0.0], [1.0, -1.0], [2.0, -1.0]])
def test_a_blend_needs_positive_weights(weights):
    scores = MoodScores((1, 0, 0, 0, 0), 0, 0)
    with pytest.raises(ValueError, match="positive"):
        blend([(scores, weight) for weight in weights])


@given(any_scores, st.sampled_from(MOODS))
def test_what_a_person_named_is_certain_and_keeps_its_place(scores, mood):
    named = certain(mood, scores)
    assert named.top is mood
    assert named[mood] == 1.0
    assert (named.valence, named.arousal) == (scores.valence, scores.arousal)
