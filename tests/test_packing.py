"""A packed bundle comes out as it went in, or not at all."""

from __future__ import annotations

import errno
import hashlib
import json
import stat
import struct
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from miso_desktop import bundles, packing
from miso_desktop.errors import FileMissing, InstallFailed
from miso_desktop.packing import SEAL
from tests.bundle_samples import describe, make

plain = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,12}", fullmatch=True)
reusing = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    file = tmp_path / "eye.miso"
    packing.pack(bundles.load(make(tmp_path / "eye", b"weights" * 50)), file)
    return file


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@settings(max_examples=40)
@given(files=st.dictionaries(plain, st.binary(max_size=300), max_size=4), has_card=st.booleans())
def test_every_bundle_survives_the_journey(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes], has_card: bool
) -> None:
    root = tmp_path_factory.mktemp("journey")
    folder = root / "eye"
    folder.mkdir()
    for name, content in files.items():
        if name not in ("manifest.json", "card.md"):
            (folder / name).write_bytes(content)
    describe(folder, "eye", "", "1.0.0")
    if not has_card:
        (folder / "CARD.md").unlink()
    told: list[tuple[int, int]] = []
    size = packing.pack(bundles.load(folder), root / "eye.miso")
    assert size == (root / "eye.miso").stat().st_size
    bundle = packing.unpack(root / "eye.miso", root / "out", lambda *step: told.append(step))
    assert contents(bundle.folder) == contents(folder)
    assert told[-1][0] == told[-1][1] == sum(map(len, contents(folder).values()))


def test_equal_bundles_make_equal_files(tmp_path: Path, packed: Path) -> None:
    again = tmp_path / "again.miso"
    packing.pack(bundles.load(tmp_path / "eye"), again)
    assert again.read_bytes() == packed.read_bytes()


def test_the_file_is_a_zip_archive_for_every_other_tool(packed: Path) -> None:
    with zipfile.ZipFile(packed) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["manifest.json", "CARD.md", "model.onnx"]


@reusing
@given(data=st.data())
def test_any_changed_byte_is_refused(tmp_path: Path, packed: Path, data: st.DataObject) -> None:
    good = packed.read_bytes()
    place = data.draw(st.integers(0, len(good) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda b: b != good[place]))
    bad = tmp_path / "bad.miso"
    bad.write_bytes(good[:place] + bytes([other]) + good[place + 1 :])
    with pytest.raises(InstallFailed, match=r"bad\.miso"):
        packing.unpack(bad, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@reusing
@given(data=st.data())
def test_any_part_of_a_file_is_refused(tmp_path: Path, packed: Path, data: st.DataObject) -> None:
    good = packed.read_bytes()
    bad = tmp_path / "bad.miso"
    bad.write_bytes(good[: data.draw(st.integers(0, len(good) - 1))])
    with pytest.raises(InstallFailed, match=r"bad\.miso"):
        packing.unpack(bad, tmp_path / "out")


def test_one_that_was_cut_short_is_told_from_what_is_no_model(tmp_path: Path, packed: Path) -> None:
    packed.write_bytes(packed.read_bytes()[:-100])
    with pytest.raises(InstallFailed, match="cut short"):
        packing.unpack(packed, tmp_path / "out")
    packed.write_bytes(b"\xff\xd8\xff\xe0" + bytes(5000))
    with pytest.raises(InstallFailed, match="no packed model"):
        packing.unpack(packed, tmp_path / "out")
    with pytest.raises(FileMissing, match=r"gone\.miso"):
        packing.unpack(tmp_path / "gone.miso", tmp_path / "out")


@given(junk=st.binary(max_size=200))
def test_junk_under_a_right_seal_is_a_clear_error(
    tmp_path_factory: pytest.TempPathFactory, junk: bytes
) -> None:
    root = tmp_path_factory.mktemp("junk")
    body = junk + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, 0, len(junk), len(SEAL) + 64)
    (root / "bad.miso").write_bytes(seal(body + SEAL))
    with pytest.raises(InstallFailed):
        packing.unpack(root / "bad.miso", root / "out")


# Files that were made to do harm: everything about them is right but one thing.

Archive = zipfile.ZipFile


def seal(body: bytes) -> bytes:
    return body + hashlib.sha256(body).hexdigest().encode()


def crafted(path: Path, write: Callable[[Archive], None]) -> Path:
    """An archive with a right seal."""
    with zipfile.ZipFile(path, "w") as archive:
        write(archive)
        archive.comment = SEAL + b"0" * 64
    path.write_bytes(seal(path.read_bytes()[:-64]))
    return path


def manifest(**files: bytes) -> str:
    entry = {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        for name, content in files.items()
    }
    described = {"format": 1, "name": "eye", "version": "1", "licence": "MIT", "sources": []}
    return json.dumps({**described, "files": entry})


def well(archive: Archive) -> None:
    archive.writestr("manifest.json", manifest(model=b"weights"))
    archive.writestr("model", b"weights")


def named(name: str, archive: Archive) -> None:
    archive.writestr("manifest.json", manifest(**{name: b"weights"}))
    archive.writestr(name, b"weights")


def a_link(archive: Archive) -> None:
    archive.writestr("manifest.json", manifest(model=b"/etc/passwd"))
    link = zipfile.ZipInfo("model")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive.writestr(link, b"/etc/passwd")


def a_stranger(archive: Archive) -> None:
    well(archive)
    archive.writestr("more.py", b"import os")


def one_missing(archive: Archive) -> None:
    archive.writestr("manifest.json", manifest(model=b"weights"))


def a_lie_about_the_size(archive: Archive) -> None:
    said = json.loads(manifest(model=b"weights"))
    said["files"]["model"]["bytes"] = 3
    archive.writestr("manifest.json", json.dumps(said))
    archive.writestr("model", b"weights")


def one_over_the_other(archive: Archive) -> None:
    """Both names lead to the same bytes of the file."""
    many = bytes(100_000)
    archive.writestr("manifest.json", manifest(model=many, same=many))
    archive.writestr("model", many)
    twin = zipfile.ZipInfo("same")
    first = archive.getinfo("model")
    twin.file_size = twin.compress_size = len(many)
    twin.CRC, twin.header_offset = first.CRC, first.header_offset
    archive.filelist.append(twin)
    archive.NameToInfo["same"] = twin


def another_content(archive: Archive) -> None:
    archive.writestr("manifest.json", manifest(model=b"weights"))
    archive.writestr("model", b"WEIGHTS")


def a_bomb(archive: Archive) -> None:
    many = bytes(10_000_000)
    archive.writestr("manifest.json", manifest(model=many))
    archive.writestr("model", many, zipfile.ZIP_DEFLATED)


def twins(archive: Archive) -> None:
    archive.writestr("manifest.json", manifest(model=b"weights", Model=b"weights"))
    archive.writestr("model", b"weights")
    archive.writestr("Model", b"weights")


def no_manifest_first(archive: Archive) -> None:
    archive.writestr("model", b"weights")
    archive.writestr("manifest.json", manifest(model=b"weights"))


def a_great_manifest(archive: Archive) -> None:
    archive.writestr("manifest.json", manifest() + " " * (1 << 20))


def a_crowd(archive: Archive) -> None:
    files = {f"f{number}": b"" for number in range(100)}
    archive.writestr("manifest.json", manifest(**files))
    for name in files:
        archive.writestr(name, b"")


def said(text: str, archive: Archive) -> None:
    archive.writestr("manifest.json", text)


HARM = {
    "out of the folder": partial(named, "../model"),
    "a folder above": partial(named, ".."),
    "from the root": partial(named, "/tmp/model"),
    "a drive": partial(named, "C:model"),
    "Windows' slash": partial(named, "..\\model"),
    "hidden": partial(named, ".bashrc"),
    "a folder": partial(named, "folder/model"),
    "the card as a model": partial(named, "CARD.md"),
    "a link": a_link,
    "a stranger": a_stranger,
    "one missing": one_missing,
    "a lie about the size": a_lie_about_the_size,
    "another content": another_content,
    "a bomb": a_bomb,
    "twins": twins,
    "one over the other": one_over_the_other,
    "no manifest first": no_manifest_first,
    "a great manifest": a_great_manifest,
    "a crowd": a_crowd,
    "no JSON": partial(said, "{"),
    "no manifest": partial(said, "[]"),
    "no sizes": partial(said, '{"files": {"a": {}}}'),
    "an endless size": partial(said, '{"files": {"a": {"bytes": Infinity}}}'),
    "too deep": partial(said, "[" * 200_000),
    "of a later form": partial(said, manifest().replace('"format": 1', '"format": 2')),
}


def test_the_harmless_one_of_these_is_taken(tmp_path: Path) -> None:
    bundle = packing.unpack(crafted(tmp_path / "good.miso", well), tmp_path / "out")
    assert bundle.file("model").read_bytes() == b"weights"


@pytest.mark.parametrize("write", HARM.values(), ids=HARM.keys())
def test_a_file_made_to_do_harm_is_refused_and_writes_nowhere_else(
    tmp_path: Path, write: Callable[[Archive], None]
) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    bad = crafted(tmp_path / "bad.miso", write)
    with pytest.raises(InstallFailed, match=r"bad\.miso"):
        packing.unpack(bad, inside / "out")
    assert {path.name for path in tmp_path.iterdir()} == {"inside", "bad.miso"}
    assert {path.name for path in inside.iterdir()} <= {"out"}


def test_a_file_that_cannot_be_read_is_told_as_such(
    tmp_path: Path, packed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(zipfile.ZipExtFile, "read", broken)
    with pytest.raises(FileMissing, match=rf"{packed.name} cannot be read \(Input/output error\)"):
        packing.unpack(packed, tmp_path / "out")


def test_one_that_is_too_large_is_told_before_anything_is_written(
    tmp_path: Path, packed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = packing.unpack(packed, tmp_path / "out")
    monkeypatch.setattr(packing, "MAX_BYTES", 10)
    with pytest.raises(InstallFailed, match="too large for one file"):
        packing.pack(bundle, tmp_path / "new.miso")
    assert not (tmp_path / "new.miso").exists()


def test_a_whole_disk_leaves_the_old_file_and_no_rubbish(
    tmp_path: Path, packed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = packed.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        packing.pack(bundles.load(tmp_path / "eye"), packed)
    assert packed.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"eye", "eye.miso"}
