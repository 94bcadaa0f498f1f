"""Weights in 8 bits say nearly what they said in 32."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx", reason="needs the extra [train] or [export]")

from onnx import TensorProto, helper, numpy_helper, save_model

from miso_desktop import bundles
from miso_desktop.training.int8 import eight_bits, shrink


@pytest.fixture
def weights() -> np.ndarray:
    """Columns of very different sizes."""
    random = np.random.default_rng(0)
    return (random.normal(size=(40, 1500)) * np.geomspace(1e-4, 10, 1500)).astype(np.float32)


def product(op: str, weights: np.ndarray, file: Path) -> Path:
    """A graph of one node with these weights."""
    sizes = {"MatMul": (["rows", 40], ["rows", 1500]), "Conv": (["n", 40, 1, 1], ["n", 1500, 1, 1])}
    inputs, outputs = sizes["Conv" if op == "Conv" else "MatMul"]
    made = helper.make_graph(
        [helper.make_node(op, ["x", "w"], ["y"], **({"transB": 1} if op == "Gemm" else {}))],
        "product",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, inputs)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, outputs)],
        [numpy_helper.from_array(np.ascontiguousarray(weights), "w")],
    )
    opset = [helper.make_opsetid("", 17)]
    save_model(helper.make_model(made, opset_imports=opset, ir_version=8), str(file))
    return file


def said(graph: Path, shape: tuple[int, ...] = (40, 40)) -> np.ndarray:
    x = np.eye(40, dtype=np.float32).reshape(shape)
    found: np.ndarray = bundles.open_session(graph).run(None, {"x": x})[0]
    return found.reshape(40, 1500)


LAID_OUT = {
    "MatMul": lambda weights: weights,
    "Gemm": lambda weights: weights.T,
    "Conv": lambda weights: weights.T[:, :, None, None],
}


@pytest.mark.parametrize("op", LAID_OUT)
def test_every_output_keeps_its_own_precision(op: str, weights: np.ndarray, tmp_path: Path) -> None:
    graph = product(op, LAID_OUT[op](weights), tmp_path / "graph.onnx")
    before = graph.stat().st_size
    shrink(graph)
    assert graph.stat().st_size < before / 2
    found = said(graph, (40, 40, 1, 1) if op == "Conv" else (40, 40))
    assert (np.abs(found - weights) <= np.abs(weights).max(0) / 127).all()
    assert not np.array_equal(found, weights)


def test_what_is_spared_stays_as_it_is(weights: np.ndarray, tmp_path: Path) -> None:
    graph = product("MatMul", weights, tmp_path / "graph.onnx")
    shrink(graph, ["w"])
    np.testing.assert_array_equal(said(graph), weights)


def test_weights_that_are_rounded_lose_nothing_more(weights: np.ndarray, tmp_path: Path) -> None:
    numbers, scale = eight_bits(weights, 1)
    assert scale.shape == (1, 1500)
    graph = product("MatMul", numbers * scale, tmp_path / "graph.onnx")
    shrink(graph)
    np.testing.assert_allclose(said(graph), numbers * scale, rtol=1e-6)
