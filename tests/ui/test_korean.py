"""The window in each of its languages: it opens, it says everything, nothing is cut off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from miso_desktop.moods import Mood, MoodScores
from miso_desktop.phrases import LANGUAGES, use_language
from miso_desktop.ui import theme, tokens, words
from miso_desktop.ui.app import make_window
from miso_desktop.ui.labels import Elided, TwoTone
from miso_desktop.ui.pages.settings import SettingsPage
from miso_desktop.ui.rail import RailButton
from miso_desktop.ui.segmented import Segmented
from miso_desktop.ui.window import PAGES, Window
from tests.ui.fake import FakeMiso, reading, tracks


@pytest.fixture(params=LANGUAGES)
def spoken(
    request: pytest.FixtureRequest, qtbot: QtBot, qapp: QApplication, home: Path, miso: FakeMiso
) -> Iterator[Window]:
    """The smallest window of a person who chose the language, with music and a photo."""
    home.mkdir()
    settings = f'{{"language": "{request.param}"}}'
    (home / "settings.json").write_text(settings, encoding="utf-8")
    miso.library = tracks()
    made = make_window(qapp, lambda: miso)
    made.resize(*tokens.SMALLEST_WINDOW)
    made.show()
    qtbot.waitUntil(lambda: made.session.shelf.loaded)
    yield made
    made.close()
    made.deleteLater()
    qapp.processEvents()


def cut_off(inside: QWidget) -> list[str]:
    """Words that do not have the room that they need."""
    found = []
    for label in inside.findChildren(QLabel):
        gives_way = isinstance(label, Elided | TwoTone) or label.wordWrap()
        if label.isVisible() and not gives_way and label.width() < label.sizeHint().width():
            found.append(label.text())
        if label.isVisible() and label.wordWrap():
            needed = label.heightForWidth(label.width())
            found += [label.text()] if label.height() < needed else []
    for control in (*inside.findChildren(QAbstractButton), *inside.findChildren(Segmented)):
        if control.isVisible() and control.width() < control.sizeHint().width():
            found.append(control.accessibleName())
    return found


@pytest.mark.parametrize("key", PAGES)
def test_nothing_is_cut_off_in_the_smallest_window(
    spoken: Window, qtbot: QtBot, photo: Path, key: str
) -> None:
    if key != "home":  # which greets who has no photo yet
        spoken.session.readings.show(reading(photo))
        qtbot.waitUntil(lambda: bool(spoken.session.playing.proposal))
    spoken.open_page(key)
    QApplication.processEvents()
    assert cut_off(spoken) == []


def test_the_check_itself_sees_what_is_cut_off(qtbot: QtBot) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    label = QLabel("a long line", holder)
    holder.show()
    label.resize(label.sizeHint())
    assert cut_off(holder) == []
    label.resize(8, 20)
    assert cut_off(holder) == ["a long line"]


def test_the_rail_has_room_for_each_name(spoken: Window) -> None:
    bold = QFontMetrics(theme.font(tokens.Type(11, 600)))
    buttons = spoken.rail.findChildren(RailButton)
    assert len(buttons) == len(PAGES)
    for button in buttons:
        assert all(bold.horizontalAdvance(line) <= button.width() for line in button._lines())


@pytest.mark.parametrize("spoken", ["ko"], indirect=True)
def test_the_window_opens_in_korean(spoken: Window, photo: Path) -> None:
    spoken.session.readings.show(reading(photo))
    labels = set()
    for key in PAGES:
        spoken.open_page(key)
        labels |= {label.text() for label in spoken.findChildren(QLabel) if label.isVisible()}
    assert {"다음 곡", "왜 로맨틱일까요?", "라이브러리", "설정", "기록"} <= labels
    english = {text for text in labels if re.search(r"[a-z]{3}", text)} - {"Ctrl V"}
    theirs = {track.title for track in tracks()} | {track.tags.artist for track in tracks()}
    assert {text for text in english - theirs if not re.search("[가-힣]", text)} == set()


def test_korean_and_english_can_be_chosen_from_one_another(window: Window, qtbot: QtBot) -> None:
    for language, title in (("ko", "설정"), ("en", "Settings")):
        before = window.content
        window.open_page("settings")
        page = window.page("settings")
        assert isinstance(page, SettingsPage)
        page.language.choose(language)
        qtbot.waitUntil(lambda before=before: window.content is not before)
        assert window.rail.button("settings").text() == title


@pytest.mark.parametrize(
    ("values", "title"),
    [
        ((0.14, 0.52, 0.18, 0.03, 0.13), "로맨틱에 슬픔 한 방울"),
        ((0.80, 0.10, 0.05, 0.03, 0.02), "행복 그 자체"),
        ((0.10, 0.10, 0.36, 0.09, 0.35), "슬픔 반, 드라마틱 반"),
    ],
)
def test_the_title_of_a_photo_is_a_korean_phrase(values: tuple[float, ...], title: str) -> None:
    use_language("ko")
    sentence = words.mood_title(MoodScores.of(values, 0, 0))
    assert str(sentence) == title
    assert str(dict(sentence.values)["mood"]) in title


def test_a_reader_s_name_begins_a_line_in_korean() -> None:
    use_language("ko")
    assert words.reader_name("scene") == "장면"
    assert str(words.MOOD_TITLES[Mood.AGGRESSIVE]) == "강렬함"
