"""``miso models install``, the whole way, from a hub on loopback.

Needs the extra ``[export]``. Without it, ``tests/test_installing.py`` holds the half that
is always there to what the other half says.
"""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("transformers", reason="needs the extra [export]")
pytest.importorskip("torch", reason="needs the extra [export]")
pytest.importorskip("huggingface_hub", reason="needs the extra [export]")

import torch

from miso_desktop import bundles, models
from miso_desktop.errors import InstallFailed
from miso_desktop.export import hub as fetching
from miso_desktop.export.install import PROFILES as PACKED
from miso_desktop.export.install import bundle_name, check_config, check_pickle, make
from miso_desktop.export.untrained import (
    small_vocabulary,
    tiny_config,
    untrained,
    write_checkpoint,
)
from miso_desktop.installing import Order
from miso_desktop.models_cli import BERT_PROFILES, PROFILES
from tests.export import tiny_bert
from tests.export.hub import COMMIT, WEIGHTS, Hub, read_files, serve

pytestmark = pytest.mark.filterwarnings("ignore")  # of the exporting libraries, not ours

NAME = "blip-tiny-224-full"
CHUNK = fetching.constants.DOWNLOAD_CHUNK_SIZE
"""How much a broken connection may cost."""


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoint")
    words = [*small_vocabulary(), *(f"word{number}" for number in range(10_000))]
    write_checkpoint(untrained(tiny_config(len(words)), seed=5), words, folder)
    return folder


@pytest.fixture
def hub(checkpoint: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    """A hub on loopback; that it asks nobody else is shown by the wire."""
    monkeypatch.setenv("MISO_TRIPWIRE_ALLOWS", "loopback")
    made = Hub({**read_files(checkpoint), "README.md": b"# Not needed", "big.h5": bytes(90_000)})
    stop = serve(made)
    monkeypatch.setenv("HF_ENDPOINT", made.url)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf home"))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr(fetching, "ENDPOINT", made.url)
    monkeypatch.setattr(fetching, "PAUSE_S", 0.01)
    monkeypatch.setattr("tqdm.tqdm.monitor_interval", 0)  # a thread that never ends
    yield made
    stop()


def command(hub: Hub, *words: str) -> list[str]:
    install = ["models", "install", "blip", "--model", hub.model, "--size", "224"]
    profile = ["--profile", "full"]
    return [sys.executable, "-m", "miso_desktop", *install, *profile, "--json", *words]


def run(hub: Hub, *words: str) -> tuple[int, list[dict[str, Any]], str]:
    done = subprocess.run(
        command(hub, *words), capture_output=True, text=True, check=False, timeout=300
    )
    assert "Traceback" not in done.stderr
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def work(home: Path) -> set[str]:
    return {path.name for path in (home / "models" / ".work").iterdir()} - {"lock", "install.lock"}


@pytest.mark.slow
def test_a_checkpoint_becomes_the_captioner_in_use(hub: Hub, home: Path) -> None:
    code, lines, _ = run(hub)
    assert code == 0
    *steps, made = lines
    assert (made["name"], made["role"], made["in_use"]) == (NAME, "captioner", True)
    assert made["state"] == "whole"
    stages = [(step["stage"], step["done"] == step["total"]) for step in steps]
    assert ("download", True) in stages
    assert stages[-1] == ("export", True)
    bundle = bundles.find("captioner")
    assert bundle is not None
    assert bundle.sources == (f"{hub.model}@{COMMIT[:12]}",)
    assert bundle.figures["fp32"]["same"] >= 0.95
    assert work(home) == set()  # what was fetched is deleted
    fetched = {path for method, path, _ in hub.asked if method == "GET"}
    assert not [path for path in fetched if "README" in path or "big" in path]


@pytest.mark.slow
def test_a_command_that_is_killed_goes_on_where_it_was(hub: Hub, home: Path) -> None:
    half = len(hub.files[WEIGHTS]) // 2
    stuck, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        if hub.ranges(WEIGHTS)[-1:] not in ([], [None]):  # it asks for the other half
            stuck.set()
            go_on.wait(60)

    hub.cuts, hub.before_file = [half], hold
    process = subprocess.Popen(
        command(hub), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert stuck.wait(120)
    finally:
        process.kill()
        process.wait()
        go_on.set()
    assert not [model for model in models.installed() if model.own]
    before = len(hub.ranges(WEIGHTS))
    code, lines, _ = run(hub)
    assert code == 0, lines
    assert lines[-1]["name"] == NAME
    (resumed,) = hub.ranges(WEIGHTS)[before:]
    assert place(resumed) > half - CHUNK  # not anew


def place(asked: str | None) -> int:
    """Where a Range header begins; the whole file where there is none."""
    return int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0


@pytest.mark.slow
def test_two_at_once_and_a_hub_that_is_gone(hub: Hub, home: Path) -> None:
    arrived, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        arrived.set()
        go_on.wait(60)

    hub.before_file = hold
    first = subprocess.Popen(command(hub), stdout=subprocess.PIPE, text=True)
    try:
        assert arrived.wait(60)
        code, lines, _ = run(hub)
        assert code == 1
        assert "under way" in lines[-1]["error"]["message"]
    finally:
        hub.cuts = [1000] * 50  # the first: its connection breaks again and again
        go_on.set()
        out, _ = first.communicate(timeout=300)
    assert first.returncode == 1
    message = json.loads(out.splitlines()[-1])["error"]["message"]
    assert "cannot be reached, or the connection broke off" in message
    assert "add FILE" in message
    assert not [model for model in models.installed() if model.own]


@pytest.mark.slow
def test_a_classifier_becomes_the_emotion_model_in_use(
    hub: Hub, home: Path, tmp_path: Path
) -> None:
    pytest.importorskip("optimum.onnxruntime", reason="needs the extra [export]")
    hub.files = {**read_files(tiny_bert.write(tmp_path / "bert", "roberta")), "README.md": b"#"}
    for name in ("tokenizer.json", "tokenizer_config.json"):  # as older ones lie on the hub
        del hub.files[name]
    asked = [sys.executable, "-m", "miso_desktop", "models", "install", "bert", "--json"]
    done = subprocess.run(
        [*asked, "--model", hub.model], capture_output=True, text=True, check=False, timeout=300
    )
    *steps, made = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, (made, done.stderr)
    assert made["name"] == "blip-tiny-fast"  # the hub's owner called it so
    assert (made["role"], made["in_use"], made["state"]) == ("emotions", True, "whole")
    assert steps[-1] == {"stage": "export", "done": 1, "total": 1}
    bundle = bundles.find("emotions")
    assert bundle is not None
    assert bundle.sources == (f"{hub.model}@{COMMIT[:12]}",)
    assert bundle.figures["int8"]["kept"] >= 0.9
    assert work(home) == set()


@pytest.mark.slow
def test_a_folder_on_this_machine_is_enough_and_is_left_as_it_is(
    checkpoint: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No hub: that nobody is asked is shown by the wire. urllib3 tries the machine's own ::1.
    monkeypatch.setenv("MISO_TRIPWIRE_ALLOWS", "loopback")
    folder = tmp_path / "my captioner"
    shutil.copytree(checkpoint, folder)
    before = read_files(folder)
    asked = [sys.executable, "-m", "miso_desktop", "models", "install", "blip", "--json"]
    asked += ["--folder", str(folder), "--size", "224", "--profile", "full"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=300)
    made = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == 0, (made, done.stderr)
    assert (made["name"], made["in_use"]) == ("my-captioner-224-full", True)
    assert read_files(folder) == before


def test_a_folder_without_a_checkpoint_is_told(checkpoint: Path, tmp_path: Path) -> None:
    order = Order("mine", "main", 0, "fast", "bert", tmp_path)
    with pytest.raises(InstallFailed, match="There is no checkpoint in"):
        make(order, tmp_path / "work")
    shutil.copyfile(checkpoint / "config.json", tmp_path / "config.json")
    with pytest.raises(InstallFailed, match=r"model\.safetensors in one piece"):
        make(order, tmp_path / "work")


@pytest.mark.parametrize(
    ("asked", "says", "words"),
    [
        ("bert", {"model_type": "blip"}, "no BERT but a blip. Run: miso models install blip"),
        ("blip", {"model_type": "roberta"}, "no BLIP but a roberta. Run: miso models install bert"),
        ("blip", {"model_type": "gpt2"}, r"no BLIP for captions .*gpt2"),
        ("bert", {"model_type": ["bert"]}, "no BERT for emotions"),
        ("bert", {}, "no BERT for emotions .*model_type"),
        ("bert", [], "no BERT for emotions"),
    ],
)
def test_a_checkpoint_of_another_kind_is_told(
    tmp_path: Path, asked: str, says: object, words: str
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(says), encoding="utf-8")
    with pytest.raises(InstallFailed, match=words):
        check_config(tmp_path, Order("someone/model", "main", 384, "fast", asked))


# The transfer by itself, without a process for each case.


def fetched(hub: Hub, folder: Path, revision: str = "main") -> dict[str, bytes]:
    told: list[tuple[int, int]] = []
    plan = fetching.plan(hub.model, revision)
    fetching.fetch(plan, folder, lambda *much: told.append(much))
    assert told[-1] == (plan.size, plan.size)
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_only_what_is_needed_is_fetched_and_it_is_what_is_there(hub: Hub, tmp_path: Path) -> None:
    came = fetched(hub, tmp_path / "in")
    assert came == {n: c for n, c in hub.files.items() if n not in ("README.md", "big.h5")}
    asked = len(hub.asked)
    assert fetched(hub, tmp_path / "in") == came  # a second time: nothing is asked but the plan
    assert len(hub.asked) == asked + 1


def test_a_connection_that_breaks_is_taken_up_again(hub: Hub, tmp_path: Path) -> None:
    size = len(hub.files[WEIGHTS])
    hub.cuts = [size // 3, size // 3]
    came = fetched(hub, tmp_path / "in")
    assert came[WEIGHTS] == hub.files[WEIGHTS]
    first, *again = hub.ranges(WEIGHTS)
    assert first is None
    assert size // 3 - CHUNK < place(again[0]) <= size // 3
    assert size // 3 * 2 - 2 * CHUNK < place(again[1]) <= size // 3 * 2


def test_one_that_breaks_for_good_is_told_and_the_next_call_goes_on(
    hub: Hub, tmp_path: Path
) -> None:
    size = len(hub.files[WEIGHTS])
    hub.cuts = [size // 2, *[0] * 50]
    with pytest.raises(InstallFailed, match="goes on where it was"):
        fetched(hub, tmp_path / "in")
    hub.cuts.clear()
    before = len(hub.ranges(WEIGHTS))
    assert fetched(hub, tmp_path / "in")[WEIGHTS] == hub.files[WEIGHTS]
    (what,) = hub.ranges(WEIGHTS)[before:]
    assert place(what) > size // 2 - CHUNK


@pytest.mark.parametrize("name", [WEIGHTS, "config.json"])
def test_a_file_with_another_checksum_is_deleted_and_told(
    hub: Hub, tmp_path: Path, name: str
) -> None:
    good = hub.files[name]
    hub.served[name] = good[:-5] + bytes(reversed(good[-5:]))
    with pytest.raises(InstallFailed, match=rf"{name}.* checksum differs"):
        fetched(hub, tmp_path / "in")
    assert not (tmp_path / "in" / name).exists()
    hub.served.clear()
    assert fetched(hub, tmp_path / "in")[name] == good


def test_a_file_that_is_too_long_is_deleted_and_told(hub: Hub, tmp_path: Path) -> None:
    hub.served[WEIGHTS] = hub.files[WEIGHTS] + b"more"
    with pytest.raises(InstallFailed, match="another size"):
        fetched(hub, tmp_path / "in")
    hub.served.clear()
    assert fetched(hub, tmp_path / "in")[WEIGHTS] == hub.files[WEIGHTS]


def test_what_is_damaged_on_the_disk_is_noticed_the_next_time(hub: Hub, tmp_path: Path) -> None:
    fetched(hub, tmp_path / "in")
    (tmp_path / "in" / WEIGHTS).write_bytes(bytes(len(hub.files[WEIGHTS])))
    with pytest.raises(InstallFailed, match="checksum differs"):
        fetched(hub, tmp_path / "in")
    assert fetched(hub, tmp_path / "in")[WEIGHTS] == hub.files[WEIGHTS]


@pytest.mark.parametrize(
    ("misbehave", "words"),
    [
        ({"model": "someone/else"}, "There is no model someone/blip"),
        ({"gated": True}, "agreed to its terms"),
        ({"status": 500}, "answers 500"),
        ({"status": 404}, "no such model"),
        ({"commit": "../../etc"}, "no layout that MISO knows"),
    ],
)
def test_what_the_hub_refuses_is_told(
    hub: Hub, tmp_path: Path, misbehave: dict[str, Any], words: str
) -> None:
    model = hub.model
    for name, value in misbehave.items():
        setattr(hub, name, value)
    with pytest.raises(InstallFailed, match=words):
        fetching.plan(model, "main")


def test_a_revision_that_is_not_there_is_told(hub: Hub) -> None:
    assert fetching.plan(hub.model, COMMIT).commit == COMMIT
    with pytest.raises(InstallFailed, match="no revision v9"):
        fetching.plan(hub.model, "v9")
    with pytest.raises(InstallFailed, match="cannot be fetched"):
        fetching.plan("no/such/name at all", "main")


@pytest.mark.parametrize("gone", ["config.json", WEIGHTS])
def test_a_model_in_another_layout_is_told(hub: Hub, gone: str) -> None:
    del hub.files[gone]
    with pytest.raises(InstallFailed, match="no layout that MISO knows"):
        fetching.plan(hub.model, "main")


def test_a_hub_that_is_not_there_is_told(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(fetching.ConnectionBroken, match=r"127\.0\.0\.1:9 cannot be reached"):
        fetching.plan(hub.model, "main")


def test_a_disk_without_room_is_told_before_anything_is_fetched(hub: Hub, tmp_path: Path) -> None:
    plan = fetching.plan(hub.model, "main")
    with pytest.raises(InstallFailed, match="MB are needed"):
        fetching.fetch(plan, tmp_path / "in", lambda *_: None, spare=1 << 60)
    assert not hub.ranges(WEIGHTS)


class Harm:
    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, ("touch harm",)


def test_weights_that_are_a_program_are_refused_and_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "pytorch_model.bin"
    torch.save({"weight": torch.zeros(2)}, file)
    check_pickle(tmp_path, "someone/blip")
    torch.save({"weight": torch.zeros(2), "more": Harm()}, file)
    with pytest.raises(InstallFailed, match="can run programs"):
        check_pickle(tmp_path, "someone/blip")
    file.write_bytes(pickle.dumps(Harm()))
    with pytest.raises(InstallFailed, match="can run programs"):
        check_pickle(tmp_path, "someone/blip")
    assert not (tmp_path / "harm").exists()


def test_a_bundle_is_named_for_what_it_is() -> None:
    order = Order("Salesforce/blip-image-captioning-base", "main", 384, "fast")
    assert bundle_name(order) == "blip-base-384-fast"
    assert (
        bundle_name(replace(order, model="x/../My Model!", profile="full")) == "my-model-384-full"
    )
    own = Order("someone/bert-base-go_emotions", "main", 0, "fast", "bert")
    assert bundle_name(own) == "bert-base-go-emotions-fast"
    assert bundle_name(replace(own, model="나의 모델")) == "bert-fast"
    assert tuple(PACKED) == PROFILES
    assert set(BERT_PROFILES) < set(PROFILES)
