"""The frozen program: it builds, starts, and reads a photo without this environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from miso_desktop import demo

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
def test_the_installer_builds_and_its_program_reads_a_photo_and_tags_a_track(
    tmp_path: Path,
) -> None:
    build = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    folders = ["--distpath", str(tmp_path / "dist"), "--workpath", str(tmp_path / "build")]
    quiet = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}  # the tests' tripwire
    subprocess.run(
        [*build, *folders, str(ROOT / "build_installer.spec")],
        check=True,
        env=quiet,
        timeout=900,
        cwd=tmp_path,
    )
    folder = tmp_path / "dist" / "miso"
    for unwanted in ("librosa", "sklearn", "scipy", "torch", "llvmlite", "pandas"):
        assert not list((folder / "_internal").glob(f"{unwanted}*")), unwanted

    assert (folder / "_internal/resources/translations/ko/LC_MESSAGES/miso.po").is_file()

    def miso(*arguments: object) -> dict[str, object]:
        run = subprocess.run(
            [str(folder / "miso"), *map(str, arguments)],
            capture_output=True,
            text=True,
            check=True,
            cwd=tmp_path,
            timeout=120,
            env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "MISO_HOME": str(tmp_path / "m")},
        )
        line: dict[str, object] = json.loads(run.stdout.splitlines()[-1])
        return line

    reading = miso("read", demo.photos()[0], "--json")
    assert {"scene", "panel"} <= set(reading["bundles"])  # type: ignore[call-overload]
    track = next(iter(sorted(demo.album().iterdir())))
    assert miso("tag", track, "--json")["mood"]
    assert miso("scan", demo.album(), "--json")["added"] == 12
