"""A model that is dropped on the window is added, and the window goes on meanwhile."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from miso_desktop.application import Miso
from miso_desktop.photos import CAPTIONER
from miso_desktop.ui.app import make_window, run
from miso_desktop.ui.buttons import Link
from miso_desktop.ui.pages.settings import SettingsPage
from miso_desktop.ui.window import Window
from tests.bundle_samples import captioner, pack
from tests.ui.fake import FakeMiso, model
from tests.ui.test_photos import drop


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "Blip 384.MISO"
    path.touch()
    return path


def test_a_dropped_model_is_added_and_said_to_be_in_use(
    window: Window, qtbot: QtBot, miso: FakeMiso, file: Path
) -> None:
    drop(window, file)
    qtbot.waitUntil(lambda: "in use now" in window.banner.message)
    assert window.banner.message == "Blip 384 is in use now, from your next photo on."
    assert window.banner.calm
    assert window.banner.isVisible()
    assert window.current == "home"
    assert [model.name for model in miso.known_models if model.in_use] == ["Blip 384"]


def test_the_window_says_how_far_it_is_and_reads_photos_meanwhile(
    window: Window, qtbot: QtBot, miso: FakeMiso, file: Path, photo: Path
) -> None:
    miso.model_goes_on.clear()
    drop(window, file)
    assert window.banner.message == "Adding Blip 384: 0 %"
    drop(window, photo)
    qtbot.waitUntil(lambda: window.session.readings.reading is not None)
    miso.model_goes_on.set()
    qtbot.waitUntil(lambda: "in use now" in window.banner.message)


def test_what_goes_wrong_is_told_and_the_next_is_added(
    window: Window, qtbot: QtBot, miso: FakeMiso, file: Path, tmp_path: Path
) -> None:
    told: list[str] = []
    window.session.told.connect(told.append)
    drop(window, tmp_path / "gone.miso", file)
    qtbot.waitUntil(lambda: "in use now" in window.banner.message)
    assert told == [f"{tmp_path / 'gone.miso'} cannot be read."]
    drop(window, tmp_path / "gone.miso")
    qtbot.waitUntil(lambda: "cannot be read" in window.banner.message)
    assert not window.banner.calm


def test_the_banner_looks_calm_or_alarmed(window: Window, qtbot: QtBot) -> None:
    window.note("well")
    calm = window.banner.grab().toImage()
    window.tell("well")
    assert window.banner.grab().toImage() != calm


def test_a_model_given_at_the_start_is_added(
    qapp: QApplication, qtbot: QtBot, file: Path, tmp_path: Path, music: Path
) -> None:
    miso = FakeMiso()
    out = tmp_path / "window.png"
    assert run(None, [file], music, out, make_miso=lambda: miso) == 0
    assert [model.name for model in miso.known_models if model.in_use] == ["Blip 384"]
    assert miso.known_folders == [music]


def test_with_the_real_product(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    window = make_window(qapp, Miso)
    window.show()
    qtbot.waitUntil(lambda: window.session.shelf.loaded)
    bad = tmp_path / "bad.miso"
    bad.write_text("no model", encoding="utf-8")
    drop(window, bad)
    qtbot.waitUntil(lambda: "no packed model" in window.banner.message)
    drop(window, pack(captioner(tmp_path / "made", "blip"), tmp_path / "blip.miso"))
    qtbot.waitUntil(lambda: "blip is in use now" in window.banner.message, timeout=60_000)
    assert window.session.miso
    in_use = {m.name for m in window.session.miso.models() if m.role == CAPTIONER and m.in_use}
    assert in_use == {"blip"}
    window.close()


def test_a_shipped_captioner_under_one_of_the_same_name_is_not_offered(
    window: Window, qtbot: QtBot, miso: FakeMiso
) -> None:
    page = window.page("settings")
    assert isinstance(page, SettingsPage)
    shipped = replace(model("captioner", own=False), in_use=False)

    def offered() -> list[str]:
        return [link.accessibleName() for link in page.captioners.findChildren(Link)]

    miso.known_models = [model("captioner"), shipped]
    window.session.adding.refresh()
    qtbot.waitUntil(lambda: offered() == ["Remove captioner"])


def test_the_settings_show_which_captioner_is_in_use_and_let_another_be_chosen(
    window: Window, qtbot: QtBot, file: Path
) -> None:
    window.open_page("settings")
    page = window.page("settings")
    assert isinstance(page, SettingsPage)

    def said() -> list[str]:
        return [label.text() for label in page.captioners.findChildren(QLabel)]

    def press(name: str) -> None:
        (link,) = [b for b in page.captioners.findChildren(Link) if b.accessibleName() == name]
        link.click()

    qtbot.waitUntil(lambda: "in use · 1.0.0 · 38 MB · came with MISO" in said())
    drop(window, file)
    qtbot.waitUntil(lambda: "in use · 1.0.0 · 38 MB · yours" in said())
    assert "1.0.0 · 38 MB · came with MISO" in said()
    press("Use captioner")
    qtbot.waitUntil(lambda: "in use · 1.0.0 · 38 MB · came with MISO" in said())
    press("Remove Blip 384")
    qtbot.waitUntil(lambda: "Blip 384" not in said())
    assert "scene" not in said()
