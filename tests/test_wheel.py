"""The wheel: what is shipped beside the code is found in an installation too."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from miso_desktop import demo

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
def test_an_installed_wheel_finds_its_models_and_reads_a_photo(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("miso_desktop-*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    search = os.pathsep.join([str(site), os.environ["PYTHONPATH"]])
    run = subprocess.run(
        [sys.executable, "-m", "miso_desktop", "read", str(demo.photos()[0]), "--json"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": search},
        capture_output=True,
        text=True,
        check=True,
    )
    assert {"scene", "panel"} <= set(json.loads(run.stdout)["bundles"])
    where = subprocess.run(
        [sys.executable, "-c", "from miso_desktop import paths; print(paths.shipped())"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": search},
        capture_output=True,
        text=True,
        check=True,
    )
    assert where.stdout.strip() == str(site / "miso_desktop" / "_shipped")
    korean = subprocess.run(
        [sys.executable, "-m", "miso_desktop", "read", str(demo.photos()[0])],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": search, "LC_ALL": "ko_KR.UTF-8"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert "감정가" in korean.stdout
