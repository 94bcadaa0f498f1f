"""Weights in a file of their own say the same, and nothing is left behind."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx", reason="needs the extra [export]")

from miso_desktop import bundles
from miso_desktop.export.weights import SUFFIX, set_apart
from tests.bundle_samples import TINY


def test_a_network_says_the_same_with_its_weights_beside_it(tmp_path: Path) -> None:
    whole = TINY / "vision.onnx"
    network = tmp_path / "vision.onnx"
    shutil.copyfile(whole, network)
    (tmp_path / f"vision.onnx{SUFFIX}").write_bytes(b"of one that was there before")
    set_apart(network)
    beside = tmp_path / f"vision.onnx{SUFFIX}"
    assert {path.name for path in tmp_path.iterdir()} == {network.name, beside.name}
    assert network.stat().st_size < whole.stat().st_size
    assert beside.stat().st_mode == network.stat().st_mode
    assert not beside.read_bytes().startswith(b"of one")
    before, after = bundles.open_session(whole), bundles.open_session(network)
    shape = [1, *before.get_inputs()[0].shape[1:]]
    pixels = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    for one, other in zip(
        before.run(None, {"pixels": pixels}), after.run(None, {"pixels": pixels}), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_a_second_time_nothing_changes(tmp_path: Path) -> None:
    network = tmp_path / "vision.onnx"
    shutil.copyfile(TINY / "vision.onnx", network)
    set_apart(network)
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    set_apart(network)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == first
