"""Where things lie: what is shipped, and what belongs to the person.

``MISO_HOME`` puts everything of the person's in one folder (for tests, a portable
installation, a second library).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import platformdirs

APPLICATION = "miso"


def shipped() -> Path:
    """Folder that holds ``models_onnx``, ``resources`` and ``catalog``.

    The checkout's root, ``_shipped`` in an installed wheel, or the unpacked folder of
    the frozen application.
    """
    if getattr(sys, "frozen", False):
        return Path(sys._MEIPASS)  # type: ignore[attr-defined]  # set by PyInstaller
    package = Path(__file__).resolve().parent
    installed = package / "_shipped"
    return installed if installed.is_dir() else package.parent


def resource(*parts: str) -> Path:
    """A file or folder below ``resources``."""
    return shipped().joinpath("resources", *parts)


def catalog(*parts: str) -> Path:
    """A file below ``catalog``."""
    return shipped().joinpath("catalog", *parts)


def bundle_roots() -> tuple[Path, ...]:
    """Folders of model bundles: the person's own first, then the shipped ones."""
    return data_dir() / "models", shipped() / "models_onnx"


def data_dir() -> Path:
    """The person's database and installed models."""
    home = os.environ.get("MISO_HOME")
    return Path(home) if home else Path(platformdirs.user_data_dir(APPLICATION, appauthor=False))


def config_dir() -> Path:
    """The person's settings."""
    home = os.environ.get("MISO_HOME")
    return Path(home) if home else Path(platformdirs.user_config_dir(APPLICATION, appauthor=False))


def default_library() -> Path:
    """The database that is used where none is named."""
    return data_dir() / "library.db"


def settings_file() -> Path:
    """The person's settings, as JSON."""
    return config_dir() / "settings.json"
