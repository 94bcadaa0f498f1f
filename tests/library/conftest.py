import pytest

from miso_desktop.library import Library


@pytest.fixture
def library(tmp_path):
    with Library(tmp_path / "library.db") as opened:
        yield opened


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "music"
    path.mkdir()
    return path
