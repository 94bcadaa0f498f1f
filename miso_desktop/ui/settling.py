"""Wait for the window without stopping it: for pictures and for tests."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, QTimer

if TYPE_CHECKING:
    from miso_desktop.ui.window import Window

_PATIENCE_S = 120.0


def wait(condition: Callable[[], bool], patience_s: float = _PATIENCE_S) -> bool:
    """Let the window live until something holds; False if that takes too long."""
    end = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > end:
            return False
        breathe(20)
    return True


def breathe(ms: int) -> None:
    """Let the window live for so long."""
    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    loop.exec()


def settle(window: Window) -> None:
    """Wait until scans, readings and pictures are there and nothing moves."""
    session = window.session
    wait(lambda: session.miso is not None or bool(window.banner.message))
    wait(lambda: not session.shelf.scanning and not session.readings.looking)
    breathe(400)
    window.page(window.current).settle()
    breathe(50)
