"""The house: imports run in one direction only, and Qt lives upstairs."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "miso_desktop"
MODULES = sorted(PACKAGE.rglob("*.py"))

ROOMS = {"photos", "music", "library", "recommend", "player"}
GROUND = {
    "atomic",
    "audio",
    "bundles",
    "catalogues",
    "closing",
    "errors",
    "loopback",
    "models",
    "moods",
}
GROUND |= {"packing", "paths", "phrases", "progress", "settings", "taste", "values", "words"}
GROUND |= {"stamps", "workplace"}
WORK = {"analysis", "scanning", "learning", "listening", "health"}

ALLOWED: dict[str, set[str]] = {
    **{room: GROUND | {room} for room in ROOMS},
    **dict.fromkeys(GROUND, GROUND),
    "demo": GROUND | {"demo"},
    "analysis": GROUND | ROOMS,
    "scanning": GROUND | ROOMS | {"analysis"},
    "learning": GROUND | ROOMS | {"analysis"},
    "listening": GROUND,
    "health": GROUND | ROOMS,
    "application": GROUND | ROOMS | WORK,
    "shapes": GROUND,
    "terminal_player": GROUND | {"application"},
    "installing": GROUND,
    "terminal": {"progress"},
    "commands": GROUND
    | WORK
    | {"application", "shapes", "terminal", "terminal_player", "demo", "ui"},
    "models_cli": GROUND | {"model_commands"},
    "model_commands": GROUND | {"analysis", "installing", "shapes", "terminal"},
    "cli": GROUND | {"commands", "models_cli", "ui"},  # the window, at once
    "__main__": {"cli"},
    "ui": GROUND | {"ui", "application", "photos", "player", "demo"},
    "training": GROUND | ROOMS | {"training"},
    "export": GROUND | ROOMS | {"export", "training", "installing", "demo"},
}
"""Who may import whom. What is not named here may not be imported."""


def part_of(module: Path) -> str:
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(module: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def parts_imported(module: Path) -> set[str]:
    own = [name.split(".") for name in imports_of(module) if name.startswith("miso_desktop.")]
    known = {part_of(m) for m in MODULES}
    return {name[1] for name in own} & known


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(PACKAGE)))
def test_imports_run_downwards_only(module: Path) -> None:
    part = part_of(module)
    if part == "__init__":
        assert not parts_imported(module)
        return
    assert parts_imported(module) <= ALLOWED[part]


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(PACKAGE)))
def test_a_room_is_entered_by_its_door(module: Path) -> None:
    """Others import what ``music`` offers, not ``music.spectral``."""
    if part_of(module) in {"training", "export"}:
        return  # they make the models from the rooms' own parts
    for room in ROOMS - {part_of(module)}:
        offered = importlib.import_module(f"miso_desktop.{room}").__all__
        names = {n for n in imports_of(module) if n.startswith(f"miso_desktop.{room}.")}
        assert names <= {f"miso_desktop.{room}.{name}" for name in offered}


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(PACKAGE)))
def test_only_the_window_knows_qt(module: Path) -> None:
    qt = {name for name in imports_of(module) if name.split(".")[0] in {"PySide6", "shiboken6"}}
    assert not qt or part_of(module) == "ui"


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(PACKAGE)))
def test_the_shipped_paths_know_no_training_library(module: Path) -> None:
    heavy = {"librosa", "sklearn", "pandas", "scipy", "torch", "transformers", "skl2onnx", "onnx"}
    heavy |= {"huggingface_hub", "requests", "optimum"}
    if part_of(module) in {"training", "export"}:
        return
    assert not {name.split(".")[0] for name in imports_of(module)} & heavy


@pytest.fixture(scope="module")
def loaded_at_start() -> set[str]:
    code = (
        "import sys, miso_desktop.application, miso_desktop.cli, miso_desktop.commands;"
        "print(*sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_the_ground_floor_opens_without_the_room_that_listens(loaded_at_start: set[str]) -> None:
    assert "miso_desktop.health" in loaded_at_start
    assert not {name for name in loaded_at_start if name.startswith("miso_desktop.music")}


def test_the_ground_floor_opens_without_any_heavy_library(loaded_at_start: set[str]) -> None:
    loaded = {name.split(".")[0] for name in loaded_at_start}
    assert not loaded & {
        "onnxruntime",
        "av",
        "PIL",
        "sounddevice",
        "PySide6",
        "pebble",
        "tokenizers",
        "filelock",
    }
    assert not loaded & {"librosa", "sklearn", "pandas", "scipy", "torch", "transformers"}
