"""The doctor names what serves, and what should and cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from miso_desktop import health, paths
from miso_desktop.values import Check
from tests.bundle_samples import captioner, make


def captions() -> Check:
    return health._captioner()


def test_the_captioner_in_use_is_named(home: Path) -> None:
    captioner(home / "models" / "captioner", "captioner")
    captioner(home / "models" / "blip", "blip", "2.0.0")
    (home / "models" / "in_use.json").write_text('{"captioner": "blip"}', encoding="utf-8")
    check = captions()
    assert check.works
    assert str(check.detail) == "blip 2.0.0, verified"


def test_a_damaged_captioner_is_named_and_what_serves_until_then(home: Path) -> None:
    captioner(home / "models" / "captioner", "captioner")
    (captioner(home / "models" / "blip", "blip") / "vision.onnx").unlink()
    (home / "models" / "in_use.json").write_text('{"captioner": "blip"}', encoding="utf-8")
    check = captions()
    assert not check.works
    assert check.optional
    assert 'model "blip" is damaged (vision.onnx is missing)' in str(check.detail)
    assert "Until then captioner 1.0.0 is used." in str(check.detail)


def test_ones_own_model_that_is_damaged_is_told_though_the_shipped_one_serves(home: Path) -> None:
    (make(home / "models" / "scene") / "model.onnx").write_bytes(b"")
    check = next(c for c in health._models() if "scene" in str(c.name))
    assert not check.works
    assert check.optional  # photos are read all the same
    assert "miso models remove scene" in str(check.detail)


def test_music_is_tagged_without_the_audio_network_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert health._network().works
    monkeypatch.setattr(paths, "bundle_roots", lambda: (tmp_path,))
    check = health._network()
    assert not check.works
    assert check.optional
    assert "by its features alone" in str(check.detail)
