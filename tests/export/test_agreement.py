"""An export that says something else than its checkpoint is refused."""

from __future__ import annotations

import pytest

from miso_desktop.export.agreement import Agreement, Disagreement, word_f1


@pytest.mark.parametrize(
    ("this", "that", "f1"),
    [
        ("a dog", "a dog", 1.0),
        ("a dog", "dog a", 1.0),
        ("a dog", "two cats", 0.0),
        ("a a dog", "a dog", 0.8),
        ("a dog", "a dog on the beach at night", 4 / 9),
        ("", "", 1.0),
        ("", "a dog", 0.0),
    ],
)
def test_captions_agree_by_their_words(this: str, that: str, f1: float) -> None:
    assert word_f1(this, that) == pytest.approx(f1)
    assert word_f1(that, this) == pytest.approx(f1)


def test_agreement_counts_equal_captions_and_shared_words() -> None:
    agreement = Agreement.between(["a dog", "a cat"], ["a dog", "a man"])
    assert agreement == Agreement(same=0.5, words=0.75)
    assert agreement.figures() == {"same": 0.5, "words": 0.75}


def test_too_little_agreement_is_refused_and_says_how_little() -> None:
    agreement = Agreement(same=0.5, words=0.75)
    agreement.demand("int8", same=0.5, words=0.75)
    with pytest.raises(Disagreement, match=r"int8: 50% .* 75% .* at least 60% and 0%"):
        agreement.demand("int8", same=0.6)
    with pytest.raises(Disagreement, match=r"at least 0% and 80%"):
        agreement.demand("int8", words=0.8)
