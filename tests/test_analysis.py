"""A worker that hangs, dies or eats memory costs one file, never the program."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from miso_desktop.analysis import PHOTO_LIMIT_S, Workers
from miso_desktop.errors import AnalysisFailed, UnreadablePhoto
from miso_desktop.phrases import phrase
from miso_desktop.values import ModelServer

FILE = Path("holiday.jpg")


def process_id() -> int:
    return os.getpid()


def hang() -> None:
    time.sleep(60)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def eat() -> int:
    return len(bytearray(1 << 40))


def refuse() -> None:
    raise UnreadablePhoto(phrase("{path} is no photo", path=str(FILE)), FILE)


def stumble() -> None:
    raise ZeroDivisionError("a bug of ours")


@pytest.fixture
def workers() -> Iterator[Workers]:
    pool = Workers(1)
    yield pool
    pool.close()


def test_work_is_done_in_another_process_that_is_kept(workers: Workers) -> None:
    first, second = (workers.run(30, FILE, process_id).result() for _ in range(2))
    assert first == second != os.getpid()


@pytest.mark.parametrize(
    ("job", "words", "limit_s"),
    [(hang, "more than 1 s", 1), (die, "broke down", 30), (eat, "memory", 30)],
    ids=["hangs", "dies", "eats memory"],
)
def test_a_bad_file_is_named_and_the_next_goes_on(
    workers: Workers, job: Callable[[], object], words: str, limit_s: float
) -> None:
    workers.run(30, FILE, process_id).result()  # the worker is up: only the job counts
    with pytest.raises(AnalysisFailed, match=words) as caught:
        workers.run(limit_s, FILE, job).result(30)
    assert str(FILE) in str(caught.value)
    assert caught.value.path == FILE
    assert workers.run(30, FILE, process_id).result(30)


def test_an_error_a_person_can_mend_comes_back_as_it_was(workers: Workers) -> None:
    with pytest.raises(UnreadablePhoto, match=r"holiday\.jpg is no photo"):
        workers.run(30, FILE, refuse).result(30)


def test_a_bug_is_not_dressed_up(workers: Workers) -> None:
    with pytest.raises(ZeroDivisionError):
        workers.run(30, FILE, stumble).result(30)


def test_closing_does_not_wait_for_what_is_under_way() -> None:
    pool = Workers(1)
    job = pool.run(60, FILE, hang)
    time.sleep(0.5)
    started = time.monotonic()
    pool.close()
    assert time.monotonic() - started < 10
    with pytest.raises(AnalysisFailed):
        job.result(1)


def test_closing_a_pool_that_never_worked() -> None:
    Workers(2).close()


def test_the_time_of_language_models_comes_on_top_of_the_photos(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool = Workers(1)
    limits: list[float] = []
    monkeypatch.setattr(pool, "run", lambda limit_s, *_: limits.append(limit_s))
    pool.read_photo(FILE)
    pool.read_photo(FILE, None, ModelServer("http://127.0.0.1:1", limit_s=300.0))
    pool.close()
    assert limits == [PHOTO_LIMIT_S, PHOTO_LIMIT_S + 300.0]
