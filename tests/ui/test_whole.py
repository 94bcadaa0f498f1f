"""The window with the real Miso: real models, real files, a real database."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from miso_desktop.application import Miso
from miso_desktop.paths import resource
from miso_desktop.ui.app import make_window
from tests.ui.test_photos import drop, reading_page

LONG_MS = 60_000


@pytest.mark.slow
def test_a_photo_and_a_folder_dropped_on_the_window_become_a_queue_with_reasons(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    music = tmp_path / "음악"
    music.mkdir()
    for song in sorted(resource("demo", "album").glob("*.*"))[:3]:
        shutil.copy(song, music / song.name)
    window = make_window(qapp, lambda: Miso(tmp_path / "library.db", workers=1))
    qtbot.addWidget(window)  # closed also when the test fails
    window.show()
    session = window.session
    drop(window, resource("demo", "photos", "coffee.jpg"), music)
    qtbot.waitUntil(lambda: len(session.shelf.tracks) == 3, timeout=LONG_MS)
    qtbot.waitUntil(lambda: session.readings.reading is not None, timeout=LONG_MS)
    qtbot.waitUntil(lambda: len(session.playing.proposal) == 3, timeout=LONG_MS)
    page = reading_page(window)
    assert page.title.text().split()[0].rstrip(",") in {
        "Happy",
        "Romantic",
        "Sad",
        "Aggressive",
        "Dramatic",
    }
    assert all(str(pick.why) for pick in session.playing.proposal)
    assert session.readings.reading is not None and session.readings.reading.votes
    qtbot.waitUntil(lambda: not session.shelf.scanning, timeout=LONG_MS)
    assert window.banner.isHidden()
    window.close()
