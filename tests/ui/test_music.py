"""Music comes in: a folder is dropped, tagged, listed, corrected."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from miso_desktop.moods import Mood
from miso_desktop.ui.pages.home import HomePage
from miso_desktop.ui.pages.library import LibraryPage
from miso_desktop.ui.track_table import MOOD, TITLE, TRACK
from miso_desktop.ui.window import Window
from tests.ui.fake import FakeMiso, scores, track, tracks
from tests.ui.test_photos import drop


def library_page(window: Window) -> LibraryPage:
    page = window.page("library")
    assert isinstance(page, LibraryPage)
    return page


def filled(window: Window, qtbot: QtBot, miso: FakeMiso) -> LibraryPage:
    miso.library = tracks()
    window.session.shelf.refresh()
    window.open_page("library")
    page = library_page(window)
    qtbot.waitUntil(lambda: page.model.rowCount() == len(miso.library))
    return page


def titles(page: LibraryPage) -> list[str]:
    return [page.model.index(row, TITLE).data() for row in range(page.model.rowCount())]


def double_click(page: LibraryPage, row: int) -> None:
    """As the mouse does it: a click, then a double click."""
    place = page.table.visualRect(page.model.index(row, TITLE)).center()
    button, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QTest.mouseClick(page.table.viewport(), button, none, place)
    QTest.mouseDClick(page.table.viewport(), button, none, place)


def test_a_dropped_folder_is_scanned_in_sight(
    window: Window, qtbot: QtBot, miso: FakeMiso, music: Path
) -> None:
    home = window.page("home")
    assert isinstance(home, HomePage)
    miso.scan_goes_on.clear()
    drop(window, music)
    qtbot.waitUntil(lambda: home.scan.current.text() == "노래.flac")
    assert home.scan.title.text() == "Listening to 내 음악"
    assert home.scan.count.text() == "3 of 7 · 1 failed"
    assert not home.scan.isHidden()
    miso.scan_goes_on.set()
    qtbot.waitUntil(lambda: home.scan.title.text() == "Ready: 내 음악")
    assert home.scan.count.text() == "6 added · 1 failed"
    failed = home.scan.failures.itemAt(0).widget()
    assert failed.text() == "broken.mp3 — it holds no sound"
    qtbot.waitUntil(lambda: home.head.note.text() == "6 songs ready")


def test_a_scan_can_be_stopped(window: Window, qtbot: QtBot, miso: FakeMiso, music: Path) -> None:
    home = window.page("home")
    assert isinstance(home, HomePage)
    miso.scan_goes_on.clear()
    drop(window, music)
    qtbot.waitUntil(lambda: home.scan.count.text() != "")
    home.scan.cancel.click()
    qtbot.waitUntil(lambda: home.scan.title.text() == "Stopped: 내 음악")
    home.scan.close_button.click()
    assert home.scan.isHidden()


def test_closing_the_window_stops_a_scan(
    window: Window, qtbot: QtBot, miso: FakeMiso, music: Path
) -> None:
    miso.scan_goes_on.clear()
    drop(window, music)
    qtbot.waitUntil(lambda: window.session.shelf.scanning)
    window.close()
    assert miso.closed


def test_folders_are_scanned_one_after_the_other(
    window: Window, qtbot: QtBot, miso: FakeMiso, music: Path, tmp_path: Path
) -> None:
    second = tmp_path / "second"
    second.mkdir()
    drop(window, music, second)
    qtbot.waitUntil(lambda: miso.known_folders == [music, second])
    page = library_page(window)
    qtbot.waitUntil(lambda: page.folders.count() == 3)  # two folders and the stretch


def test_a_single_music_file_stands_for_its_folder(
    window: Window, qtbot: QtBot, miso: FakeMiso, music: Path
) -> None:
    song = music / "노래.mp3"
    song.write_bytes(b"")
    drop(window, song)
    qtbot.waitUntil(lambda: miso.known_folders == [music])


def test_the_library_lists_hangul_titles_and_greys_what_is_missing(
    window: Window, qtbot: QtBot, miso: FakeMiso
) -> None:
    page = filled(window, qtbot, miso)
    assert {"밤편지", "늦은 오후", "Harbour Lights"} <= set(titles(page))
    row = titles(page).index("Lost Drive")
    tip = page.model.index(row, TITLE).data(Qt.ItemDataRole.ToolTipRole)
    assert tip.startswith("The file is not there")
    assert page.head.note.text().endswith("1 not found")


def test_the_search_looks_in_every_column(window: Window, qtbot: QtBot, miso: FakeMiso) -> None:
    page = filled(window, qtbot, miso)
    qtbot.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert page.search.hasFocus()
    page.search.setText("아이유")
    assert titles(page) == ["밤편지"]
    page.search.setText("album SAD")
    assert titles(page) == ["Letters in Blue"]
    assert page.head.note.text().startswith("1 song of 7")
    page.search.setText("nowhere to be found")
    assert titles(page) == []


def test_the_table_sorts_by_any_column(window: Window, qtbot: QtBot, miso: FakeMiso) -> None:
    page = filled(window, qtbot, miso)
    page.table.sortByColumn(TITLE, Qt.SortOrder.DescendingOrder)
    down = titles(page)
    page.table.sortByColumn(TITLE, Qt.SortOrder.AscendingOrder)
    assert titles(page) == down[::-1]
    page.table.sortByColumn(MOOD, Qt.SortOrder.AscendingOrder)
    order = list(Mood)
    shown = [
        order.index(page.model.index(row, MOOD).data(TRACK).scores.top)
        for row in range(page.model.rowCount())
    ]
    assert shown == sorted(shown)


def test_a_track_s_mood_may_be_corrected_in_the_table(
    window: Window, qtbot: QtBot, miso: FakeMiso
) -> None:
    page = filled(window, qtbot, miso)
    row = titles(page).index("밤편지")
    track = page.model.index(row, MOOD).data(TRACK)
    menu = page._mood_menu(track)
    next(a for a in menu.actions() if a.text() == "Dramatic").trigger()
    qtbot.waitUntil(
        lambda: page.model.index(titles(page).index("밤편지"), MOOD).data() == "dramatic"
    )
    assert miso.corrections == [(track.id, Mood.DRAMATIC)]
    tip = page.model.index(row, MOOD).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == "You said so. MISO heard: romantic"


def test_a_double_click_plays_from_that_track_on_and_leaves_out_the_missing(
    window: Window, qtbot: QtBot, miso: FakeMiso
) -> None:
    page = filled(window, qtbot, miso)
    row = titles(page).index("Paper Moon")
    double_click(page, row)
    qtbot.waitUntil(lambda: window.bar.title.text() == "Paper Moon")
    assert len(miso.queue) == 6
    assert len(miso.played) == 1


def test_play_from_here_plays_what_was_pressed_though_the_rows_have_changed(
    window: Window, qtbot: QtBot, miso: FakeMiso
) -> None:
    page = filled(window, qtbot, miso)
    row = titles(page).index("Paper Moon")
    index = page.model.index(row, TITLE)
    page._offer(page.table.visualRect(index).center())
    menu = next(m for m in page.findChildren(QMenu) if m.actions()[0].text() == "Play from here")
    page.search.setText("nothing has this name")
    assert index.data(TRACK) is None
    menu.actions()[0].trigger()
    qtbot.waitUntil(lambda: window.bar.title.text() == "Paper Moon")
    menu.close()


def test_a_folder_can_be_forgotten(
    window: Window, qtbot: QtBot, miso: FakeMiso, music: Path
) -> None:
    miso.known_folders.append(music)
    window.session.shelf.refresh()
    qtbot.waitUntil(lambda: window.session.shelf.folders == [music])
    window.session.shelf.forget(music)
    qtbot.waitUntil(lambda: window.session.shelf.folders == [])


def test_a_folder_that_is_forgotten_while_it_is_scanned_stays_forgotten(
    window: Window, qtbot: QtBot, miso: FakeMiso, music: Path, tmp_path: Path
) -> None:
    second = tmp_path / "second"
    second.mkdir()
    miso.scan_goes_on.clear()
    drop(window, music, second)
    shelf = window.session.shelf
    qtbot.waitUntil(lambda: shelf.scanning)
    miso.known_folders.append(second)
    shelf.forget(second)
    shelf.forget(music)
    qtbot.waitUntil(lambda: not shelf.scanning)
    qtbot.waitUntil(lambda: shelf.folders == [])
    assert miso.known_folders == []


def test_what_was_found_in_several_folders_is_told_together(
    window: Window, qtbot: QtBot, music: Path, tmp_path: Path
) -> None:
    second = tmp_path / "second"
    second.mkdir()
    home = window.page("home")
    assert isinstance(home, HomePage)
    drop(window, music, second)
    qtbot.waitUntil(lambda: home.scan.title.text() == "Ready: 내 음악, second")
    assert home.scan.count.text() == "12 added · 2 failed"


def test_a_correction_shows_wherever_the_track_stands(
    window: Window, qtbot: QtBot, miso: FakeMiso, photo: Path
) -> None:
    miso.library = tracks()
    drop(window, photo)
    playing = window.session.playing
    qtbot.waitUntil(lambda: bool(playing.proposal))
    playing.play_proposal()
    qtbot.waitUntil(lambda: playing.playing)
    window.session.shelf.correct(playing.proposal[0].track, Mood.AGGRESSIVE)
    qtbot.waitUntil(lambda: window.bar.chip.mood is Mood.AGGRESSIVE)
    assert playing.proposal[0].track.corrected is Mood.AGGRESSIVE


def test_a_large_library_is_sorted_searched_and_played_in_part(
    window: Window, qtbot: QtBot, miso: FakeMiso
) -> None:
    many = 20_000
    miso.library = [
        track(n, f"Song {n * 7919 % many:05}", f"Artist {n % 300}", list(Mood)[n % 5])
        for n in range(many)
    ]
    window.session.shelf.refresh()
    page = library_page(window)
    window.open_page("library")
    qtbot.waitUntil(lambda: page.model.rowCount() == many)
    page.table.sortByColumn(TITLE, Qt.SortOrder.AscendingOrder)
    assert titles(page)[:2] == ["Song 00000", "Song 00001"]
    page.search.setText("artist 299 song 0")
    assert 0 < page.model.rowCount() < many
    double_click(page, 5)
    qtbot.waitUntil(lambda: bool(miso.queue))
    assert len(miso.queue) <= 500


def test_numbers_in_titles_sort_as_numbers(window: Window, qtbot: QtBot, miso: FakeMiso) -> None:
    miso.library = [
        track(n, title, "", Mood.SAD)
        for n, title in enumerate(["Track 10", "Track 2", "2 Steps", "곡 3", "곡 20"], start=1)
    ]
    window.session.shelf.refresh()
    page = library_page(window)
    qtbot.waitUntil(lambda: page.model.rowCount() == 5)
    assert titles(page) == ["2 Steps", "Track 2", "Track 10", "곡 3", "곡 20"]


def test_typing_in_the_search_is_typing_and_nothing_else(
    window: Window, qtbot: QtBot, miso: FakeMiso
) -> None:
    page = filled(window, qtbot, miso)
    page.focus_search()
    QGuiApplication.clipboard().setText("moon")
    qtbot.keyClicks(page.search, "a b")
    qtbot.keyClick(page.search, Qt.Key.Key_Left)
    qtbot.keyClick(page.search, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert page.search.text() == "a moonb"
    assert miso.player.calls == []
    assert window.banner.isHidden()


def test_the_table_says_where_a_mood_is_the_persons_word_for_it(
    window: Window, qtbot: QtBot, miso: FakeMiso
) -> None:
    page = filled(window, qtbot, miso)
    miso.library = [replace(t, learned_scores=scores(Mood.SAD)) for t in miso.library]
    miso.tell_learned()
    row = titles(page).index("밤편지")
    qtbot.waitUntil(lambda: page.model.index(row, MOOD).data() == "sad")
    tip = page.model.index(row, MOOD).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == "As you judge such tracks. MISO heard: romantic"
