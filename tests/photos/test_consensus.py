"""Of several sentences the one that they agree on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miso_desktop.photos.consensus import alike, grams_of, most_agreed

DOG, CAT, RUNS, SITS, A, BIG = range(6)
SENTENCES = st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=8), min_size=1, max_size=6)


def test_the_odd_one_out_is_not_taken_though_it_is_the_likeliest() -> None:
    sentences = [[A, CAT, SITS], [A, DOG, RUNS], [A, BIG, DOG, RUNS], [A, DOG, RUNS, BIG]]
    assert most_agreed(sentences, [-1.0, -1.1, -1.2, -1.2]) == 1


def test_unlikely_sentences_have_little_to_say() -> None:
    sentences = [[A, CAT, SITS], [A, DOG, RUNS], [A, DOG, RUNS, BIG]]
    assert most_agreed(sentences, [-1.0, -9.0, -9.0]) == 0


@given(SENTENCES)
def test_alone_or_among_others_one_of_them_is_taken(sentences: list[list[int]]) -> None:
    assert 0 <= most_agreed(sentences, [0.0] * len(sentences)) < len(sentences)


@given(SENTENCES)
def test_likeness_is_mutual_and_full_with_itself(sentences: list[list[int]]) -> None:
    first, last = grams_of(sentences[0]), grams_of(sentences[-1])
    assert alike(first, first) == pytest.approx(1.0)
    assert alike(first, last) == pytest.approx(alike(last, first))
    assert 0.0 <= alike(first, last) <= 1.0


def test_the_order_of_words_counts() -> None:
    same, turned = grams_of([A, DOG, RUNS, BIG]), grams_of([BIG, RUNS, DOG, A])
    assert 0 < alike(same, turned) < 0.5
