"""The window as a program: started, ended, photographed."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from miso_desktop.ui.app import run
from miso_desktop.ui.settling import breathe
from tests.ui.fake import FakeMiso, tracks


@pytest.fixture(autouse=True)
def signals_restored() -> object:
    before = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_picture_of_the_window_shows_the_photo_that_was_read(
    qapp: QApplication, photo: Path, tmp_path: Path
) -> None:
    miso = FakeMiso()
    miso.library = tracks()
    out = tmp_path / "window.png"
    assert run(photos=[photo], screenshot=out, make_miso=lambda: miso) == 0
    image = QImage(str(out))
    assert (image.width(), image.height()) == (1280, 800)
    assert image.pixelColor(400, 120).name() == "#f0a03c"  # the sky of the photo
    assert miso.closed


def test_a_folder_given_at_the_start_is_scanned(
    qapp: QApplication, music: Path, tmp_path: Path
) -> None:
    miso = FakeMiso()
    run(folder=music, screenshot=tmp_path / "window.png", make_miso=lambda: miso)
    assert miso.known_folders == [music]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_in_the_terminal_closes_the_window_cleanly(
    qapp: QApplication, number: signal.Signals
) -> None:
    miso = FakeMiso()
    QTimer.singleShot(400, lambda: os.kill(os.getpid(), number))
    assert run(make_miso=lambda: miso) == 0
    assert miso.closed
    breathe(10)
