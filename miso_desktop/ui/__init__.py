"""The window. The only package that knows Qt, and this door to it does not yet."""

from __future__ import annotations

from types import ModuleType

from miso_desktop.errors import NoWindow
from miso_desktop.phrases import phrase


def load() -> ModuleType:
    """The module :mod:`miso_desktop.ui.app`, with Qt.

    Raises
    ------
    NoWindow
        If Qt or a system library of its is missing.
    """
    try:
        from miso_desktop.ui import app
    except ImportError as error:
        raise NoWindow(
            phrase(
                "The window cannot open ({reason}). `miso doctor` tells what to install; "
                "everything else works in the terminal.",
                reason=str(error),
            )
        ) from error
    return app
