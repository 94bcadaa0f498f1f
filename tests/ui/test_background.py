"""The one road from other threads to the window."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future

import pytest
from PySide6.QtCore import QObject
from pytestqt.exceptions import capture_exceptions
from pytestqt.qtbot import QtBot

from miso_desktop.errors import MisoError
from miso_desktop.phrases import phrase
from miso_desktop.ui.background import Background


@pytest.fixture
def background(qtbot: QtBot) -> Iterator[Background]:
    made = Background(2)
    yield made
    made.close()


def test_work_is_done_elsewhere_and_its_result_comes_to_the_window_s_thread(
    background: Background, qtbot: QtBot
) -> None:
    where: list[threading.Thread] = []

    def work() -> int:
        where.append(threading.current_thread())
        return 42

    def done(result: int) -> None:
        assert result == 42
        where.append(threading.current_thread())

    background.run(work, done)
    qtbot.waitUntil(lambda: len(where) == 2)
    assert where[0] is not threading.main_thread()
    assert where[1] is threading.main_thread()


def test_what_a_person_can_mend_goes_to_failed(background: Background, qtbot: QtBot) -> None:
    failures: list[MisoError] = []

    def work() -> None:
        raise MisoError(phrase("the file is gone"))

    background.run(work, failed=failures.append)
    qtbot.waitUntil(lambda: len(failures) == 1)


def test_a_bug_is_told_and_raised_in_the_window_s_thread(
    background: Background, qtbot: QtBot
) -> None:
    told: list[MisoError] = []

    def work() -> None:
        raise ZeroDivisionError("by nothing")

    with capture_exceptions() as raised:
        background.run(work, failed=told.append)
        qtbot.waitUntil(lambda: len(raised) == 1)
    assert raised[0][0] is ZeroDivisionError
    assert "ZeroDivisionError: by nothing" in str(told[0])


def test_a_future_of_somebody_else_is_delivered_too(background: Background, qtbot: QtBot) -> None:
    future: Future[str] = Future()
    got: list[str] = []
    background.attach(future, got.append)
    threading.Thread(target=lambda: future.set_result("read")).start()
    qtbot.waitUntil(lambda: got == ["read"])


def test_nothing_is_delivered_to_a_widget_that_is_gone(
    background: Background, qtbot: QtBot
) -> None:
    class Receiver(QObject):
        def take(self, value: int) -> None:
            raise AssertionError("called after its end")

    receiver, after = Receiver(), []
    future: Future[int] = Future()
    background.attach(future, receiver.take)
    background.attach(future, after.append)
    receiver.deleteLater()
    qtbot.wait(10)
    future.set_result(1)
    qtbot.waitUntil(lambda: after == [1])


def test_nothing_is_delivered_after_the_close(qtbot: QtBot) -> None:
    background = Background(1)
    future: Future[int] = Future()
    got: list[int] = []
    background.attach(future, got.append)
    background.close()
    future.set_result(1)
    qtbot.wait(20)
    assert got == []
