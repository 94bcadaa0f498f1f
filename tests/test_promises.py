"""The promises, on the whole job in real processes: offline, and read-only."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.sound_files import sine, write


def fingerprint(folder: Path) -> dict[str, tuple[str, int, int]]:
    return {
        str(f.relative_to(folder)): (
            hashlib.sha256(f.read_bytes()).hexdigest(),
            f.stat().st_size,
            f.stat().st_mtime_ns,
        )
        for f in sorted(folder.rglob("*"))
        if f.is_file()
    }


@pytest.fixture
def belongings(tmp_path: Path) -> Path:
    folder = tmp_path / "belongings"
    (folder / "music").mkdir(parents=True)
    (folder / "photos").mkdir()
    for ending in ("wav", "flac", "ogg", "opus", "mp3", "m4a"):
        write(folder / "music" / f"tone.{ending}", sine(2, rate=48000), 48000)
    (folder / "music" / "broken.mp3").write_bytes(b"ID3" + bytes(200))
    for ending in ("jpg", "png", "webp"):
        Image.radial_gradient("L").convert("RGB").save(folder / "photos" / f"photo.{ending}")
    return folder


def miso(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "miso_desktop", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def model_commands(folder: Path) -> list[subprocess.CompletedProcess[str]]:
    """Everything that is done with models, but ``install``: that one goes to a hub."""
    out = folder / "scene.miso"
    done = [
        miso("models", "list"),
        miso("models", "export", "scene", "--out", out),
        miso("models", "add", out),
        miso("models", "use", "scene"),
        miso("models", "verify", "--json"),
        miso("models", "remove", "scene"),
    ]
    assert [run.returncode for run in done] == [0] * len(done)
    return done


def test_nothing_of_the_persons_is_changed_and_nothing_is_sent(
    belongings: Path, offline: Path
) -> None:
    before = fingerprint(belongings)
    photos = sorted((belongings / "photos").iterdir())
    runs = [
        miso("read", *photos, "--json"),
        miso("scan", belongings / "music", "--json"),
        miso("tag", *sorted((belongings / "music").iterdir()), "--json"),
        miso("queue", photos[0], "--json"),
        miso("play", photos[0], "--seconds", "0.5"),  # with or without a device
        miso("demo", "--photo", photos[0], "--music", belongings / "music", "--seconds", "0.2"),
        miso("learned", "--json"),
        miso("doctor", "--json"),
        *model_commands(belongings.parent),
    ]
    assert [run.returncode for run in runs[:4]] == [0, 1, 1, 0]
    for run in runs:
        assert "Traceback" not in run.stderr
    assert fingerprint(belongings) == before
    assert not offline.exists(), offline.read_text(encoding="utf-8")


def test_the_runtime_of_the_models_reports_to_nobody(
    belongings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would do so in C++, where no wire trips; a device's number in HOME gives it away."""
    folder = tmp_path / "a home of its own"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    for name in ("ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    photo = belongings / "photos" / "photo.png"
    assert miso("read", photo, "--json").returncode == 0
    assert not list(folder.rglob("*"))


def test_the_wire_that_proves_it_does_trip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "log"
    monkeypatch.setenv("MISO_TRIPWIRE", str(log))
    code = (
        "import multiprocessing as m, socket\n"
        "def ask(): socket.create_connection(('127.0.0.1', 9), 1)\n"
        "if __name__ == '__main__':\n"
        "    p = m.get_context('spawn').Process(target=ask); p.start(); p.join()\n"
    )
    script = tmp_path / "caller.py"
    script.write_text(code, encoding="utf-8")
    subprocess.run([sys.executable, str(script)], capture_output=True, check=False)
    assert "127.0.0.1" in log.read_text(encoding="utf-8")
