"""A job reports every chunk; people hear of every percentage once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miso_desktop.progress import each_percent, percent


@given(st.integers(0, 10**12), st.integers(1, 10**12))
def test_a_percentage_is_rounded_down_and_100_only_at_the_end(done: int, total: int) -> None:
    done = min(done, total)
    assert 0 <= percent(done, total) <= 100
    assert (percent(done, total) == 100) == (done == total)


def test_of_nothing_all_is_done() -> None:
    assert percent(0, 0) == 100


@pytest.mark.parametrize(("step", "told"), [(1, list(range(101))), (10, list(range(0, 101, 10)))])
def test_every_step_is_told_once_by_its_first_report(step: int, told: list[int]) -> None:
    heard: list[tuple[int, int]] = []
    report = each_percent(lambda done, total: heard.append((done, total)), step)
    for done in range(0, 100_001, 7):
        report(done, 100_000)
    report(100_000, 100_000)
    report(100_000, 100_000)
    assert [percent(*much) for much in heard] == told
    assert all(done - 7 < 1000 * each for (done, _), each in zip(heard, told, strict=True))


def test_what_was_told_before_is_not_told_again() -> None:
    heard: list[int] = []
    report = each_percent(lambda done, _: heard.append(done), told=0)
    for done in (0, 1, 1, 2):
        report(done, 100)
    assert heard == [1, 2]
