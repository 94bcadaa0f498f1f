"""Weights in 8 bits."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

KINDS = ("MatMul", "Gemm", "Gather")
"""What is quantised: products with weights, and embeddings. The patch embedding stays as
it is: ONNX Runtime's integer convolution is slower."""

LARGE = 50_000
"""Smaller weights stay as they are: of an encoder that is narrow first, the first ones, whose
errors all the others would see."""


def quantise(exact: Path, fast: Path, only: Collection[str] | None = None) -> None:
    """Weights to 8 bits, each column with a scale of its own.

    Parameters
    ----------
    exact, fast : Path
        The graph in fp32, and where the other is written.
    only : collection of str, optional
        Nodes; all by default.
    """
    if only is not None and not only:
        shutil.copyfile(exact, fast)
        return
    # The quantiser first turns every Gemm into a product of another name, and a sum.
    nodes = None if only is None else sorted({*only, *(f"{name}_MatMul" for name in only)})
    quantize_dynamic(
        exact,
        fast,
        op_types_to_quantize=list(KINDS),
        nodes_to_quantize=nodes,
        per_channel=True,
        weight_type=QuantType.QInt8,
    )


def shrink(path: Path, spared: Collection[str] = ()) -> None:
    """Store the large weights of an ONNX file in 8 bits; the arithmetic stays 32-bit.

    The weights of products and of convolutions by points, each output with a scale of its
    own. ONNX Runtime undoes it once, while it loads the file.

    Parameters
    ----------
    path : Path
        Is replaced.
    spared : collection of str
        Names of weights that stay as they are.
    """
    model = onnx.load(str(path))
    weights = {weight.name: weight for weight in model.graph.initializer}
    nodes = []
    for name, axis in _outputs(model.graph.node).items():
        weight = weights.get(name)
        if name in spared or weight is None or np.prod(weight.dims) < LARGE:
            continue
        if weight.data_type != onnx.TensorProto.FLOAT or np.prod(weight.dims[2:]) > 1:
            continue
        numbers, scale = eight_bits(numpy_helper.to_array(weight), axis)
        weight.CopyFrom(numpy_helper.from_array(numbers, f"{name}.int8"))
        model.graph.initializer.append(numpy_helper.from_array(scale, f"{name}.scale"))
        nodes += [
            onnx.helper.make_node("Cast", [f"{name}.int8"], [f"{name}.whole"], to=1),
            onnx.helper.make_node("Mul", [f"{name}.whole", f"{name}.scale"], [name]),
        ]
    nodes += model.graph.node
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def eight_bits(
    weights: NDArray[np.float32], axis: int
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Round weights to 255 steps, with a scale for each place along an axis.

    Returns
    -------
    numbers : numpy.ndarray, int8
        As many as the weights.
    scale : numpy.ndarray, float32
        As long as the weights along ``axis``, and 1 along the others; the two multiplied
        are the rounded weights.
    """
    others = tuple(i for i in range(weights.ndim) if i != axis)
    scale = np.maximum(np.abs(weights).max(others, keepdims=True) / 127, np.float32(1e-30))
    return np.round(weights / scale).astype(np.int8), scale


def _outputs(nodes: Iterable[onnx.NodeProto]) -> dict[str, int]:
    """Of each operand that may be a weight, the axis of the outputs."""
    found = {}
    for node in nodes:
        if node.op_type == "MatMul":
            found[node.input[1]] = 1
        elif node.op_type == "Gemm":
            transposed = any(part.name == "transB" and part.i for part in node.attribute)
            found[node.input[1]] = 0 if transposed else 1
        elif node.op_type == "Conv":
            found[node.input[1]] = 0
    return found
