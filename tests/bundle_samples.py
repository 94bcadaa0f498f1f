"""Small bundles for the tests."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from miso_desktop import bundles, packing, paths

TINY = Path(__file__).parent / "data" / "tiny_captioner" / "bundle"
"""A captioner with random weights: it speaks, but of nothing."""


def make(
    folder: Path,
    content: bytes = b"weights",
    version: str = "1.0.0",
    *,
    name: str = "",
    role: str = "",
) -> Path:
    """A bundle of one file, which is no network."""
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(content)
    describe(folder, name or folder.name, role, version)
    return folder


def captioner(folder: Path, name: str, version: str = "1.0.0", *, role: str = "captioner") -> Path:
    """A captioner of that name that works."""
    shutil.copytree(TINY, folder)
    tiny = bundles.load(folder)
    describe(folder, name, role, version, dict(tiny.parameters))
    return folder


def unfit(folder: Path, role: str, change: Callable[[dict[str, Any]], object]) -> Path:
    """The shipped bundle of a role with right checksums, but other parameters."""
    shutil.copytree(paths.bundle_roots()[-1] / role, folder)
    whole = bundles.load(folder)
    parameters = json.loads(json.dumps(dict(whole.parameters)))
    change(parameters)
    describe(folder, folder.name, role, "2", parameters or {"nothing": True})
    return folder


def pack(folder: Path, file: Path) -> Path:
    """The bundle of a folder in one file."""
    packing.pack(bundles.load(folder), file)
    return file


def describe(
    folder: Path, name: str, role: str, version: str, parameters: dict[str, object] | None = None
) -> None:
    """Write the manifest and a card."""
    bundles.write_manifest(
        folder,
        name=name,
        role=role,
        version=version,
        licence="GPL-3.0-or-later",
        sources=["made by a test"],
        parameters=parameters or {"size": 3},
        figures={},
    )
    (folder / "CARD.md").write_text(f"# {name}\n", encoding="utf-8")
