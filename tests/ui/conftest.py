from __future__ import annotations

import os

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from miso_desktop.phrases import use_language
from miso_desktop.ui import theme
from miso_desktop.ui.app import make_window
from miso_desktop.ui.window import Window
from tests.ui.fake import FakeMiso


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    use_language("en")
    yield
    use_language("en")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The screen that is none cannot raise windows; it says so each time."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support (raise|grab)"))


@pytest.fixture(scope="session")
def qapp_cls() -> type[QApplication]:
    return QApplication


@pytest.fixture(scope="session", autouse=True)
def dressed(qapp: QApplication) -> None:
    """The application as :func:`miso_desktop.ui.app.application` makes it."""
    qapp.setStyle("Fusion")
    theme.load_fonts()


@pytest.fixture
def miso() -> FakeMiso:
    return FakeMiso()


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, miso: FakeMiso, home: Path) -> Iterator[Window]:
    """The real window on a Miso in memory, its library open."""
    made = make_window(qapp, lambda: miso)
    made.show()
    qtbot.waitUntil(lambda: made.session.shelf.loaded)
    yield made
    made.close()
    assert miso.closed
    made.deleteLater()
    qapp.processEvents()


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "바닷가.png"
    image = Image.new("RGB", (320, 200), (240, 160, 60))
    image.paste((40, 60, 120), (0, 120, 320, 200))
    image.save(path)
    return path


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "내 음악"
    folder.mkdir()
    return folder
