"""A bundle is used only when every file is the one that its manifest describes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from miso_desktop import bundles, paths
from miso_desktop.errors import BundleError

SHIPPED = ("scene", "face", "text_mood", "panel", "music_mood")


def make(folder: Path, content: bytes = b"weights", version: str = "1.0.0") -> Path:
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(content)
    bundles.write_manifest(
        folder,
        name=folder.name,
        version=version,
        licence="GPL-3.0-or-later",
        sources=["made by a test"],
        parameters={"size": 3},
        figures={},
    )
    return folder


def test_a_whole_bundle_loads(tmp_path: Path) -> None:
    bundle = bundles.load(make(tmp_path / "eye"))
    assert bundle.used == ("eye", "1.0.0")
    assert bundle.parameters["size"] == 3
    assert bundle.file("model.onnx").read_bytes() == b"weights"


def test_one_changed_byte_is_noticed_and_named(tmp_path: Path) -> None:
    folder = make(tmp_path / "eye")
    (folder / "model.onnx").write_bytes(b"weighty")
    with pytest.raises(BundleError, match=r"eye.*model\.onnx"):
        bundles.load(folder)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda f: (f / "model.onnx").unlink(),
        lambda f: (f / "manifest.json").write_text("{", encoding="utf-8"),
        lambda f: (f / "manifest.json").write_text('{"format": 1}', encoding="utf-8"),
        lambda f: (f / "manifest.json").write_text("[]", encoding="utf-8"),
    ],
    ids=["a file is gone", "no JSON", "half a manifest", "another JSON"],
)
def test_a_broken_bundle_is_an_error_that_says_what_to_do(
    tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    folder = make(tmp_path / "eye")
    spoil(folder)
    with pytest.raises(BundleError, match="Install MISO again"):
        bundles.load(folder)


def test_a_manifest_of_a_later_form_is_not_guessed_at(tmp_path: Path) -> None:
    folder = make(tmp_path / "eye")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps({**manifest, "format": 2}), encoding="utf-8")
    with pytest.raises(BundleError, match="form 2"):
        bundles.load(folder)


def test_the_persons_own_bundle_goes_before_the_shipped_one(home: Path) -> None:
    make(home / "models" / "scene", version="9.9.9")
    found = bundles.find("scene")
    assert found is not None
    assert found.version == "9.9.9"


def test_where_the_persons_own_is_broken_the_shipped_one_is_used(home: Path) -> None:
    folder = make(home / "models" / "scene", version="9.9.9")
    (folder / "model.onnx").write_bytes(b"")
    found = bundles.find("scene")
    assert found is not None
    assert found.folder == paths.shipped() / "models_onnx" / "scene"


def test_a_bundle_that_is_nowhere_is_none_or_a_clear_error() -> None:
    assert bundles.find("nose") is None
    with pytest.raises(BundleError, match="nose"):
        bundles.require("nose")


def test_a_file_that_is_no_model_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"model\.onnx"):
        bundles.load(make(tmp_path / "eye")).session("model.onnx")


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_bundle_is_whole_and_has_its_card(name: str) -> None:
    bundle = bundles.require(name)
    assert bundle.name == name
    assert bundle.licence
    assert bundle.sources
    card = (bundle.folder / "CARD.md").read_text(encoding="utf-8")
    assert "python -m" in card
    listed = {*bundle.files, "manifest.json", "CARD.md"}
    assert {path.name for path in bundle.folder.iterdir()} == listed


def test_all_shipped_bundles_stay_small() -> None:
    files = (paths.shipped() / "models_onnx").rglob("*")
    assert sum(f.stat().st_size for f in files if f.is_file()) < 150e6
