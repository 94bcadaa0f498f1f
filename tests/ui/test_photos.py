"""A photo comes in, a reading comes out."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSize, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from miso_desktop.errors import MisoError
from miso_desktop.moods import Mood
from miso_desktop.phrases import phrase
from miso_desktop.ui.dropping import sort_paths
from miso_desktop.ui.pages.home import HomePage
from miso_desktop.ui.pages.reading import ReadingPage
from miso_desktop.ui.photo_view import cropped
from miso_desktop.ui.pictures import THUMBNAIL, Picture
from miso_desktop.ui.why_card import VoteLine
from miso_desktop.ui.window import Window
from tests.ui.fake import FakeMiso, reading, tracks


def drop(window: Window, *paths: Path) -> None:
    """As the system does it: a drag enters, then lets go."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    drop_data(window, data)


def drop_data(window: Window, data: QMimeData) -> None:
    copy, button, keys = (
        Qt.DropAction.CopyAction,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    enter = QDragEnterEvent(QPoint(400, 300), copy, data, button, keys)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(400, 300), copy, data, button, keys))


def reading_page(window: Window) -> ReadingPage:
    page = window.page("reading")
    assert isinstance(page, ReadingPage)
    return page


def test_a_dropped_photo_is_shown_with_its_mood_and_its_reasons(
    window: Window, qtbot: QtBot, photo: Path
) -> None:
    drop(window, photo)
    qtbot.waitUntil(lambda: window.session.readings.reading is not None)
    page = reading_page(window)
    assert window.current == "reading"
    assert page.title.text() == "Romantic with a touch of sad"
    assert page.caption.text() == "No captioner is installed."
    assert page.why.heading.title.text() == "Why romantic"
    assert page.why.heading.note.text() == "1 of 2 readers agree"
    assert page.why.votes.decision == "The scene says romantic, and it is sure."
    assert page.why.votes.lines == [
        VoteLine("Scene", Mood.ROMANTIC, "Low sun, two silhouettes"),
        VoteLine("Light", Mood.SAD, "Cool hue, soft contrast"),
        VoteLine("Caption", None, "No captioner is installed."),
    ]


def test_long_reasons_are_shown_whole(window: Window, qtbot: QtBot, photo: Path) -> None:
    long = "a very long reason that goes on " * 12
    short = reading(photo)
    wordy = replace(short, votes=(replace(short.votes[0], reason=phrase(long)), short.votes[1]))
    page = reading_page(window)
    window.session.readings.show(short)
    qtbot.wait(50)
    before = page.why.height()
    window.session.readings.show(wordy)
    qtbot.waitUntil(lambda: page.why.height() > before + 60)
    assert page.why.geometry().bottom() <= page.height()


def test_the_photo_is_there_while_it_is_still_being_read(
    window: Window, qtbot: QtBot, miso: FakeMiso, photo: Path
) -> None:
    miso.answer_at_once = False
    drop(window, photo)
    page = reading_page(window)
    qtbot.waitUntil(lambda: page.photo._image is not None)
    assert page.title.text() == "Looking…"
    assert not page.play.isEnabled()
    qtbot.waitUntil(lambda: photo in miso.under_way)
    miso.answer(photo)
    qtbot.waitUntil(lambda: page.title.text().startswith("Romantic"))


def test_a_caption_is_shown_where_there_is_one(window: Window, qtbot: QtBot, photo: Path) -> None:
    window.session.readings.show(replace(reading(photo), caption="a beach at sunset"))
    assert reading_page(window).caption.text() == "a beach at sunset"


def test_several_photos_are_read_in_turn_and_stand_on_the_first_page(
    window: Window, qtbot: QtBot, miso: FakeMiso, photo: Path, tmp_path: Path
) -> None:
    second = tmp_path / "second.png"
    second.write_bytes(photo.read_bytes())
    miso.answer_at_once = False
    drop(window, photo, second)
    qtbot.waitUntil(lambda: photo in miso.under_way)
    assert reading_page(window).caption.text() == "Photo 1 of 2"
    miso.answer(photo)
    qtbot.waitUntil(lambda: second in miso.under_way)
    assert window.session.readings.photo == photo  # the page stays with the first
    miso.answer(second)
    home = window.page("home")
    assert isinstance(home, HomePage)
    qtbot.waitUntil(lambda: len(home.grid.tiles) == 2)
    assert {tile.reading.photo for tile in home.grid.tiles} == {photo, second}


def test_a_photo_on_the_first_page_leads_back_to_its_reading(
    window: Window, qtbot: QtBot, miso: FakeMiso, photo: Path
) -> None:
    miso.readings.append(reading(photo))
    window.session.readings.refresh()
    home = window.page("home")
    assert isinstance(home, HomePage)
    qtbot.waitUntil(lambda: len(home.grid.tiles) == 1)
    qtbot.mouseClick(home.grid.tiles[0], Qt.MouseButton.LeftButton)
    assert window.current == "reading"
    assert window.session.readings.photo == photo


def test_a_file_that_is_no_picture_is_named_in_the_page_not_in_a_dialog(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("not a photo")
    drop(window, notes)
    qtbot.waitUntil(lambda: not window.banner.isHidden())
    assert "notes.txt" in window.banner.message
    assert "Choose another" in window.banner.message
    assert reading_page(window).title.text() == "This photo cannot be read"
    assert QApplication.activeModalWidget() is None


def test_pasted_pixels_are_kept_and_read(window: Window, qtbot: QtBot, home: Path) -> None:
    image = QImage(64, 48, QImage.Format.Format_RGB32)
    image.fill(QColor("#D9608A"))
    QGuiApplication.clipboard().setImage(image)
    qtbot.keyClick(window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.session.readings.reading is not None)
    kept = window.session.readings.photo
    assert kept is not None and kept.parent == home / "pasted"
    assert QImage(str(kept)).size() == image.size()


def test_a_picture_dragged_out_of_a_browser_is_read(window: Window, qtbot: QtBot) -> None:
    data = QMimeData()
    data.setUrls([QUrl("https://example.org/photo.jpg")])
    image = QImage(32, 32, QImage.Format.Format_RGB32)
    image.fill(QColor("#4B7BD6"))
    data.setImageData(image)
    drop_data(window, data)
    qtbot.waitUntil(lambda: window.session.readings.reading is not None)


def test_pasting_nothing_says_so(window: Window) -> None:
    QGuiApplication.clipboard().setText("only words")
    window.paste()
    assert "no photo in the clipboard" in window.banner.message
    window.banner.dismiss()
    assert window.banner.isHidden()


def test_a_drag_lights_the_page_up_and_its_leaving_puts_it_out(window: Window) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/somewhere/photo.jpg")])
    window.open_page("library")
    enter = QDragEnterEvent(
        QPoint(400, 300),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(window, enter)
    assert window.veil is not None and not window.veil.isHidden()
    window.dragLeaveEvent(None)  # type: ignore[arg-type]
    assert window.veil.isHidden()


def test_text_alone_is_not_taken(window: Window) -> None:
    data = QMimeData()
    data.setText("words")
    enter = QDragEnterEvent(
        QPoint(400, 300),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    enter.setAccepted(False)
    QApplication.sendEvent(window, enter)
    assert window.veil is None


@pytest.mark.parametrize("mood", [Mood.SAD, Mood.HAPPY])
def test_the_person_may_correct_the_mood_and_take_it_back(
    window: Window, qtbot: QtBot, miso: FakeMiso, photo: Path, mood: Mood
) -> None:
    drop(window, photo)
    qtbot.waitUntil(lambda: window.session.readings.reading is not None)
    page = reading_page(window)
    menu = open_menu(page)
    next(a for a in menu.actions() if a.text() == mood.value.capitalize()).trigger()
    menu.close()
    qtbot.waitUntil(lambda: page.title.text() == f"{mood.value.capitalize()} through and through")
    menu = open_menu(page)
    menu.actions()[-1].trigger()
    menu.close()
    qtbot.waitUntil(lambda: page.title.text().startswith("Romantic"))
    assert miso.corrections == [(photo, mood), (photo, None)]


def open_menu(page: ReadingPage) -> QMenu:
    page.change.click()
    return page.findChildren(QMenu)[-1]


def test_music_that_comes_later_fills_the_queue_of_the_photo_that_is_shown(
    window: Window, qtbot: QtBot, miso: FakeMiso, photo: Path
) -> None:
    drop(window, photo)
    page = reading_page(window)
    qtbot.waitUntil(lambda: "empty" in page.queue_note.text())
    miso.library = tracks()
    window.session.shelf.refresh()
    qtbot.waitUntil(lambda: page.queue.rows.rowCount() > 0)
    assert page.play.isEnabled()


def test_a_short_queue_grows_with_the_library(
    window: Window, qtbot: QtBot, miso: FakeMiso, photo: Path
) -> None:
    miso.library = tracks()[:1]
    window.session.shelf.refresh()
    drop(window, photo)
    page = reading_page(window)
    qtbot.waitUntil(lambda: page.queue.rows.rowCount() == 1)
    miso.library = tracks()
    window.session.shelf.refresh()
    qtbot.waitUntil(lambda: page.queue.rows.rowCount() == 6)


def test_a_picture_that_cannot_be_kept_is_told(window: Window, qtbot: QtBot, home: Path) -> None:
    home.mkdir(exist_ok=True)
    (home / "pasted").write_text("a file stands where the folder should be")
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.fill(QColor("#4B7BD6"))
    QGuiApplication.clipboard().setImage(image)
    window.paste()
    qtbot.waitUntil(lambda: "cannot be kept" in window.banner.message)


@pytest.mark.parametrize("shape", [(3, 6000), (6000, 3), (1, 1), (640, 480)])
def test_a_photo_of_any_shape_fills_its_field_without_becoming_huge(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch, shape: tuple[int, int]
) -> None:
    largest = [0]
    scaled = QImage.scaled

    def watched(image: QImage, *how: object) -> QImage:
        made = scaled(image, *how)
        largest.append(made.width() * made.height())
        return made

    monkeypatch.setattr(QImage, "scaled", watched)
    image = QImage(*shape, QImage.Format.Format_RGB32)
    image.fill(QColor("teal"))
    made = cropped(image, QSize(700, 300), 2.0)
    assert (made.width(), made.height()) == (1400, 600)
    assert made.toImage().pixelColor(700, 300) == QColor("teal")
    assert max(largest) <= 1400 * 600


def test_what_is_cut_from_a_tall_photo_is_a_third_above(qapp: QApplication) -> None:
    image = QImage(100, 400, QImage.Format.Format_RGB32)
    for row in range(400):
        for column in range(100):
            image.setPixelColor(column, row, QColor(row // 2, 0, 0))
    made = cropped(image, QSize(100, 100), 1.0).toImage()
    assert [made.pixelColor(50, row).red() for row in (0, 99)] == [50, 99]


def test_a_photo_that_was_changed_is_shown_as_it_is_now(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    photo, seen = tmp_path / "plain.png", list[QColor]()

    def shown(picture: Picture) -> None:
        seen.append(picture.image.pixelColor(0, 0))

    pictures = window.session.pictures
    for colour in ("#102030", "#102030", "#405060"):
        Image.new("RGB", (40, 30), colour).save(photo)
        os.utime(photo, ns=(0, int(colour[1:], 16)))
        before = len(seen)
        pictures.get(photo, THUMBNAIL, shown)
        qtbot.waitUntil(lambda before=before: len(seen) > before)
    qtbot.waitUntil(lambda: seen[-1] == QColor("#405060"))
    photo.unlink()
    failed: list[MisoError] = []
    pictures.get(photo, THUMBNAIL, shown, failed.append)
    pictures._background.close()
    assert seen[-1] == QColor("#405060")  # what was seen stays in sight
    assert not failed


def test_a_name_that_is_too_long_for_the_disk_is_a_photo_that_cannot_be_read(
    tmp_path: Path,
) -> None:
    path = tmp_path / ("x" * 5000)
    assert sort_paths([path]).photos == (path,)
