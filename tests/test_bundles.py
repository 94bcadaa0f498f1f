"""A bundle is used only when every file is the one that its manifest describes."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from miso_desktop import bundles, paths
from miso_desktop.errors import BundleError
from tests.bundle_samples import captioner, make

SHIPPED = ("scene", "face", "text_mood", "panel", "music_mood", "music_network")


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


def choose(home: Path, **names: str) -> None:
    (home / "models").mkdir(parents=True, exist_ok=True)
    (home / "models" / "in_use.json").write_text(json.dumps(names), encoding="utf-8")


def test_a_chosen_bundle_of_any_name_serves_its_role(home: Path) -> None:
    captioner(home / "models" / "blip", "blip")
    make(home / "models" / "captioner")
    choose(home, captioner="blip")
    found = bundles.find("captioner")
    assert found is not None
    assert found.used == ("blip", "1.0.0")


def test_where_the_chosen_one_is_broken_the_next_serves_and_the_fault_is_told(home: Path) -> None:
    folder = captioner(home / "models" / "blip", "blip")
    (folder / "vision.onnx").unlink()
    make(home / "models" / "captioner")
    choose(home, captioner="blip")
    opened = bundles.open_first("captioner", lambda bundle: bundle.name)
    assert opened.value == "captioner"
    (fault,) = opened.faults
    assert "vision.onnx is missing" in str(fault)
    assert "miso models remove blip" in str(fault)


def test_what_its_reader_refuses_is_passed_over_too(home: Path) -> None:
    """Checksums may be right of a model that cannot be used."""
    captioner(home / "models" / "blip", "blip")
    make(home / "models" / "captioner")
    choose(home, captioner="blip")

    def only_the_plain(bundle: bundles.Bundle) -> str:
        if bundle.name == "blip":
            raise bundle.damaged("it is of another kind")
        return bundle.name

    opened = bundles.open_first("captioner", only_the_plain)
    assert opened.value == "captioner"
    assert "another kind" in str(opened.faults[0])


def test_what_its_reader_stumbles_over_is_damage(home: Path) -> None:
    captioner(home / "models" / "blip", "blip")
    make(home / "models" / "captioner")
    choose(home, captioner="blip")
    opened = bundles.open_first("captioner", lambda bundle: bundle.parameters["size"])
    assert opened.value == 3
    assert "KeyError" in str(opened.faults[0])


@pytest.mark.parametrize(
    "content",
    ["{", "[]", '{"captioner": 3}', '{"captioner": "../../etc"}', "[" * 100_000, "\x00"],
    ids=["cut", "a list", "no name", "another folder", "too deep", "binary"],
)
def test_a_choice_that_cannot_be_read_is_told_and_the_usual_serves(
    home: Path, content: str
) -> None:
    make(home / "models" / "captioner")
    (home / "models" / "in_use.json").write_text(content, encoding="utf-8")
    opened = bundles.open_first("captioner", lambda bundle: bundle.name)
    assert opened.value == "captioner"
    assert "in_use.json" in str(opened.faults[0])


def test_a_chosen_bundle_that_is_gone_is_told(home: Path) -> None:
    make(home / "models" / "captioner")
    choose(home, captioner="blip")
    opened = bundles.open_first("captioner", lambda bundle: bundle.name)
    assert opened.value == "captioner"
    assert "blip" in str(opened.faults[0])


def test_a_bundle_serves_no_role_but_its_own(home: Path) -> None:
    captioner(home / "models" / "scene", "scene")
    opened = bundles.open_first("scene", lambda bundle: bundle.folder)
    assert opened.value == paths.shipped() / "models_onnx" / "scene"
    assert "no scene but a captioner" in str(opened.faults[0])


def test_the_stamp_changes_with_every_change(home: Path) -> None:
    seen = [bundles.stamp()]
    make(home / "models" / "captioner")
    seen.append(bundles.stamp())
    (home / "models" / "captioner").rename(home / "models" / "blip")
    seen.append(bundles.stamp())
    choose(home, captioner="blip")
    seen.append(bundles.stamp())
    assert len(set(seen)) == len(seen)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_a_manifest_says_the_bundle_loads_or_is_a_clear_error(
    tmp_path: Path, data: st.DataObject
) -> None:
    folder = tmp_path / "eye"
    if not folder.exists():
        make(folder)
        (tmp_path / "good").write_text((folder / "manifest.json").read_text("utf-8"), "utf-8")
    good = json.loads((tmp_path / "good").read_text("utf-8"))
    field = data.draw(st.sampled_from(sorted(good)))
    changed = {**good, field: data.draw(json_values)}
    (folder / "manifest.json").write_text(json.dumps(changed), encoding="utf-8")
    with suppress(BundleError):
        assert isinstance(bundles.load(folder).role, str)


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/b", "C:x", "..", ".hidden", ""])
def test_a_manifest_cannot_reach_out_of_its_folder(tmp_path: Path, name: str) -> None:
    folder = make(tmp_path / "eye")
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    manifest["files"][name] = manifest["files"]["model.onnx"]
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(BundleError, match="no name of a model's file"):
        bundles.load(folder)


def test_a_bundle_that_is_nowhere_is_none_or_a_clear_error() -> None:
    assert bundles.find("nose") is None
    with pytest.raises(BundleError, match="nose"):
        bundles.require("nose")


def test_a_file_that_is_no_model_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"model\.onnx"):
        bundles.load(make(tmp_path / "eye")).session("model.onnx")


def table(folder: Path, content: bytes) -> bundles.Bundle:
    """A bundle whose one file is to be read as arrays."""
    return bundles.load(make(folder, content))


def npz(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def test_arrays_come_back_as_they_were_stored(tmp_path: Path) -> None:
    stored = {"texts": np.array(["a", "바다"]), "plane": np.eye(2, dtype=np.float16)}
    found = table(tmp_path / "eye", npz(**stored)).arrays("model.onnx")
    assert set(found) == set(stored)
    assert found["texts"].tolist() == ["a", "바다"]
    assert found["plane"].dtype == np.float16
    assert np.array_equal(found["plane"], stored["plane"])


def test_a_table_that_the_manifest_does_not_name_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"other\.npz is not in the manifest"):
        table(tmp_path / "eye", npz()).arrays("other.npz")


def test_arrays_may_hold_no_python_objects(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"model\.onnx: Object arrays"):
        table(tmp_path / "eye", npz(texts=np.array([{}], object))).arrays("model.onnx")


@given(st.data())
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_table_is_read_or_a_clear_error(tmp_path: Path, data: st.DataObject) -> None:
    whole = npz(vectors=np.arange(6.0), texts=np.array(["a"]))
    places = st.integers(0, len(whole) - 1)
    content = bytearray(whole[: data.draw(st.just(len(whole)) | places)])
    for place in data.draw(st.lists(places, max_size=3)):
        content[place : place + 1] = bytes([data.draw(st.integers(0, 255))])
    folder = tmp_path / "eye"
    shutil.rmtree(folder, ignore_errors=True)
    bundle = table(folder, bytes(content))
    with suppress(BundleError):
        found = bundle.arrays("model.onnx")
        assert all(isinstance(array, np.ndarray) for array in found.values())


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
