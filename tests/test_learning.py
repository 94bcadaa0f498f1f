"""Learning: after a pause, elsewhere, and without ever getting in the way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from miso_desktop import learning
from miso_desktop.errors import AnalysisFailed, LibraryError
from miso_desktop.learning import Learning
from miso_desktop.library import Library
from miso_desktop.moods import Mood
from miso_desktop.phrases import phrase
from miso_desktop.taste import Taste
from tests.library.samples import SAD, analysis, music

WAIT_S = 20.0


class HeldWorkers:
    """Workers that do what they were given when they are told to."""

    def __init__(self) -> None:
        self.given: list[tuple[Future[Any], Callable[[], Any]]] = []
        self.came = threading.Event()

    def run(self, limit_s: float, path: Path, function: Any, *args: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.given.append((future, lambda: function(*args)))
        self.came.set()
        return future

    def work(self) -> None:
        for future, call in self.given:
            future.set_result(call())
        self.given.clear()


class ReadyWorkers(HeldWorkers):
    def run(self, *args: Any) -> Future[Any]:
        future = super().run(*args)
        self.work()
        return future


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """Forty tracks, all heard as sad; nine in ten are romantic to the person."""
    folder = tmp_path / "music"
    folder.mkdir()
    with Library(tmp_path / "library.db") as library:
        for path in music(folder, *(f"{n}.mp3" for n in range(40))):
            library.tracks.store(analysis(path, SAD))
        for track in library.tracks.all()[:36]:
            library.tracks.correct(track.id, Mood.ROMANTIC)
        yield library


@pytest.fixture
def workers() -> HeldWorkers:
    return HeldWorkers()


@pytest.fixture
def learner(library: Library, workers: HeldWorkers) -> Iterator[Learning]:
    made = Learning(library.taste, lambda: workers)  # type: ignore[arg-type,return-value]
    yield made
    made.close()


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "DELAY_S", 0.0)


def test_what_was_learned_is_stored_and_told(
    library: Library, learner: Learning, workers: HeldWorkers, at_once: None
) -> None:
    told: list[Taste] = []
    learner.learned = lambda: told.append(library.taste.load())
    learner.soon()
    assert workers.came.wait(WAIT_S)
    assert told == []
    workers.work()
    (taste,) = told
    assert taste.corrections == 36
    assert taste.shifts[0][:2] == (Mood.SAD, Mood.ROMANTIC)
    assert library.tracks.all()[-1].scores.top is Mood.ROMANTIC


def test_of_several_corrections_in_a_row_the_last_one_starts_it(
    learner: Learning, workers: HeldWorkers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "DELAY_S", 0.5)
    for _ in range(20):
        learner.soon()
    assert workers.came.wait(WAIT_S)
    learner.close()
    assert len(workers.given) == 1


def test_closing_gives_up_what_was_to_come(learner: Learning, workers: HeldWorkers) -> None:
    learner.soon()
    learner.close()
    learner.soon()  # too late, and no mistake
    learner._after_pause()  # by a timer that could not be stopped any more
    assert not workers.came.is_set()
    learner.close()


def test_workers_that_are_stopped_under_way_are_no_news(
    library: Library,
    learner: Learning,
    workers: HeldWorkers,
    at_once: None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    learner.soon()
    assert workers.came.wait(WAIT_S)
    learner.close()
    workers.given[0][0].set_exception(AnalysisFailed(phrase("it was stopped")))
    assert library.taste.load() == Taste()
    assert caplog.text == ""


def test_waiting_for_it_means_that_it_is_stored(library: Library, learner: Learning) -> None:
    learner.at_once(ReadyWorkers())  # type: ignore[arg-type]
    assert library.taste.load().shifts


def test_what_is_forgotten_meanwhile_stays_forgotten(
    library: Library, learner: Learning, workers: HeldWorkers, at_once: None
) -> None:
    told: list[str] = []
    learner.learned = lambda: told.append("learned")
    learner.soon()
    assert workers.came.wait(WAIT_S)
    library.taste.forget()
    workers.work()
    assert library.taste.load() == Taste()
    assert told == []


def test_where_nothing_was_judged_no_worker_is_started(tmp_path: Path, at_once: None) -> None:
    def refuse() -> HeldWorkers:
        raise AssertionError("there is nothing to do")

    with Library(tmp_path / "empty.db") as library:
        learner = Learning(library.taste, refuse)  # type: ignore[arg-type]
        learner.soon()
        learner.close()
        learner.at_once(HeldWorkers())  # type: ignore[arg-type]


def test_when_the_last_correction_is_taken_back_so_is_what_it_taught(
    library: Library, learner: Learning
) -> None:
    learner.at_once(ReadyWorkers())  # type: ignore[arg-type]
    for track in library.tracks.all():
        library.tracks.correct(track.id, None)
    learner.at_once(ReadyWorkers())  # type: ignore[arg-type]
    assert library.taste.load() == Taste()
    assert library.tracks.all()[0].learned_scores is None


@pytest.mark.parametrize("error", [LibraryError(phrase("the disk is full")), ValueError("a bug")])
def test_what_goes_wrong_is_logged_and_never_raised(
    library: Library,
    learner: Learning,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    def refuse(*_: object) -> bool:
        raise error

    monkeypatch.setattr(library.taste, "store", refuse)
    learner.at_once(ReadyWorkers())  # type: ignore[arg-type]
    assert str(error) in caplog.text


def test_a_library_that_cannot_be_read_is_logged(
    library: Library,
    learner: Learning,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuse() -> None:
        raise LibraryError(phrase("the drive is gone"))

    monkeypatch.setattr(library.taste, "lesson", refuse)
    learner.at_once(HeldWorkers())  # type: ignore[arg-type]
    assert "the drive is gone" in caplog.text
