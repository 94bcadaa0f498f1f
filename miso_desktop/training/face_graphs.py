"""Face networks from other people's packages, rebuilt as ONNX graphs, weight for weight.

Nothing is learned here. Every graph is batched (``n``), channels first, opset 17.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Array = NDArray[Any]
OPSET = 17
IR_VERSION = 10
"""Old enough for every ONNX Runtime that MISO runs with."""


class Graph:
    """An ONNX graph that grows node by node."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._weights: list[Any] = []

    def constant(self, name: str, values: Array) -> str:
        """Keep an array; its name."""
        kept = values if values.dtype == np.int64 else np.ascontiguousarray(values, np.float32)
        self._weights.append(numpy_helper.from_array(kept, name))
        return name

    def node(self, kind: str, inputs: Sequence[str], name: str, **attributes: Any) -> str:
        """Append a node with one output, which bears its name."""
        self._nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def save(
        self,
        path: Path,
        pixels: Sequence[int | str],
        outputs: Mapping[str, Sequence[int | str]],
    ) -> None:
        """Check the graph and write it; its input is ``pixels``."""
        graph = helper.make_graph(
            self._nodes,
            path.stem,
            [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, list(pixels))],
            [
                helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))
                for name, shape in outputs.items()
            ],
            self._weights,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
        model.ir_version = IR_VERSION
        onnx.checker.check_model(model, full_check=True)
        path.write_bytes(model.SerializeToString())


class _Cascade(Graph):
    """The layers that MTCNN's three networks are made of, with PyTorch's weights."""

    def __init__(self, state: Mapping[str, Array]) -> None:
        super().__init__()
        self._state = state

    def _kept(self, name: str) -> str:
        return self.constant(name, self._state[name])

    def conv(self, x: str, name: str) -> str:
        return self.node("Conv", [x, self._kept(f"{name}.weight"), self._kept(f"{name}.bias")], name)

    def prelu(self, x: str, name: str, axes: int) -> str:
        slope = self._state[f"{name}.weight"].reshape(-1, *[1] * axes)
        return self.node("PRelu", [x, self.constant(f"{name}.weight", slope)], name)

    def pool(self, x: str, name: str, side: int) -> str:
        return self.node(
            "MaxPool", [x], name, kernel_shape=[side, side], strides=[2, 2], ceil_mode=1
        )

    def flat(self, x: str) -> str:
        """Columns before rows before channels: the order that the weights were learned in."""
        turned = self.node("Transpose", [x], "turned", perm=[0, 3, 2, 1])
        return self.node("Flatten", [turned], "flat", axis=1)

    def dense(self, x: str, name: str, out: str | None = None) -> str:
        inputs = [x, self._kept(f"{name}.weight"), self._kept(f"{name}.bias")]
        return self.node("Gemm", inputs, out or name, transB=1)


def proposal_network(state: Mapping[str, Array], path: Path) -> None:
    """P-Net: ``pixels`` (n, 3, h, w) to ``face`` (n, 2, rows, columns) and ``shift`` (n, 4, ...).

    Its cells are 12 pixels wide and 2 pixels apart.
    """
    graph = _Cascade(state)
    x = graph.prelu(graph.conv("pixels", "conv1"), "prelu1", 2)
    x = graph.pool(x, "pool1", 2)
    x = graph.prelu(graph.conv(x, "conv2"), "prelu2", 2)
    x = graph.prelu(graph.conv(x, "conv3"), "prelu3", 2)
    graph.node("Softmax", [graph.conv(x, "conv4_1")], "face", axis=1)
    graph.node("Identity", [graph.conv(x, "conv4_2")], "shift")
    grid = ["rows", "columns"]
    graph.save(
        path, ["n", 3, "height", "width"], {"face": ["n", 2, *grid], "shift": ["n", 4, *grid]}
    )


def refinement_network(state: Mapping[str, Array], path: Path) -> None:
    """R-Net: ``pixels`` (n, 3, 24, 24) to ``face`` (n, 2) and ``shift`` (n, 4)."""
    graph = _Cascade(state)
    x = graph.prelu(graph.conv("pixels", "conv1"), "prelu1", 2)
    x = graph.pool(x, "pool1", 3)
    x = graph.prelu(graph.conv(x, "conv2"), "prelu2", 2)
    x = graph.pool(x, "pool2", 3)
    x = graph.prelu(graph.conv(x, "conv3"), "prelu3", 2)
    x = graph.prelu(graph.dense(graph.flat(x), "dense4"), "prelu4", 0)
    graph.node("Softmax", [graph.dense(x, "dense5_1")], "face", axis=1)
    graph.dense(x, "dense5_2", "shift")
    graph.save(path, ["n", 3, 24, 24], {"face": ["n", 2], "shift": ["n", 4]})


def output_network(state: Mapping[str, Array], path: Path) -> None:
    """O-Net: ``pixels`` (n, 3, 48, 48) to ``face`` (n, 2), ``shift`` (n, 4), ``points`` (n, 10).

    Points: five x, then five y, as shares of the box: eyes, nose, corners of the mouth.
    """
    graph = _Cascade(state)
    x = graph.prelu(graph.conv("pixels", "conv1"), "prelu1", 2)
    x = graph.pool(x, "pool1", 3)
    x = graph.prelu(graph.conv(x, "conv2"), "prelu2", 2)
    x = graph.pool(x, "pool2", 3)
    x = graph.prelu(graph.conv(x, "conv3"), "prelu3", 2)
    x = graph.pool(x, "pool3", 2)
    x = graph.prelu(graph.conv(x, "conv4"), "prelu4", 2)
    x = graph.prelu(graph.dense(graph.flat(x), "dense5"), "prelu5", 0)
    graph.node("Softmax", [graph.dense(x, "dense6_1")], "face", axis=1)
    graph.dense(x, "dense6_2", "shift")
    graph.dense(x, "dense6_3", "points")
    graph.save(path, ["n", 3, 48, 48], {"face": ["n", 2], "shift": ["n", 4], "points": ["n", 10]})


def expression_network(
    layers: Sequence[Mapping[str, Any]], weights: Mapping[str, Mapping[str, Array]], path: Path
) -> None:
    """A Keras functional model of Mini-Xception's layers to ONNX.

    Parameters
    ----------
    layers : sequence of mapping
        ``config.layers`` of the model's description.
    weights : mapping
        Layer name to its arrays by their names (``kernel``, ``gamma``, ...), channels last.
    """
    graph = Graph()
    tensors: dict[str, str] = {}
    for layer in layers:
        name, settings = layer["name"], layer["config"]
        inputs = [tensors[source[0]] for node in layer["inbound_nodes"] for source in node]
        if layer["class_name"] == "InputLayer":
            tensors[name] = "pixels"
        else:
            tensors[name] = _keras_layer(
                graph, layer["class_name"], name, inputs, settings, weights.get(name, {})
            )
    graph.node("Identity", [tensors[layers[-1]["name"]]], "expressions")
    side = layers[0]["config"]["batch_input_shape"][1]
    classes = len(weights["conv2d_7"]["bias"])
    graph.save(path, ["n", 1, side, side], {"expressions": ["n", classes]})


def _keras_layer(
    graph: Graph,
    kind: str,
    name: str,
    inputs: list[str],
    settings: Mapping[str, Any],
    arrays: Mapping[str, Array],
) -> str:
    match kind:
        case "Conv2D" | "SeparableConv2D":
            return _keras_conv(graph, name, inputs[0], settings, arrays)
        case "BatchNormalization":
            order = ("gamma", "beta", "moving_mean", "moving_variance")
            kept = [graph.constant(f"{name}.{key}", arrays[key]) for key in order]
            return graph.node(kind, [*inputs, *kept], name, epsilon=settings["epsilon"])
        case "MaxPooling2D":
            return graph.node(
                "MaxPool",
                inputs,
                name,
                kernel_shape=settings["pool_size"],
                strides=settings["strides"],
                auto_pad=_padding(settings),
            )
        case "Add":
            return graph.node("Add", inputs, name)
        case "GlobalAveragePooling2D":
            pooled = graph.node("GlobalAveragePool", inputs, f"{name}.pooled")
            return graph.node("Flatten", [pooled], name, axis=1)
        case "Activation" if settings["activation"] == "relu":
            return graph.node("Relu", inputs, name)
        case "Activation" if settings["activation"] == "softmax":
            return graph.node("Softmax", inputs, name, axis=-1)
    raise ValueError(f"the layer {name} ({kind}) is not one that Mini-Xception has")


def _keras_conv(
    graph: Graph, name: str, x: str, settings: Mapping[str, Any], arrays: Mapping[str, Array]
) -> str:
    """Convolve, with the kernel in ONNX's order: (out, in, rows, columns)."""
    shared = {"strides": settings["strides"], "auto_pad": _padding(settings)}
    bias = [graph.constant(f"{name}.bias", arrays["bias"])] if "bias" in arrays else []
    if "kernel" in arrays:
        kernel = graph.constant(f"{name}.kernel", arrays["kernel"].transpose(3, 2, 0, 1))
        return graph.node("Conv", [x, kernel, *bias], name, **shared)
    depth = arrays["depthwise_kernel"].transpose(2, 3, 0, 1)
    point = arrays["pointwise_kernel"].transpose(3, 2, 0, 1)
    each = graph.node(
        "Conv",
        [x, graph.constant(f"{name}.depth", depth)],
        f"{name}.each",
        group=len(depth),
        **shared,
    )
    return graph.node("Conv", [each, graph.constant(f"{name}.point", point), *bias], name)


def _padding(settings: Mapping[str, Any]) -> str:
    return "SAME_UPPER" if settings["padding"] == "same" else "VALID"
