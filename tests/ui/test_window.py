"""The window as a whole: pages, themes, languages, what it remembers."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QSlider, QWidget
from pytestqt.qtbot import QtBot

from miso_desktop import paths, settings
from miso_desktop.errors import LibraryError
from miso_desktop.moods import Mood
from miso_desktop.phrases import phrase
from miso_desktop.taste import Shift, Taste
from miso_desktop.ui import theme, tokens
from miso_desktop.ui.app import make_window
from miso_desktop.ui.pages.reading import ReadingPage
from miso_desktop.ui.pages.settings import SettingsPage
from miso_desktop.ui.segmented import Segmented
from miso_desktop.ui.window import PAGES, Window
from miso_desktop.values import Check, Genre
from tests.ui.fake import FakeMiso, reading, scores, tracks
from tests.ui.test_photos import drop


@pytest.mark.parametrize("key", PAGES)
def test_every_page_opens_by_the_rail_and_by_its_number(
    window: Window, qtbot: QtBot, key: str
) -> None:
    qtbot.mouseClick(window.rail.button(key), Qt.MouseButton.LeftButton)
    assert window.current == key
    assert window.stack.currentWidget() is window.page(key)
    window.open_page("home")
    number = Qt.Key(Qt.Key.Key_1 + list(PAGES).index(key))
    qtbot.keyClick(window, number, Qt.KeyboardModifier.ControlModifier)
    assert window.current == key


@pytest.mark.parametrize("view", [(key, look) for key in PAGES for look in ("light", "dark")])
def test_every_page_paints_in_every_theme(
    window: Window, qtbot: QtBot, miso: FakeMiso, photo: Path, view: tuple[str, str]
) -> None:
    key, look = view
    miso.library = tracks()
    miso.readings.append(reading(photo))
    window.session.shelf.refresh()
    window.session.readings.show(miso.readings[0])
    window.session.change("theme", look)
    window.open_page(key)
    qtbot.waitUntil(lambda: bool(window.session.playing.proposal))
    image = window.grab().toImage()
    palette = tokens.DARK if look == "dark" else tokens.LIGHT
    ratio = image.devicePixelRatio()
    bar = image.pixelColor(int(4 * ratio), int((window.height() - 4) * ratio))
    assert bar == theme.colour(palette.card)


def test_the_theme_can_be_chosen_and_is_kept(window: Window, qtbot: QtBot, miso: FakeMiso) -> None:
    page = window.page("settings")
    assert isinstance(page, SettingsPage)
    page.theme.choose("dark")
    assert theme.palette() is tokens.DARK
    qtbot.waitUntil(lambda: miso.settings.theme == "dark")
    page.theme.choose("light")
    assert theme.palette() is tokens.LIGHT


def test_another_language_rebuilds_the_window_where_it_was(
    window: Window, qtbot: QtBot, miso: FakeMiso, photo: Path
) -> None:
    window.session.readings.show(reading(photo))
    window.open_page("settings")
    before = window.content
    page = window.page("settings")
    assert isinstance(page, SettingsPage)
    page.language.choose("ko")
    qtbot.waitUntil(lambda: window.content is not before)
    assert window.current == "settings"
    assert window.session.readings.photo == photo
    qtbot.waitUntil(lambda: miso.settings.language == "ko")


def test_a_language_that_is_no_longer_spoken_does_not_shut_the_settings(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.session.change("language", "ko")
    monkeypatch.setattr("miso_desktop.ui.pages.settings.translated", lambda: ("en",))
    window.open_page("settings")
    page = window.page("settings")
    assert isinstance(page, SettingsPage)
    assert page.language.value == ""


def test_the_genre_chosen_beside_the_queue_is_kept_and_asked_for(
    window: Window, qtbot: QtBot, miso: FakeMiso, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Genre] = []
    choose = miso.queue_for

    def noting(made, genre=Genre.ANY, count=20, seed=None):  # type: ignore[no-untyped-def]
        asked.append(genre)
        return choose(made, genre, count, seed)

    monkeypatch.setattr(miso, "queue_for", noting)
    miso.library = tracks()
    window.session.readings.show(reading(photo))
    page = window.page("reading")
    assert isinstance(page, ReadingPage)
    place = page.genre.centre_of("kpop").toPoint()
    qtbot.mouseClick(page.genre, Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: bool(asked) and asked[-1] is Genre.KPOP)
    assert miso.settings.genre == Genre.KPOP


def test_the_arrow_keys_move_between_choices(qtbot: QtBot) -> None:
    control = Segmented("Which", {"a": "A", "b": "B"}, "a")
    qtbot.addWidget(control)
    with qtbot.waitSignal(control.chosen):
        qtbot.keyClick(control, Qt.Key.Key_Right)
    assert control.value == "b"
    qtbot.keyClick(control, Qt.Key.Key_Right)
    assert control.value == "a"


@pytest.mark.parametrize("key", PAGES)
def test_every_control_has_a_name_for_those_who_cannot_see_it(
    window: Window, qtbot: QtBot, miso: FakeMiso, photo: Path, key: str
) -> None:
    window.session.readings.show(reading(photo))
    window.open_page(key)
    kinds = (QAbstractButton, QLineEdit, QSlider, Segmented)
    nameless = [
        widget
        for widget in window.findChildren(QWidget)
        if isinstance(widget, kinds)
        and widget.isVisible()
        and widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        and not (widget.accessibleName() or getattr(widget, "text", str)())
    ]
    assert not nameless


def test_the_tab_key_reaches_the_transport(window: Window, qtbot: QtBot) -> None:
    reached: set[QWidget | None] = set()
    window.activateWindow()
    for _ in range(60):
        window.focusNextChild()
        reached.add(QApplication.focusWidget())
    assert {window.rail.button(key) for key in PAGES} & reached
    assert window.bar.mute in reached
    assert window.bar.volume in reached


def test_the_size_is_remembered(qtbot: QtBot, qapp: QApplication, home: Path) -> None:
    first = make_window(qapp, FakeMiso)
    first.show()
    first.resize(first.width(), 700)
    first.close()
    second = make_window(qapp, FakeMiso)
    second.show()
    assert second.height() == 700
    second.close()


def test_a_library_that_cannot_be_opened_is_told_in_the_page(
    qtbot: QtBot, qapp: QApplication, photo: Path, tmp_path: Path
) -> None:
    def broken() -> FakeMiso:
        raise LibraryError(phrase("library.db was written by a newer MISO. Install that one."))

    window = make_window(qapp, broken)
    window.show()
    drop(window, photo)  # before and after it is known
    qtbot.waitUntil(lambda: "newer MISO" in window.banner.message)
    page = window.page("reading")
    assert isinstance(page, ReadingPage)
    assert page.title.text() == "This photo cannot be read"
    window.open_page("home")
    for later in (photo, tmp_path, tmp_path / "blip.miso"):
        window.banner.hide()
        drop(window, later)
        assert window.banner.isVisible()
        assert "newer MISO" in window.banner.message
    assert page.title.text() == "This photo cannot be read"
    assert not window.session.shelf.scanning
    window.session.change("theme", "dark")
    window.close()
    assert settings.load(paths.settings_file()).theme == "dark"


def test_closing_before_the_library_is_open_closes_it_all_the_same(
    qtbot: QtBot, qapp: QApplication
) -> None:
    made: list[FakeMiso] = []

    def slowly() -> FakeMiso:
        made.append(FakeMiso())
        return made[0]

    window = make_window(qapp, slowly)
    window.session.open()
    window.close()
    assert all(miso.closed for miso in made)


def test_the_demo_is_offered_to_a_newcomer_only(
    window: Window, qtbot: QtBot, miso: FakeMiso, photo: Path
) -> None:
    home = window.page("home")
    assert not home.start.isHidden()
    miso.readings.append(reading(photo))
    window.session.readings.refresh()
    qtbot.waitUntil(lambda: home.start.isHidden())


def test_language_models_are_switched_on_with_an_address_of_this_machine(
    window: Window, miso: FakeMiso, qtbot: QtBot
) -> None:
    window.open_page("settings")
    page = window.page("settings")
    assert isinstance(page, SettingsPage)

    def enter(field: QLineEdit, text: str) -> None:
        field.setFocus()
        field.selectAll()
        qtbot.keyClicks(field, text)
        qtbot.keyClick(field, Qt.Key.Key_Return)

    enter(page.model_server, " http://127.0.0.1:11434")
    enter(page.model_names, "a, b")
    qtbot.waitUntil(lambda: miso.settings.model_names == "a, b")
    assert miso.settings.model_server == "http://127.0.0.1:11434"
    page.model_limit.chosen.emit("60")
    qtbot.waitUntil(lambda: miso.settings.model_limit_s == 60.0)
    with qtbot.waitSignal(window.session.told) as told:
        enter(page.model_server, "http://192.0.2.1:11434")
    assert "192.0.2.1" in told.args[0]
    assert window.session.settings.model_server == "http://127.0.0.1:11434"
    page.model_server.clear()
    qtbot.keyClick(page.model_server, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: miso.settings.model_server == "")


def test_settings_show_what_works_and_the_cure_for_what_does_not(
    window: Window, qtbot: QtBot
) -> None:
    window.open_page("settings")
    page = window.page("settings")
    assert isinstance(page, SettingsPage)
    qtbot.waitUntil(lambda: page.checks.count() == 4)  # two checks, each under a line
    texts = [label.text() for label in page.findChildren(QLabel)]
    assert "Install one." in texts


def test_what_works_is_tried_once_on_entry_and_again_where_the_models_are_others(
    window: Window, miso: FakeMiso, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[list[str]] = []

    def doctor() -> list[Check]:
        tried.append([model.name for model in miso.known_models if model.in_use])
        return FakeMiso.doctor(miso)

    def settle() -> None:
        """Until the models are listed, and all that was started behind them has ended."""
        ended: list[object] = []
        qtbot.waitUntil(lambda: window.session.adding.models == miso.known_models)
        window.session.background.run(lambda: None, ended.append)
        qtbot.waitUntil(lambda: bool(ended))

    monkeypatch.setattr(miso, "doctor", doctor)
    window.open_page("settings")
    settle()
    assert len(tried) == 1
    window.open_page("home")
    window.open_page("settings")
    settle()
    assert len(tried) == 2
    window.session.adding.use("scene")
    qtbot.waitUntil(lambda: len(tried) == 3)
    assert tried[-1] == ["scene"]


def test_settings_tell_what_was_learned_and_let_it_be_forgotten(
    window: Window, qtbot: QtBot, miso: FakeMiso
) -> None:
    window.open_page("settings")
    page = window.page("settings")
    assert isinstance(page, SettingsPage)
    row = page.taste
    assert "Corrected so far: 0" in row.said.text()
    assert not row.forget.isVisible()
    miso.taste = Taste(34, 12, 0.47, 0.61, (Shift(Mood.DRAMATIC, Mood.AGGRESSIVE, 0.8),))
    threading.Thread(target=miso.tell_learned).start()  # as a worker's thread does
    qtbot.waitUntil(row.forget.isVisible)
    assert "34 of your corrections" in row.said.text()
    assert "hears as dramatic you often call aggressive" in row.shifts.text()
    qtbot.mouseClick(row.forget, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not row.forget.isVisible())
    assert miso.taste == Taste()
    assert not row.shifts.isVisible()


def test_what_was_learned_shows_in_the_library_without_being_asked_for(
    window: Window, qtbot: QtBot, miso: FakeMiso
) -> None:
    miso.library = [replace(t, learned_scores=scores(Mood.HAPPY)) for t in tracks()]
    miso.tell_learned()
    qtbot.waitUntil(lambda: len(window.session.shelf.tracks) == len(miso.library))
    assert {t.scores.top for t in window.session.shelf.tracks} == {Mood.HAPPY}
