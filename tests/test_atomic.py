"""A file is replaced as a whole, or stays what it was."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from miso_desktop.atomic import replacing, write_text


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "choice.json"
    write_text(path, "old")
    return path


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def test_the_new_file_is_there_once_the_block_has_ended(file: Path) -> None:
    with replacing(file) as unfinished:
        unfinished.write_text("new", encoding="utf-8")
        assert file.read_text(encoding="utf-8") == "old"
    assert file.read_text(encoding="utf-8") == "new"
    assert names(file.parent) == ["choice.json"]


@pytest.mark.parametrize("error", [OSError, ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("begun", [False, True], ids=["before it wrote", "half way"])
def test_a_block_that_fails_leaves_the_old_file_and_no_rubbish(
    file: Path, error: type[BaseException], begun: bool
) -> None:
    def write() -> None:
        with replacing(file) as unfinished:
            if begun:
                unfinished.write_text("ne", encoding="utf-8")
            raise error

    with pytest.raises(error):
        write()
    assert file.read_text(encoding="utf-8") == "old"
    assert names(file.parent) == ["choice.json"]


def test_the_content_is_on_the_disk_before_it_has_the_name(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda _: seen.append(file.read_text(encoding="utf-8")))
    write_text(file, "new")
    assert seen == ["old"]


def test_two_at_a_time_do_not_write_into_one_another(file: Path) -> None:
    with replacing(file) as first, replacing(file) as second:
        first.write_text("first", encoding="utf-8")
        second.write_text("second", encoding="utf-8")
    assert file.read_text(encoding="utf-8") == "first"  # it ended last
    assert names(file.parent) == ["choice.json"]


@pytest.mark.skipif(os.name == "nt", reason="rights are POSIX's")
def test_what_is_written_for_the_person_is_theirs_to_read(file: Path) -> None:
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_folder_is_made(tmp_path: Path) -> None:
    write_text(tmp_path / "a" / "b" / "c.json", "바다")
    assert (tmp_path / "a" / "b" / "c.json").read_text(encoding="utf-8") == "바다"
