"""Open the window, or take a picture of it."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QApplication

from miso_desktop.ui import theme, tokens
from miso_desktop.ui.session import Session
from miso_desktop.ui.window import Window

if TYPE_CHECKING:
    from miso_desktop.application import Miso


_PULSE_MS = 300


def run(
    library: Path | None = None,
    photos: Sequence[Path] = (),
    folder: Path | None = None,
    screenshot: Path | None = None,
    *,
    make_miso: Callable[[], Miso] | None = None,
) -> int:
    """Show the window until it is closed.

    Parameters
    ----------
    library : Path, optional
        The database; the person's own by default.
    photos : sequence of Path
        Read at once; a packed model is added.
    folder : Path, optional
        A music folder to scan at once.
    screenshot : Path, optional
        Do it without a screen, save a picture of the window there, and end.
    make_miso : callable, optional
        Makes Miso in place of ``library``.

    Returns
    -------
    int
        The exit code.
    """
    if screenshot:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = application()
    window = make_window(app, make_miso or (lambda: _open(library)))
    if photos or folder:
        from miso_desktop.ui.dropping import sort_paths

        given = sort_paths(photos)
        window.take(replace(given, folders=(*given.folders, folder)) if folder else given)
    if screenshot:
        window.resize(*tokens.WINDOW)
    window.show()
    if screenshot:
        from miso_desktop.ui.settling import settle

        settle(window)
        saved = window.grab().save(str(screenshot))
        window.close()
        return 0 if saved else 1
    _end_by_signal(window)
    return app.exec()


def picture(library: Path | None, photo: Path, out: Path) -> None:
    """Save a picture of the window that shows a photo and its queue; no screen is needed."""
    run(library, [photo], screenshot=out)


def application() -> QApplication:
    """Qt's application, with our font; the one that is there if there is one."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    # The style as an argument: setStyle() would wrap a QStyle, whose enums cost a tenth of
    # the time in which the window opens.
    app = QApplication([sys.argv[0], "-style", "Fusion"])
    app.setApplicationName("MISO")
    app.setDesktopFileName("miso")
    theme.load_fonts()
    return app


def make_window(app: QApplication, make_miso: Callable[[], Miso]) -> Window:
    """A window that opens its library as soon as it stands on the screen."""
    session = Session(make_miso)
    window = Window(session, theme.Theme(app, session.settings.theme))
    window.painted.connect(session.open)
    window.painted.connect(lambda: app.setWindowIcon(_mark()))
    window.painted.connect(gc.enable)  # the command line turned it off for a quick start
    return window


def _end_by_signal(window: Window) -> None:
    """Ctrl+C in the terminal and a polite kill close the window as a person would."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: window.close())
    # Python hears of a signal only when it runs: Qt's loop alone would keep it waiting.
    pulse = QTimer(window, interval=_PULSE_MS)
    pulse.timeout.connect(lambda: None)
    pulse.start()


def _mark() -> QIcon:
    from miso_desktop.ui.rail import paint_mark

    image = QPixmap(256, 256)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint_mark(painter, QRectF(16, 16, 224, 224))
    painter.end()
    return QIcon(image)


def _open(library: Path | None) -> Miso:
    from miso_desktop.application import Miso

    return Miso(library)
