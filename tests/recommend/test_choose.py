import random
from collections import Counter
from itertools import pairwise, product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from miso_desktop.errors import NothingToPlay
from miso_desktop.moods import MOODS, Mood, MoodScores
from miso_desktop.recommend.choose import _apart, choose, freshness
from miso_desktop.recommend.closeness import felt
from miso_desktop.values import Genre
from tests.recommend.tracks import NOW, any_scores, libraries, scores, track

counts = st.integers(1, 50)
seeds = st.integers(0, 2**32)


def ids(picks):
    return [pick.track.id for pick in picks]


@settings(max_examples=60)
@given(any_scores, libraries(), counts, seeds)
def test_a_queue_holds_only_tracks_that_are_there_each_once(photo, library, count, seed):
    available = {one.id for one in library if one.available}
    assume(available)
    chosen = ids(choose(photo, library, count=count, seed=seed, now=NOW))
    assert len(chosen) == len(set(chosen)) == min(count, len(available))
    assert set(chosen) <= available


@settings(max_examples=60)
@given(any_scores, libraries(min_size=1), counts, seeds, st.randoms(use_true_random=False))
def test_a_seed_repeats_the_queue_in_whatever_order_the_library_comes(
    photo, library, count, seed, shuffler
):
    assume(any(one.available for one in library))
    shuffled = list(library)
    shuffler.shuffle(shuffled)
    once = choose(photo, library, count=count, seed=seed, now=NOW)
    assert choose(photo, shuffled, count=count, seed=seed, now=NOW) == once


@settings(max_examples=60)
@given(any_scores, libraries(), counts, seeds)
def test_every_track_of_the_photos_mood_is_taken_before_any_other(photo, library, count, seed):
    available = [one for one in library if one.available]
    assume(available)
    picks = choose(photo, library, count=count, seed=seed, now=NOW)
    of_mood = sum(felt(one).top is photo.top for one in available)
    fits = [felt(pick.track).top is photo.top for pick in picks]
    first = min(of_mood, len(picks))
    assert fits == [True] * first + [False] * (len(picks) - first)


@settings(max_examples=60)
@given(any_scores, libraries(), counts, seeds)
def test_no_artist_follows_itself_where_another_order_avoids_it(photo, library, count, seed):
    assume(any(one.available for one in library))
    picks = choose(photo, library, count=count, seed=seed, now=NOW)
    artists = [
        pick.track.tags.artist or str(pick.track.id)
        for pick in picks
        if felt(pick.track).top is photo.top
    ]
    most = max(Counter(artists).values(), default=0)
    neighbours = sum(a == b for a, b in pairwise(artists))
    # Between n tracks of one artist there are n - 1 gaps; the others fill them.
    assert neighbours == max(0, most - 1 - (len(artists) - most))


@settings(max_examples=60)
@given(any_scores, libraries(), counts, seeds)
def test_what_is_of_another_mood_comes_nearest_first(photo, library, count, seed):
    assume(any(one.available for one in library))
    picks = choose(photo, library, count=count, seed=seed, now=NOW)
    rest = [pick.score for pick in picks if felt(pick.track).top is not photo.top]
    assert rest == sorted(rest, reverse=True)


@settings(max_examples=60)
@given(any_scores, libraries(min_size=1), seeds)
def test_the_score_is_closeness(photo, library, seed):
    assume(any(one.available for one in library))
    for pick in choose(photo, library, seed=seed, now=NOW):
        expected = max(0.0, 1 - photo.distance(felt(pick.track)))
        assert pick.score == pytest.approx(expected, abs=1e-9)
        assert 0 <= pick.score <= 1


def test_a_seed_repeats_the_queue_of_tracks_that_are_all_alike_too():
    library = [track(n, scores(Mood.SAD)) for n in range(50)]
    once = choose(scores(Mood.SAD), library, count=10, seed=5, now=NOW)
    assert choose(scores(Mood.SAD), library[::-1], count=10, seed=5, now=NOW) == once


@pytest.mark.parametrize("length", range(7))
def test_artists_are_kept_apart_as_far_as_they_can_be(length):
    for artists in product((0, 1, 2), repeat=length):
        order = _apart(artists)
        assert sorted(order) == list(range(length))
        most = max(Counter(artists).values(), default=0)
        neighbours = sum(artists[a] == artists[b] for a, b in pairwise(order))
        assert neighbours == max(0, most - 1 - (length - most))


def test_an_order_in_which_artists_are_apart_already_stays():
    assert _apart([0, 1, 2, 0, 2, 1]) == [0, 1, 2, 3, 4, 5]


def test_without_a_seed_queues_differ():
    library = [track(n, scores(Mood.SAD, 0.5)) for n in range(200)]
    queues = {tuple(ids(choose(scores(Mood.SAD), library, now=NOW))) for _ in range(5)}
    assert len(queues) > 1


def how_often(wanted, library, photo, *, rounds=300, count=1):
    drawn = Counter(
        number
        for seed in range(rounds)
        for number in ids(choose(photo, library, count=count, seed=seed, now=NOW))
    )
    return [drawn[number] for number in wanted]


def test_closer_tracks_are_picked_more_often():
    photo = scores(Mood.SAD, 0.8, -0.5, -0.5)
    library = [track(n, scores(Mood.SAD, 0.8 - 0.1 * n, -0.5, -0.5)) for n in range(5)]
    often = how_often(range(5), library, photo)
    assert often == sorted(often, reverse=True)
    assert often[0] > 2 * often[2] > 0


def test_in_a_large_library_only_what_is_near_is_played():
    rng = random.Random(7)
    library = [
        track(
            n,
            MoodScores.of([rng.random() for _ in MOODS], rng.uniform(-1, 1), rng.uniform(-1, 1)),
        )
        for n in range(3000)
    ]
    photo = scores(Mood.ROMANTIC, 0.5, 0.4, -0.3)
    ranked = sorted(
        photo.distance(one.scores) for one in library if one.scores.top is Mood.ROMANTIC
    )
    for pick in choose(photo, library, count=20, seed=3, now=NOW):
        assert 1 - pick.score <= ranked[100]


def test_a_track_that_was_just_played_waits():
    library = [track(n, scores(Mood.HAPPY), last_played_at=NOW - 60, plays=1) for n in range(4)]
    library += [track(n, scores(Mood.HAPPY), last_played_at=NOW - 1e7, plays=1) for n in (4, 5)]
    often = how_often(range(6), library, scores(Mood.HAPPY))
    assert sum(often[4:]) > 3 * sum(often[:4]) > 0


@given(st.floats(0, 2 * NOW), st.floats(0, 2 * NOW))
def test_freshness_stays_in_its_bounds_whatever_the_clocks_say(added, played):
    assert 0.1 - 1e-9 <= freshness(track(1, added_at=added, last_played_at=played), NOW) <= 1.3


def test_freshness_grows_with_rest_and_is_highest_for_the_new():
    days = [0, 1, 3, 10, 100]
    rested = [freshness(track(1, last_played_at=NOW - d * 86_400), NOW) for d in days]
    assert rested == sorted(rested)
    assert rested[0] == pytest.approx(0.1)
    assert rested[-1] == pytest.approx(1.0)
    assert freshness(track(1, added_at=NOW), NOW) == pytest.approx(1.3)
    assert freshness(track(1, added_at=NOW - 1e8), NOW) == pytest.approx(1.0)


def test_one_artist_does_not_fill_the_queue():
    library = [track(n, scores(Mood.SAD), artist="Prolific") for n in range(60)]
    library += [track(60 + n, scores(Mood.SAD), artist=f"Artist {n}") for n in range(40)]
    mean = sum(how_often(range(60), library, scores(Mood.SAD), rounds=30, count=10)) / 30
    assert mean < 3.5  # 6 of 10 by their number alone


def test_the_same_song_in_two_files_is_played_once():
    library = [
        track(n, scores(Mood.SAD), artist=f"Artist {n // 2}", title=f"Song {n // 2}")
        for n in range(60)
    ]
    for seed in range(20):
        picks = choose(scores(Mood.SAD), library, count=15, seed=seed, now=NOW)
        assert len({pick.track.title for pick in picks}) == 15


def test_what_the_person_called_romantic_is_played_for_a_romantic_photo():
    library = [track(n, scores(Mood.SAD)) for n in range(30)]
    library.append(track(99, scores(Mood.AGGRESSIVE, 0.5), corrected=Mood.ROMANTIC))
    (pick,) = choose(scores(Mood.ROMANTIC), library, count=1, seed=1, now=NOW)
    assert pick.track.id == 99
    assert str(pick.why).startswith("you called it romantic")


def test_only_the_genre_that_was_asked_for():
    library = [track(n, genres=("K-Pop",)) for n in range(5)]
    library += [track(n, genres=("Pop",)) for n in range(5, 10)]
    library += [track(n, genres=("Jazz",)) for n in range(10, 15)]

    def chosen(genre):
        return set(ids(choose(scores(), library, genre=genre, seed=0, now=NOW)))

    assert chosen(Genre.KPOP) == set(range(5))
    assert chosen(Genre.POP) == set(range(5, 10))
    assert chosen(Genre.BOTH) == set(range(10))
    assert chosen(Genre.ANY) == set(range(15))


@pytest.mark.parametrize(
    ("library", "genre", "words"),
    [
        ([], Genre.ANY, "empty. Add a folder"),
        ([track(1, available=False)], Genre.ANY, "drive with the music plugged in"),
        ([track(1, genres=("Jazz",))], Genre.KPOP, "tagged as K-pop. Choose any genre"),
        ([track(1, genres=("Jazz",))], Genre.BOTH, "tagged as K-pop or pop"),
    ],
)
def test_where_there_is_nothing_to_play_the_message_says_what_to_do(library, genre, words):
    with pytest.raises(NothingToPlay, match=words):
        choose(scores(), library, genre=genre, now=NOW)


def test_a_queue_of_nothing_is_a_mistake():
    with pytest.raises(ValueError, match="at least one"):
        choose(scores(), [track(1)], count=0, now=NOW)


@settings(max_examples=20)
@given(st.integers(1, 30), seeds)
def test_tracks_that_are_all_alike_can_be_chosen_from(size, seed):
    library = [track(n, scores(Mood.HAPPY), artist="One", title="Same") for n in range(size)]
    assert len(choose(scores(Mood.HAPPY), library, count=30, seed=seed, now=NOW)) == size
