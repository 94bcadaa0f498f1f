"""CIDEr-D rewards what several people said, and rare words more than common ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miso_desktop.training.cider import CiderD, words

CORPUS = [
    ["a dog runs on the beach", "a brown dog is running"],
    ["a man rides a horse", "a man on a horse"],
    ["two children play with a ball", "kids playing ball in a park"],
]
WORDS = ["a", "dog", "man", "horse", "runs", "beach", "ball", "xylophone"]
sentences = st.lists(st.sampled_from(WORDS), max_size=9)


def score(caption: str, references: list[str]) -> float:
    measure = CiderD(CORPUS)
    return measure.score(measure.vector(caption), [measure.vector(r) for r in references])


def test_saying_what_everybody_says_is_worth_ten() -> None:
    assert score("a brown dog is running", ["a brown dog is running"] * 3) == pytest.approx(10)


def test_words_of_another_photo_are_worth_nothing() -> None:
    assert score("xylophone", CORPUS[0]) == 0


def test_a_word_that_every_photo_shares_is_worth_less_than_a_rare_one() -> None:
    references = ["a dog"]
    assert score("dog", references) > score("a", references)


def test_a_caption_is_not_made_better_by_repeating_itself() -> None:
    once = score("a dog runs on the beach", CORPUS[0])
    assert score("a dog runs on the beach a dog runs on the beach", CORPUS[0]) < once


def test_case_and_punctuation_do_not_count() -> None:
    assert words("A man's T-shirt.") == ["a", "man", "s", "t", "shirt"]
    assert score("A DOG, runs on the beach!", CORPUS[0]) == pytest.approx(
        score("a dog runs on the beach", CORPUS[0])
    )


@given(sentences, sentences)
def test_a_score_lies_between_nothing_and_ten(one: list[str], other: list[str]) -> None:
    assert 0 <= score(" ".join(one), [" ".join(other)]) <= 10 + 1e-9
