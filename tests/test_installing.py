"""The half of ``miso models install`` that is always there, with another half of the tests' own.

The real one, and the hub it fetches from: ``tests/export/test_install.py``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from miso_desktop import bundles, installing, models
from miso_desktop.errors import InstallFailed
from miso_desktop.installing import Order, install
from miso_desktop.phrases import phrase
from tests.bundle_samples import captioner

ORDER = Order("someone/blip", "main", 384, "fast")

Says = Callable[[str], None]


@pytest.fixture
def other_half(monkeypatch: pytest.MonkeyPatch) -> Says:
    """Let these lines of Python, which know ``folder``, do the work."""
    monkeypatch.setattr(installing, "NEEDS", ())

    def says(script: str) -> None:
        head = "import json, os, shutil, sys, time\nfolder = sys.argv[1]\n"

        def command(order: Order, folder: Path) -> list[str]:
            return [sys.executable, "-c", head + script, str(folder)]

        monkeypatch.setattr(installing, "command", command)

    return says


def run() -> list[tuple[str, int, int]]:
    steps: list[tuple[str, int, int]] = []
    install(ORDER, on_step=lambda *step: steps.append(step))
    return steps


def test_what_the_other_half_makes_is_installed_and_its_work_deleted(
    other_half: Says, tmp_path: Path, home: Path
) -> None:
    made = captioner(tmp_path / "made", "blip-384")
    other_half(
        f"shutil.copytree({str(made)!r}, os.path.join(folder, 'bundle'))\n"
        "print('a library that prints')\n"
        "print('[1, 2]', '7', '{\"stage\": 3}', '{\"stage\": \"other\"}', sep='\\n')\n"
        "print(json.dumps({'stage': 'download', 'done': 1, 'total': 2}))\n"
        "print(json.dumps({'stage': 'export', 'done': 1, 'total': 1}))\n"
    )
    assert run() == [("download", 1, 2), ("export", 1, 1)]
    found = bundles.find("captioner")
    assert found is not None
    assert found.name == "blip-384"
    assert not (home / "models" / ".work" / "install").exists()


def test_what_it_says_to_the_person_is_said(other_half: Says, home: Path) -> None:
    said = phrase("There is no model {model} at {hub}.", model="x", hub="http://nowhere")
    other_half(f"print({json.dumps({'error': said.to_json()})!r}); sys.exit(1)")
    work = home / "models" / ".work" / "install"
    (work / "download").mkdir(parents=True)
    (work / ".bundle-half-made").mkdir()
    with pytest.raises(InstallFailed, match="There is no model x at http://nowhere"):
        run()
    assert {path.name for path in work.iterdir()} == {"download", "log.txt"}  # to go on with


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("sys.exit('Segmentation fault')", "Segmentation fault"),
        ("os._exit(137)", "137"),
        ("print(json.dumps({'stage': 'export', 'done': 1, 'total': 1}))", "damaged"),
    ],
    ids=["says why", "dies", "makes nothing"],
)
def test_one_that_breaks_down_is_told_and_installs_nothing(
    other_half: Says, script: str, words: str
) -> None:
    other_half(script)
    with pytest.raises((InstallFailed, bundles.BundleError), match=words):
        run()
    assert not [model for model in models.installed() if model.own]


def test_one_that_is_given_up_ends_with_us(other_half: Says) -> None:
    other_half(
        "print(json.dumps({'stage': 'export', 'done': os.getpid(), 'total': 1}), flush=True)\n"
        "time.sleep(60)\n"
    )
    seen: list[int] = []

    def interrupt(stage: str, done: int, total: int) -> None:
        seen.append(done)
        raise KeyboardInterrupt

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        install(ORDER, on_step=interrupt)
    assert time.monotonic() - started < 30
    with pytest.raises(ProcessLookupError):
        os.kill(seen[0], 0)


def test_two_at_once_are_told(other_half: Says) -> None:
    other_half(
        "print(json.dumps({'stage': 'download', 'done': 0, 'total': 1}), flush=True)\n"
        "sys.stdin.read()\n"
    )
    begun, go_on, given_up = threading.Event(), threading.Event(), threading.Event()

    def hold(stage: str, done: int, total: int) -> None:
        begun.set()
        go_on.wait(30)
        raise InstallFailed(phrase("given up"))

    def first() -> None:
        with pytest.raises(InstallFailed, match="given up"):
            install(ORDER, on_step=hold)
        given_up.set()

    thread = threading.Thread(target=first)
    thread.start()
    assert begun.wait(30)
    with pytest.raises(InstallFailed, match="Another installation is under way"):
        run()
    go_on.set()
    thread.join()
    assert given_up.is_set()


def test_without_the_extra_it_says_what_to_run_and_the_way_around(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(installing, "NEEDS", ("torch_that_is_not_there",))
    with pytest.raises(InstallFailed) as told:
        run()
    assert "torch_that_is_not_there" in str(told.value)
    assert 'pip install "miso-desktop[export]"' in str(told.value)
    assert "miso models add FILE" in str(told.value)


def test_what_a_kind_needs_beyond_the_rest_is_asked_of_it_alone(
    monkeypatch: pytest.MonkeyPatch, other_half: Says
) -> None:
    monkeypatch.setattr(installing, "ALSO", {"bert": ("optimum_that_is_not_there",)})
    other_half("sys.exit('began')")
    with pytest.raises(InstallFailed, match="optimum_that_is_not_there"):
        install(replace(ORDER, kind="bert"), on_step=print)
    with pytest.raises(InstallFailed, match="began"):
        install(ORDER, on_step=print)


def test_the_other_half_is_told_the_kind_and_the_folder(tmp_path: Path) -> None:
    said = installing.command(ORDER, tmp_path)
    assert said[said.index("--kind") + 1] == "blip"
    assert "--folder" not in said
    order = replace(ORDER, kind="bert", folder=Path("my bert"))
    said = installing.command(order, tmp_path)
    assert said[said.index("--kind") + 1] == "bert"
    assert said[said.index("--folder") + 1] == str(Path.cwd() / "my bert")


def test_the_frozen_program_says_the_way_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    with pytest.raises(InstallFailed, match="miso models add FILE"):
        run()


def test_no_library_of_the_extra_comes_into_this_process() -> None:
    code = (
        "import sys, miso_desktop.model_commands, miso_desktop.installing as i\n"
        "i.NEEDS = ('nothing_of_that_name',)\n"
        "try: i.install(i.Order('a/b', 'main', 384, 'fast'), on_step=print)\n"
        "except i.InstallFailed: pass\n"
        "print(*sorted({m.split('.')[0] for m in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"torch", "transformers", "huggingface_hub", "requests"}
