"""What a person means by the moods: the mathematics, without a library."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from miso_desktop.moods import MOODS, Mood, MoodScores
from miso_desktop.taste import (
    LEAST_CORRECTIONS,
    LEAST_JUDGEMENTS,
    RIDGE,
    Judgement,
    Shift,
    Taste,
    _candidates,
    apply,
    learn,
)
from tests.recommend.tracks import any_scores


def library(tracks: int, seed: int = 1) -> list[MoodScores]:
    """Scores as a tagger gives them: unsure, one mood ahead."""
    rng = np.random.default_rng(seed)
    return [MoodScores.of(row.tolist(), 0.1, -0.2) for row in rng.dirichlet([0.7] * 5, tracks)]


def drawn(scores: MoodScores, rng: np.random.Generator) -> Mood:
    """A mood as likely as the tagger says it is: of such a person the tagger knows all."""
    return MOODS[rng.choice(5, p=np.array(scores.values) / sum(scores.values))]


def remapped(mood: Mood) -> Mood:
    return Mood.AGGRESSIVE if mood is Mood.DRAMATIC else mood


def judged(tracks: int, seed: int, *, remap: bool) -> list[Judgement]:
    rng = np.random.default_rng(seed)
    moods = ((scores, drawn(scores, rng)) for scores in library(tracks, seed))
    return [Judgement(s, remapped(m) if remap else m) for s, m in moods]


@pytest.mark.parametrize("seed", range(20))
def test_a_person_who_agrees_teaches_nothing(seed: int) -> None:
    taste = learn(judged(60, seed, remap=False))
    assert taste.enough
    assert taste.shifts == ()


@pytest.mark.parametrize("seed", range(5))
def test_another_word_for_a_mood_is_learned(seed: int) -> None:
    taste = learn(judged(120, seed, remap=True))
    assert taste.shifts[0][:2] == (Mood.DRAMATIC, Mood.AGGRESSIVE)
    assert taste.shifts[0].share > 0.6
    assert taste.accuracy_after > taste.accuracy_before + 0.05
    fresh = judged(400, 1000 + seed, remap=True)
    right = [
        sum(found(j.scores).top is j.mood for j in fresh) for found in (taste.apply, lambda s: s)
    ]
    assert right[0] > right[1] + 20
    assert str(taste.shifts[0].sentence) == "What MISO hears as dramatic you often call aggressive."


def test_two_words_are_learned_beside_one_another() -> None:
    other = {Mood.DRAMATIC: Mood.AGGRESSIVE, Mood.ROMANTIC: Mood.SAD}
    plain = judged(300, 3, remap=False)
    taste = learn([Judgement(j.scores, other.get(j.mood, j.mood)) for j in plain])
    assert {(s.heard, s.meant) for s in taste.shifts} == set(other.items())


def test_corrections_alone_would_fool_it_and_what_was_left_holds_against_them() -> None:
    """Who agrees with the tagger two times in three corrects the third, each in another way."""
    rng = np.random.default_rng(5)
    judgements = []
    for scores in library(150, 5):
        mood = scores.top if rng.random() < 0.66 else drawn(scores, rng)
        judgements.append(Judgement(scores, mood, said=mood is not scores.top))
    assert learn(judgements).shifts == ()
    assert learn(judgements).confirmations > learn(judgements).corrections > 20


def test_too_few_judgements_teach_nothing_however_clear_they_are() -> None:
    scores = MoodScores.of([0, 0, 0, 1, 4], 0.0, 0.0)
    clear = [Judgement(scores, Mood.AGGRESSIVE)] * LEAST_JUDGEMENTS
    assert learn(clear).shifts
    assert learn(clear[1:]) == Taste(corrections=LEAST_JUDGEMENTS - 1)
    left = [Judgement(scores, Mood.DRAMATIC, said=False)] * LEAST_JUDGEMENTS
    assert not learn([*clear[: LEAST_CORRECTIONS - 1], *left]).enough
    assert learn([]) == Taste()


def test_a_mood_that_was_heard_and_left_is_no_correction_even_if_miso_had_learned_it() -> None:
    scores = MoodScores.of([0, 0, 0, 1, 4], 0.0, 0.0)
    taste = learn([Judgement(scores, Mood.AGGRESSIVE, said=False)] * 40)
    assert (taste.corrections, taste.confirmations, taste.shifts) == (0, 40, ())


def test_saying_what_miso_says_is_no_correction() -> None:
    taste = learn([Judgement(scores, scores.top) for scores in library(50)])
    assert (taste.corrections, taste.confirmations) == (0, 50)


def test_a_person_who_corrects_half_of_what_is_wrong_may_be_understood_all_the_same() -> None:
    """What is wrong and was left speaks for the tagger, but not louder than what was said."""
    found = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        judgements = []
        for j in judged(500, seed, remap=True):
            corrected = j.mood is not j.scores.top and rng.random() < 0.5
            judgements.append(j if corrected else Judgement(j.scores, j.scores.top, said=False))
        taste = learn(judgements)
        assert taste.confirmations > 2 * taste.corrections
        found += [s[:2] for s in taste.shifts]
    assert len(found) >= 3
    assert set(found) == {(Mood.DRAMATIC, Mood.AGGRESSIVE)}


def test_leaving_out_is_the_same_as_learning_without() -> None:
    judgements = judged(40, 2, remap=True)
    P = np.array([j.scores.values for j in judgements])
    Y = np.array([[float(mood is j.mood) for mood in MOODS] for j in judgements])
    w = np.random.default_rng(0).uniform(0.2, 1, 40)
    kept = np.full(5, 0.9)
    for number, one in enumerate(_candidates(P, Y, w, P, kept)):
        heard, meant = MOODS.index(one.shift.heard), MOODS.index(one.shift.meant)
        way = np.zeros_like(P)
        way[:, meant], way[:, heard] = P[:, heard], -P[:, heard]
        for i in range(40):
            rest = np.delete(np.arange(40), i)
            (again,) = (
                c
                for c in _candidates(P[rest], Y[rest], w[rest], P[rest], kept)
                if c.shift[:2] == one.shift[:2]
            )
            expected = P[i] + again.shift.share * way[i]
            np.testing.assert_allclose(one.left_out[i], expected, atol=1e-12)
        if number > 6:
            break


def test_a_share_is_the_least_squares_solution() -> None:
    judgements = judged(80, 4, remap=True)
    P = np.array([j.scores.values for j in judgements])
    Y = np.array([[float(mood is j.mood) for mood in MOODS] for j in judgements])
    w = np.ones(80)
    (found,) = (
        c.shift
        for c in _candidates(P, Y, w, P, np.ones(5))
        if c.shift[:2] == (Mood.DRAMATIC, Mood.AGGRESSIVE)
    )

    def cost(share: float) -> float:
        q = P.copy()
        q[:, 3] += share * P[:, 4]
        q[:, 4] -= share * P[:, 4]
        return float(((Y - q) ** 2).sum() + RIDGE * share**2)

    assert cost(found.share) <= min(cost(found.share - 1e-3), cost(found.share + 1e-3))


shifts = st.lists(
    st.builds(Shift, st.sampled_from(MOODS), st.sampled_from(MOODS), st.floats(0, 0.33)),
    max_size=3,
)


@given(any_scores, shifts)
def test_scores_with_a_layer_are_scores(scores: MoodScores, layer: list[Shift]) -> None:
    found = apply(layer, scores)  # MoodScores itself refuses what is none
    assert sum(found.values) == pytest.approx(1)
    assert (found.valence, found.arousal) == (scores.valence, scores.arousal)
    if not layer:
        assert found is scores


@given(
    st.lists(st.tuples(any_scores, st.sampled_from(MOODS), st.booleans()), max_size=60), any_scores
)
def test_whatever_was_judged_the_layer_gives_scores(
    rows: list[tuple[MoodScores, Mood, bool]], scores: MoodScores
) -> None:
    taste = learn([Judgement(*row) for row in rows])
    assert sum(taste.apply(scores).values) == pytest.approx(1)
    assert taste.judgements == len(rows)
    for heard in MOODS:
        assert sum(s.share for s in taste.shifts if s.heard is heard) <= 1 + 1e-9
    if taste.shifts:
        assert taste.accuracy_after > taste.accuracy_before


def test_people_are_told_what_came_of_it() -> None:
    layer = (Shift(Mood.DRAMATIC, Mood.AGGRESSIVE, 0.8),)
    assert str(Taste(34, 40, 0.4749, 0.614, layer).sentence) == (
        "MISO has learned from 34 of your corrections: "
        "of what you judged, it gets 61 % right instead of 47 %."
    )
    assert "Corrected so far: 3." in str(Taste(3, 2).sentence)
    assert "found no rule" in str(Taste(34, 40, 0.5, 0.5).sentence)
