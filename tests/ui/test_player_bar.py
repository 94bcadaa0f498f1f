"""The bar at the foot drives the player and shows what it does."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from miso_desktop.errors import NoAudioDevice
from miso_desktop.phrases import phrase
from miso_desktop.ui.app import make_window
from miso_desktop.ui.pages.history import HistoryPage
from miso_desktop.ui.pages.reading import ReadingPage
from miso_desktop.ui.window import Window
from miso_desktop.values import PlayerState
from tests.ui.fake import FakeMiso, reading, tracks
from tests.ui.test_photos import drop, reading_page


@pytest.fixture
def shown(window: Window, qtbot: QtBot, miso: FakeMiso, photo: Path) -> ReadingPage:
    """A photo that has been read, with music for it."""
    miso.library = tracks()
    drop(window, photo)
    page = reading_page(window)
    qtbot.waitUntil(page.play.isEnabled)
    return page


@pytest.fixture
def playing(window: Window, qtbot: QtBot, shown: ReadingPage) -> Window:
    """Its queue is playing."""
    shown.play.click()
    qtbot.waitUntil(lambda: window.session.playing.playing)
    return window


def press(qtbot: QtBot, window: Window, keys: str) -> None:
    combination = QKeySequence(keys)[0]
    qtbot.keyClick(window, combination.key(), combination.keyboardModifiers())


def test_the_queue_gives_each_track_s_reason(shown: ReadingPage) -> None:
    rows = shown.queue.rows
    first = rows.index(0).data()
    assert first == "밤편지, 아이유, romantic 0.78, not played yet"
    assert shown.queue_heading.note.text().startswith("6 songs · ")


def test_with_nothing_to_play_the_bar_says_so(window: Window) -> None:
    assert window.bar.title.text() == "Nothing plays yet"
    assert not window.bar.play.isEnabled()
    assert not window.bar.next.isEnabled()


def test_play_this_photo_fills_the_player(
    playing: Window, qtbot: QtBot, miso: FakeMiso, photo: Path
) -> None:
    assert playing.bar.title.text() == "밤편지"
    assert playing.bar.artist.text() == "아이유"
    assert playing.bar.play.accessibleName() == "Pause"
    assert playing.session.playing.photo == photo
    qtbot.waitUntil(lambda: playing.session.playing.waveform is not None)
    assert reading_page(playing).queue.rows.playing == 0


def test_the_buttons_call_the_player(playing: Window, miso: FakeMiso) -> None:
    playing.bar.next.click()
    playing.bar.previous.click()
    playing.bar.play.click()
    assert miso.player.calls == ["next", "previous", "toggle"]
    assert playing.bar.play.accessibleName() == "Play"


def test_the_clock_and_the_seek_bar_follow_the_player(
    playing: Window, qtbot: QtBot, miso: FakeMiso
) -> None:
    miso.player.show(position_s=84.0)
    qtbot.waitUntil(lambda: playing.bar.elapsed.text() == "1:24")
    assert playing.bar.length.text() == "3:20"


def test_a_press_on_the_waveform_seeks(playing: Window, qtbot: QtBot, miso: FakeMiso) -> None:
    bar = playing.bar.waveform
    qtbot.waitUntil(lambda: playing.bar.length.text() != "")
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=QPoint(bar.width() // 2, 10))
    kind, seconds = miso.player.calls[-1]
    assert kind == "seek"
    assert seconds == pytest.approx(100.0, abs=1.0)


def test_a_new_track_is_shown_when_the_player_moves_on(
    playing: Window, qtbot: QtBot, miso: FakeMiso
) -> None:
    miso.player.show(index=1)
    qtbot.waitUntil(lambda: playing.bar.title.text() == "Harbour Lights")
    assert reading_page(playing).queue.rows.playing == 1


def test_the_keyboard_plays_pauses_seeks_and_goes_on(
    playing: Window, qtbot: QtBot, miso: FakeMiso
) -> None:
    press(qtbot, playing, "Space")
    press(qtbot, playing, "Right")
    press(qtbot, playing, "Left")
    press(qtbot, playing, "Ctrl+Right")
    assert miso.player.calls == ["toggle", ("seek", 5.0), ("seek", 0.0), "next"]


@pytest.mark.parametrize(
    ("key", "call"),
    [
        ("Toggle Media Play/Pause", "toggle"),
        ("Media Next", "next"),
        ("Media Previous", "previous"),
    ],
)
def test_the_media_keys_reach_the_player(
    playing: Window, miso: FakeMiso, key: str, call: str
) -> None:
    shortcuts = {s.key().toString(): s for s in playing.findChildren(QShortcut)}
    shortcuts[key].activated.emit()
    assert miso.player.calls == [call]


def test_space_on_a_button_reached_by_the_keyboard_presses_the_button(
    playing: Window, qtbot: QtBot, miso: FakeMiso
) -> None:
    playing.activateWindow()
    playing.bar.next.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is playing.bar.next)
    press(qtbot, playing, "Space")
    assert miso.player.calls == ["next"]


def test_the_queue_in_the_player_can_be_opened_and_jumped_in(
    playing: Window, qtbot: QtBot, miso: FakeMiso
) -> None:
    playing.bar.queue.click()
    panel = playing.queue_panel
    assert panel is not None and panel.isVisible()
    panel.list.chosen.emit(3)
    assert miso.player.calls == [("jump", 3)]
    qtbot.keyClick(panel, Qt.Key.Key_Escape)
    assert panel.isHidden()


def test_without_a_device_a_banner_says_so_and_the_rest_goes_on(
    window: Window, qtbot: QtBot, miso: FakeMiso, shown: ReadingPage
) -> None:
    miso.device_missing = NoAudioDevice(phrase("There is no sound device. Plug one in."))
    shown.play.click()
    qtbot.waitUntil(lambda: not window.banner.isHidden())
    assert window.banner.message == "There is no sound device. Plug one in."
    window.open_page("library")
    assert window.current == "library"


def test_an_error_of_the_player_is_told_once(playing: Window, qtbot: QtBot, miso: FakeMiso) -> None:
    error = NoAudioDevice(phrase("The device went away."))
    miso.player.show(error=error, state=PlayerState.STOPPED)
    qtbot.waitUntil(lambda: playing.banner.message == "The device went away.")
    playing.banner.dismiss()
    miso.player.show(position_s=1.0)
    qtbot.wait(50)
    assert playing.banner.isHidden()


def test_the_volume_is_kept_once_the_slider_rests(
    playing: Window, qtbot: QtBot, miso: FakeMiso
) -> None:
    playing.bar.volume.setValue(30)
    assert miso.player.volume == pytest.approx(0.3)
    qtbot.waitUntil(lambda: miso.settings.volume == pytest.approx(0.3))
    playing.bar.mute.click()
    assert miso.player.volume == 0
    playing.bar.mute.click()
    assert miso.player.volume == pytest.approx(0.3)


def test_what_was_played_stands_in_the_history_with_its_photo(
    playing: Window, qtbot: QtBot, photo: Path
) -> None:
    playing.open_page("history")
    page = playing.page("history")
    assert isinstance(page, HistoryPage)
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
    played, day = page.model.rows[0]
    assert (played.track.title, played.photo, day) == ("밤편지", photo, "Today")


def test_the_queue_of_the_last_time_waits_in_the_bar(
    qtbot: QtBot, qapp: QApplication, home: Path
) -> None:
    miso = FakeMiso()
    miso.library = tracks()
    miso.queue = miso.queue_for(reading(Path("/photos/one.jpg")))
    miso.player.load([pick.track.path for pick in miso.queue], 2)
    miso.player.show(state=PlayerState.STOPPED)
    window = make_window(qapp, lambda: miso)
    window.show()
    qtbot.waitUntil(lambda: window.bar.title.text() == "Slow Film")
    assert window.bar.play.isEnabled()
    window.bar.play.click()
    assert miso.player.calls == ["toggle"]
    window.close()
