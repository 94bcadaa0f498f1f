"""Models are added, used and removed as a whole, whatever happens meanwhile."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from miso_desktop import bundles, models, packing, paths
from miso_desktop.errors import BundleError, FileMissing, InstallFailed, MisoError
from miso_desktop.phrases import phrase
from tests.bundle_samples import captioner, make

ROLE = "eye"
"""A role that nothing shipped serves."""


@pytest.fixture
def own(home: Path) -> Path:
    """The person's folder of models; it is made by what is added first."""
    return home / "models"


@pytest.fixture
def packed(tmp_path: Path) -> Callable[..., Path]:
    def pack(name: str, version: str = "1.0.0") -> Path:
        folder = captioner(tmp_path / "made" / f"{name} {version}", name, version, role=ROLE)
        file = tmp_path / f"{name} {version}.miso"
        packing.pack(bundles.load(folder), file)
        return file

    return pack


def serving(role: str = ROLE) -> str | None:
    bundle = bundles.find(role)
    return None if bundle is None else f"{bundle.name} {bundle.version}"


def only_models(own: Path) -> set[str]:
    """What lies in the folder, and nothing unfinished beside it."""
    work = {path.name for path in (own / ".work").iterdir()}
    assert work <= {"lock"}
    return {path.name for path in own.iterdir()} - {".work"}


def test_an_added_model_is_there_and_in_use(own: Path, packed: Callable[..., Path]) -> None:
    told: list[tuple[int, int]] = []
    added = models.add(packed("blip"), on_bytes=lambda *step: told.append(step))
    assert (added.name, added.role, added.version, added.own) == ("blip", ROLE, "1.0.0", True)
    assert added.in_use
    assert serving() == "blip 1.0.0"
    assert told[-1][0] == told[-1][1] == added.size
    assert only_models(own) == {"blip", "in_use.json"}


def test_one_that_is_not_to_be_used_waits(own: Path, packed: Callable[..., Path]) -> None:
    models.add(packed("compact"))
    assert not models.add(packed("blip"), use=False).in_use
    assert serving() == "compact 1.0.0"
    assert models.use("blip").in_use
    assert serving() == "blip 1.0.0"
    assert [m.name for m in models.installed() if m.role == ROLE and m.in_use] == ["blip"]


def test_a_new_version_takes_the_place_of_the_old(own: Path, packed: Callable[..., Path]) -> None:
    models.add(packed("blip"))
    models.add(packed("blip", "2.0.0"))
    assert serving() == "blip 2.0.0"
    assert only_models(own) == {"blip", "in_use.json"}


def test_the_shipped_models_are_listed_and_stay(own: Path) -> None:
    listed = {model.name: model for model in models.installed()}
    assert {"scene", "face", "text_mood", "panel", "music_mood"} <= set(listed)
    scene = listed["scene"]
    assert scene.in_use
    assert not scene.own
    assert not scene.fault
    assert scene.size > 1_000_000
    with pytest.raises(InstallFailed, match="came with MISO"):
        models.remove("scene")
    assert scene.folder.is_dir()
    with pytest.raises(InstallFailed, match=r'no model "nose"\. There are: .*scene'):
        models.remove("nose")


def test_what_is_removed_is_gone_and_the_next_serves(
    own: Path, packed: Callable[..., Path]
) -> None:
    make(own / ROLE)
    models.add(packed("blip"))
    assert models.remove("blip").name == "blip"
    assert serving() == "eye 1.0.0"
    assert only_models(own) == {ROLE, "in_use.json"}
    models.remove(ROLE)
    assert serving() is None


def test_ones_own_of_a_shipped_name_hides_the_shipped_until_it_is_removed(own: Path) -> None:
    make(own / "scene", version="9.9.9")
    assert [(m.own, m.in_use) for m in models.installed() if m.name == "scene"] == [
        (True, True),
        (False, False),
    ]
    assert models.remove("scene").own
    assert serving("scene") != "scene 9.9.9"


@pytest.mark.parametrize("name", ["..", "../models", "", ".work", "/", "in_use.json"])
def test_only_what_is_listed_can_be_removed(
    own: Path, packed: Callable[..., Path], name: str
) -> None:
    models.add(packed("blip"))
    with pytest.raises(InstallFailed, match="There is no model"):
        models.remove(name)
    assert only_models(own) == {"blip", "in_use.json"}


def test_a_damaged_one_is_listed_as_such_and_can_be_removed(
    own: Path, packed: Callable[..., Path]
) -> None:
    models.add(packed("blip"))
    (own / "blip" / "decoder.onnx").write_bytes(b"")
    (blip,) = [model for model in models.installed() if model.own]
    assert (blip.name, blip.role, blip.in_use) == ("blip", ROLE, False)
    assert "decoder.onnx" in str(blip.fault)
    with pytest.raises(BundleError, match=r"decoder\.onnx"):
        models.use("blip")
    with pytest.raises(BundleError, match=r"decoder\.onnx"):
        models.export("blip", own / "out.miso")
    models.remove("blip")
    assert only_models(own) == {"in_use.json"}


def test_a_choice_whose_folder_is_gone_is_listed_and_can_be_taken_back(
    own: Path, packed: Callable[..., Path]
) -> None:
    models.add(packed("blip"))
    shutil.rmtree(own / "blip")
    (blip,) = [model for model in models.installed() if model.own]
    assert "missing" in str(blip.fault)
    models.remove("blip")
    assert bundles.choices() == {}


def test_verify_opens_what_has_the_right_checksum(own: Path) -> None:
    make(own / ROLE, b"no network, but the one that the manifest describes")
    assert all(model.fault is None for model in models.installed())
    faults = {model.name: model.fault for model in models.verify()}
    assert {name for name, fault in faults.items() if fault} == {ROLE}
    assert "model.onnx" in str(faults[ROLE])


def test_an_exported_model_can_be_added_elsewhere(
    own: Path, packed: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models.add(packed("blip"))
    file = models.export("blip", tmp_path)
    assert file == tmp_path / "blip.miso"
    monkeypatch.setenv("MISO_HOME", str(tmp_path / "another home"))
    assert serving() is None
    models.add(file)
    assert serving() == "blip 1.0.0"


def test_export_says_why_a_file_cannot_be_written(
    own: Path, packed: Callable[..., Path], tmp_path: Path
) -> None:
    models.add(packed("blip"))
    with pytest.raises(InstallFailed, match=r"nowhere.*cannot be written"):
        models.export("blip", tmp_path / "nowhere" / "blip.miso")


def test_a_bad_file_changes_nothing(own: Path, packed: Callable[..., Path], tmp_path: Path) -> None:
    models.add(packed("blip"))
    bad = packed("blip", "2.0.0")
    bad.write_bytes(bad.read_bytes()[:-1])
    with pytest.raises(InstallFailed, match="cut short"):
        models.add(bad)
    with pytest.raises(FileMissing):
        models.add(tmp_path / "gone.miso")
    assert serving() == "blip 1.0.0"
    assert only_models(own) == {"blip", "in_use.json"}


def test_a_model_that_fails_its_trial_changes_nothing(
    own: Path, packed: Callable[..., Path]
) -> None:
    models.add(packed("blip"))

    def refuse(folder: Path) -> None:
        assert bundles.load(folder).version == "2.0.0"
        raise MisoError(phrase("it says nothing"))

    with pytest.raises(InstallFailed, match=r"blip.* does not work here: it says nothing"):
        models.add(packed("blip", "2.0.0"), try_out=refuse)
    assert serving() == "blip 1.0.0"
    assert only_models(own) == {"blip", "in_use.json"}


@pytest.mark.parametrize("name", ["../../evil", ".hidden", "a/b", "", "x" * 200, "In_Use.json"])
def test_a_name_that_leads_elsewhere_is_refused(own: Path, tmp_path: Path, name: str) -> None:
    file = tmp_path / "bad.miso"
    packing.pack(bundles.load(make(tmp_path / "made", name=name or " ")), file)
    with pytest.raises(InstallFailed, match="may not be a model's name"):
        models.add(file)
    assert only_models(own) == set()


def stop(number: int) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


FAULTS = {
    errno.ENOSPC: "is full",
    errno.EROFS: "MISO_HOME",
    errno.EACCES: "may not be written",
    errno.EIO: "cannot be written",
}


@pytest.mark.parametrize("step", ["os.mkdir", "os.fsync", "pathlib.Path.rename", "os.replace"])
@pytest.mark.parametrize("number", FAULTS)
def test_a_disk_that_fails_at_any_step_leaves_what_was(
    own: Path, packed: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, step: str, number: int
) -> None:
    models.add(packed("blip"))
    file = packed("blip", "2.0.0")
    with monkeypatch.context() as broken:
        broken.setattr(step, stop(number))
        with pytest.raises(InstallFailed, match=FAULTS[number]):
            models.add(file)
    assert serving() == "blip 1.0.0"
    models.use("blip")
    assert only_models(own) == {"blip", "in_use.json"}


def test_one_that_is_interrupted_in_the_midst_of_the_swap_leaves_the_old(
    own: Path, packed: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    models.add(packed("blip"))
    file, rename = packed("blip", "2.0.0"), Path.rename

    def interrupted(source: Path, target: Path) -> Path:
        if source.name == "adding":
            raise KeyboardInterrupt
        return rename(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", interrupted)
        with pytest.raises(KeyboardInterrupt):
            models.add(file)
    assert serving() == "blip 1.0.0"
    models.use("blip")
    assert only_models(own) == {"blip", "in_use.json"}


def test_a_disk_without_room_is_told_before_anything_is_written(
    own: Path, packed: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = packed("blip")
    usage = shutil.disk_usage(file)._replace(free=1000)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with pytest.raises(InstallFailed, match=r"0 MB left, and 1 MB are needed"):
        models.add(file)
    assert only_models(own) == set()


def test_a_file_in_the_place_of_the_folder_is_told(own: Path, packed: Callable[..., Path]) -> None:
    own.parent.mkdir(parents=True)
    own.write_text("not a folder", encoding="utf-8")
    with pytest.raises(InstallFailed, match="models"):
        models.add(packed("blip"))
    assert serving("scene")


CHANGE = """
import sys, time
from pathlib import Path
from miso_desktop import models

def wait(folder):
    Path(sys.argv[2]).touch()
    time.sleep(60)

models.add(Path(sys.argv[1]), try_out=wait)
"""


@pytest.fixture
def adding(tmp_path: Path):  # type: ignore[no-untyped-def]
    """Another process in the midst of adding a file."""
    begun: list[subprocess.Popen[bytes]] = []

    def start(file: Path) -> subprocess.Popen[bytes]:
        sign = tmp_path / "under way"
        begun.append(subprocess.Popen([sys.executable, "-c", CHANGE, str(file), str(sign)]))
        deadline = time.monotonic() + 30
        while not sign.exists():
            assert begun[-1].poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        return begun[-1]

    yield start
    for process in begun:
        process.kill()
        process.wait()


def test_two_at_once_wait_for_one_another(
    own: Path, packed: Callable[..., Path], adding, monkeypatch: pytest.MonkeyPatch
) -> None:
    process, file = adding(packed("slow")), packed("blip")
    monkeypatch.setattr(models, "WAIT_S", 0.1)
    with pytest.raises(InstallFailed, match="Another MISO"):
        models.add(file)
    assert serving() is None
    monkeypatch.setattr(models, "WAIT_S", 30.0)
    threading.Timer(0.5, process.kill).start()
    models.add(file)  # goes on as soon as the other is gone
    assert serving() == "blip 1.0.0"
    assert only_models(own) == {"blip", "in_use.json"}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_what_a_killed_process_left_is_never_found_and_is_cleared_away(
    own: Path, packed: Callable[..., Path], adding
) -> None:
    models.add(packed("blip"))
    process = adding(packed("blip", "2.0.0"))
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert (own / ".work" / "adding").is_dir()
    assert serving() == "blip 1.0.0"
    assert [model.name for model in models.installed() if model.own] == ["blip"]
    models.use("blip")
    assert only_models(own) == {"blip", "in_use.json"}


def test_one_that_was_moved_aside_when_the_power_failed_comes_back(
    own: Path, packed: Callable[..., Path]
) -> None:
    models.add(packed("blip"))
    (own / ".work" / "old").mkdir()
    (own / "blip").rename(own / ".work" / "old" / "blip")
    with pytest.raises(BundleError, match="blip"):
        serving()
    models.add(packed("other"), use=False)
    assert serving() == "blip 1.0.0"
    assert only_models(own) == {"blip", "other", "in_use.json"}


def test_many_threads_leave_one_whole_model(own: Path, packed: Callable[..., Path]) -> None:
    files = [packed("blip", f"{number}.0.0") for number in range(4)]
    threads = [threading.Thread(target=models.add, args=(file,)) for file in files]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        found = [model for model in models.installed() if model.own]
        assert {model.name for model in found} <= {"blip"}
    for thread in threads:
        thread.join()
    assert serving() in {f"blip {number}.0.0" for number in range(4)}
    assert only_models(own) == {"blip", "in_use.json"}


def test_a_choice_that_cannot_be_read_is_replaced_by_the_next(
    own: Path, packed: Callable[..., Path]
) -> None:
    models.add(packed("blip"))
    (own / "in_use.json").write_text("{", encoding="utf-8")
    with pytest.raises(BundleError, match="Choose again"):
        serving()
    models.use("blip")
    assert json.loads((own / "in_use.json").read_text("utf-8")) == {ROLE: "blip"}
    assert paths.bundle_roots()[0] == own
