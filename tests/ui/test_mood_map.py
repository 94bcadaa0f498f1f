"""The library on the plane: every track where it feels, under the pointer by its name."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from miso_desktop.ui.pages.mood_map import MapPage
from miso_desktop.ui.window import Window
from tests.ui.fake import FakeMiso, tracks


@pytest.fixture
def page(window: Window, qtbot: QtBot, miso: FakeMiso) -> MapPage:
    miso.library = tracks()
    window.session.shelf.refresh()
    window.open_page("map")
    made = window.page("map")
    assert isinstance(made, MapPage)
    qtbot.waitUntil(lambda: len(made.scatter._places) == 6)
    return made


def test_brighter_lies_to_the_right_and_livelier_above(page: MapPage) -> None:
    places = {track.title: page.scatter.place(track) for track in page.scatter._tracks}
    happy, sad, romantic = places["늦은 오후"], places["Letters in Blue"], places["Paper Moon"]
    assert happy.x() > sad.x()
    assert happy.y() < romantic.y()


def test_what_is_missing_is_not_on_the_map(page: MapPage) -> None:
    assert "Lost Drive" not in {track.title for track in page.scatter._tracks}
    assert page.head.note.text().startswith("6 songs")


def test_a_press_on_a_dot_plays_it(
    window: Window, page: MapPage, qtbot: QtBot, miso: FakeMiso
) -> None:
    sad = next(t for t in page.scatter._tracks if t.title == "Letters in Blue")
    spot = page.scatter.place(sad).toPoint()
    qtbot.mouseMove(page.scatter, spot)
    qtbot.mouseClick(page.scatter, Qt.MouseButton.LeftButton, pos=spot)
    qtbot.waitUntil(lambda: window.bar.title.text() == "Letters in Blue")
    assert page.scatter._playing == sad.id


def test_a_press_beside_the_dots_plays_nothing(page: MapPage, qtbot: QtBot, miso: FakeMiso) -> None:
    middle = page.scatter.rect().center()
    qtbot.mouseClick(page.scatter, Qt.MouseButton.LeftButton, pos=middle)
    assert miso.queue == []


def test_the_search_lets_the_others_step_back(page: MapPage, qtbot: QtBot) -> None:
    page.search.setText("sad")
    page.scatter.grab()
    assert [track.title for track in page.scatter._shown] == ["Letters in Blue"]
