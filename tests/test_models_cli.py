"""``miso models``: words, shapes and exit codes."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from miso_desktop import bundles, installing, packing
from miso_desktop.cli import main
from miso_desktop.errors import InstallFailed
from miso_desktop.installing import Order
from miso_desktop.models import Model
from miso_desktop.phrases import phrase
from tests.bundle_samples import captioner, make

SHAPE = [
    "name", "role", "version", "licence", "bytes", "in_use", "shipped", "folder", "state", "error",
]  # fmt: skip

Run = Callable[..., tuple[int, list[Any]]]


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    file = tmp_path / "blip.miso"
    packing.pack(bundles.load(captioner(tmp_path / "made", "blip")), file)
    return file


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: object) -> tuple[int, list[Any]]:
        code = main(["models", *map(str, arguments), "--json"])
        return code, [json.loads(line) for line in capfd.readouterr().out.splitlines()]

    return call


@pytest.fixture
def say(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def call(*arguments: object) -> tuple[int, str, str]:
        code = main(["models", *map(str, arguments)])
        return code, *capfd.readouterr()

    return call


def test_list_prints_the_documented_shape(run: Run) -> None:
    code, lines = run("list")
    assert code == 0
    assert all(list(line) == SHAPE for line in lines)
    scene = next(line for line in lines if line["name"] == "scene")
    assert (scene["role"], scene["in_use"], scene["shipped"]) == ("scene", True, True)
    assert (scene["state"], scene["error"]) == ("whole", None)
    assert scene["bytes"] > 1_000_000


def test_from_file_to_file(run: Run, packed: Path, tmp_path: Path) -> None:
    """Added, in use, packed again, removed."""
    code, (*steps, added) = run("add", packed)
    assert code == 0
    assert list(added) == SHAPE
    assert (added["name"], added["in_use"], added["shipped"]) == ("blip", True, False)
    assert [list(step) for step in steps] == [["stage", "done", "total"]] * len(steps)
    assert steps[-1]["done"] == steps[-1]["total"]

    out = tmp_path / "again.miso"
    code, lines = run("export", "blip", "--out", out)
    assert code == 0
    assert lines[-1] == {"name": "blip", "file": str(out), "bytes": out.stat().st_size}
    assert out.read_bytes() == packed.read_bytes()

    assert run("remove", "blip") == (0, [{"removed": "blip"}])
    assert "blip" not in [line["name"] for line in run("list")[1]]


def test_the_added_captioner_reads_the_next_photo(
    run: Run, packed: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    photo = tmp_path / "sea.png"
    Image.linear_gradient("L").convert("RGB").save(photo)
    assert run("add", packed)[0] == 0
    assert main(["read", str(photo), "--json"]) == 0
    reading = json.loads(capfd.readouterr().out)
    assert reading["caption"]
    assert reading["bundles"]["blip"] == "1.0.0"


def test_keep_current_installs_and_waits(run: Run, packed: Path) -> None:
    _, (*_, added) = run("add", packed, "--keep-current")
    assert not added["in_use"]
    code, (used,) = run("use", "blip")
    assert code == 0
    assert used["in_use"]


def test_a_captioner_that_cannot_speak_is_refused_in_words(
    run: Run, packed: Path, tmp_path: Path
) -> None:
    """Its checksums are right, and it is no captioner."""
    bad = tmp_path / "bad.miso"
    packing.pack(bundles.load(make(tmp_path / "bad", role="captioner")), bad)
    code, lines = run("add", bad)
    assert code == 1
    assert list(lines[-1]) == ["model", "error"]
    assert lines[-1]["error"]["kind"] == "install"
    assert "does not work here" in lines[-1]["error"]["message"]
    assert all(line["shipped"] for line in run("list")[1])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("use", "nose"), 'no model "nose"'),
        (("remove", "scene"), "came with MISO"),
        (("export", "nose", "--out", "x.miso"), 'no model "nose"'),
        (("add", "gone.miso"), "gone.miso cannot be read"),
    ],
)
def test_what_fails_says_why_and_ends_with_1(
    run: Run, words: tuple[str, ...], message: str
) -> None:
    code, lines = run(*words)
    assert code == 1
    assert message in lines[-1]["error"]["message"]


def test_verify_ends_with_1_where_something_is_damaged(run: Run, home: Path) -> None:
    assert run("verify")[0] == 0
    folder = captioner(home / "models" / "captioner", "captioner")
    assert run("verify")[0] == 0
    (folder / "decoder.onnx").write_bytes(b"")
    code, lines = run("verify")
    assert code == 1
    damaged = next(line for line in lines if line["state"] == "damaged")
    assert damaged["error"]["kind"] == "bundle"
    assert "decoder.onnx" in damaged["error"]["message"]


def test_verify_sees_a_choice_that_cannot_be_read(run: Run, home: Path) -> None:
    (home / "models").mkdir(parents=True)
    (home / "models" / "in_use.json").write_text("{", encoding="utf-8")
    assert run("verify")[0] == 1


def test_it_is_told_in_words(
    say: Callable[..., tuple[int, str, str]], packed: Path, tmp_path: Path
) -> None:
    code, out, err = say("add", packed)
    assert (code, out) == (0, "blip 1.0.0 is in use.\n")
    assert "Adding blip.miso: 100 %" in err
    _, out, _ = say("list")
    (line,) = [line for line in out.splitlines() if "blip" in line]
    assert line.split()[:4] == ["●", "blip", "captioner", "1.0.0"]
    assert "yours" in line
    assert "All models are whole." in say("verify")[1]
    _, out, _ = say("export", "blip", "--out", tmp_path)
    assert out == f"{tmp_path / 'blip.miso'} (0.3 MB)\n"
    assert zipfile.is_zipfile(tmp_path / "blip.miso")
    assert say("remove", "blip")[1].startswith("blip is removed.")
    code, _, err = say("use", "blip")
    assert code == 1
    assert err.startswith('miso: There is no model "blip"')


def test_an_installation_that_was_broken_off_is_mentioned(
    say: Callable[..., tuple[int, str, str]], home: Path
) -> None:
    assert say("list")[2] == ""
    (home / "models" / ".work" / "install" / "download").mkdir(parents=True)
    _, _, err = say("list")
    assert "broken off" in err
    assert str(home / "models" / ".work" / "install") in err


def test_install_passes_the_order_on_and_shows_the_progress(
    run: Run, say: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    orders: list[tuple[Order, bool]] = []

    def fake(order: Order, *, use: bool, try_out: object, on_step: installing.OnStep) -> Model:
        orders.append((order, use))
        on_step("download", 50, 100)
        on_step("export", 0, 1)
        on_step("export", 1, 1)
        return Model("blip-x", "captioner", "1", "BSD-3-Clause", 5, Path("x"), True, use)

    monkeypatch.setattr(installing, "install", fake)
    code, lines = run("install", "blip", "--size", 256, "--model", "a/b", "--revision", "v2")
    assert code == 0
    assert lines[0] == {"stage": "download", "done": 50, "total": 100}
    assert lines[-1]["name"] == "blip-x"
    code, out, err = say("install", "blip", "--keep-current", "--profile", "full")
    assert "Fetching Salesforce/blip-image-captioning-base: 50 %" in err
    assert "Making a captioner of it" in err
    assert "To use it: miso models use blip-x" in out
    assert orders == [
        (Order("a/b", "v2", 256, "fast"), True),
        (Order("Salesforce/blip-image-captioning-base", "main", 384, "full"), False),
    ]


def test_install_bert_takes_a_model_or_a_folder(
    run: Run,
    say: Callable[..., tuple[int, str, str]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    orders: list[Order] = []

    def fake(order: Order, *, use: bool, try_out: object, on_step: installing.OnStep) -> Model:
        orders.append(order)
        on_step("export", 0, 1)
        return Model("own", "emotions", "1", "NOASSERTION", 5, Path("x"), True, use)

    monkeypatch.setattr(installing, "install", fake)
    folder = tmp_path / "my bert"
    assert run("install", "bert", "--model", "a/b", "--profile", "full")[0] == 0
    code, out, err = say("install", "bert", "--folder", folder)
    assert (code, out) == (0, "own 1 is in use.\n")
    assert "an emotion model" in err
    assert orders == [
        Order("a/b", "main", 0, "full", "bert"),
        Order("my bert", "main", 0, "fast", "bert", folder),
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("bert",), "--model --folder"),
        (("bert", "--model", "a/b", "--folder", "c"), "not allowed with"),
        (("bert", "--model", "a/b", "--profile", "exact"), "invalid choice"),
        (("bert", "--model", "a/b", "--size", "384"), "unrecognized"),
        ((), "KIND"),
    ],
)
def test_what_to_install_must_be_clear(
    run: Run, capfd: pytest.CaptureFixture[str], words: tuple[str, ...], told: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        run("install", *words)
    assert ended.value.code == 2
    assert told in capfd.readouterr().err


def test_install_that_fails_names_the_model(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> Model:
        raise InstallFailed(phrase("no connection"))

    monkeypatch.setattr(installing, "install", fail)
    code, lines = run("install", "blip", "--model", "a/b")
    assert code == 1
    assert lines == [{"model": "a/b", "error": {"kind": "install", "message": "no connection"}}]
    _, lines = run("install", "bert", "--folder", "mine")
    assert lines[0]["model"] == "mine"


def test_an_action_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["models"])
    assert ended.value.code == 2
    assert "ACTION" in capsys.readouterr().err
