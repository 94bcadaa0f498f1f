"""musicnn's network, rebuilt as an ONNX graph from its checkpoint's variables.

Nothing is learned here, and what is dead is left out. Weight decay drove most of the first
filters to nothing (to 1e-31), and a filter that is nothing answers every sound alike: it is
a constant, which the next layer's bias takes in. Of the 561 of ``MSD_musicnn`` 64 are
alive. So the graph gives what the original gives, in a tenth of the time.

Two more rearrangements are exact. Batch norm is an affine map of each channel, so the
maximum over frequency can be taken before it and before ReLU, where the tensors are sixty
times larger; where the map falls, the filter is turned over and gives the minimum. And the
batch norms around the dense layers are part of their weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from miso_desktop.music.mel import N_MELS, PATCH
from miso_desktop.music.network import DENSE, EMBEDDING, MEL, TAGS
from miso_desktop.training.face_graphs import Array, Graph

_EPSILON = 1e-3
"""Of TensorFlow's batch norms."""
_LOUDEST = 10.0
"""No normalised input lies further from 0; a filter's answer cannot vary by more than this
times the sum of its weights."""
_NOTHING = 1e-5
"""A channel that varies by less is a constant."""
_TIMBRAL, _TEMPORAL = (0, 1), (2, 3, 4)
"""Convolutions of the first layer, by their number in the checkpoint."""
_MIDDLE = (5, 6, 7)
"""Those over time; each adds to what the one before gave."""
_REACH = 3
"""Frames before and after the middle of a kernel of seven."""


@dataclass(frozen=True)
class _Affine:
    """A batch norm: ``y = scale * x + shift`` in each channel."""

    scale: Array
    shift: Array


@dataclass(frozen=True)
class _Branch:
    """A convolution of the first layer without its dead filters.

    Attributes
    ----------
    kernel : numpy.ndarray, shape (live, 1, frames, bands)
    bias : numpy.ndarray, shape (live,)
    norm : _Affine
        Of the live filters.
    live : numpy.ndarray, shape (filters,), bool
    constants : numpy.ndarray, shape (filters,)
        What the dead filters answer; 0 where alive.
    """

    kernel: Array
    bias: Array
    norm: _Affine
    live: Array
    constants: Array


class MusicGraph(Graph):
    """The network of one checkpoint.

    Parameters
    ----------
    variables : mapping of str to numpy.ndarray
        From :func:`~miso_desktop.training.tensorflow_bundle.read_variables`.
    """

    def __init__(self, variables: Mapping[str, Array]) -> None:
        super().__init__()
        self._variables = variables
        self._branches = [self._branch(number) for number in (*_TIMBRAL, *_TEMPORAL)]
        self._heard = np.concatenate([branch.live for branch in self._branches])

    @property
    def filters(self) -> tuple[int, int]:
        """How many of the first layer's filters are alive, and of how many."""
        return int(self._heard.sum()), self._heard.size

    @property
    def pooled_alive(self) -> Array:
        """Which of the original's pooled channels the embedding keeps, shape (1506,).

        All maxima, then all means, each by level.
        """
        return np.tile(np.concatenate([self._heard, *self._middle_alive()]), 2)

    def write(self, path: Path) -> None:
        """Check the graph and write it.

        ``mel`` (n, 187, 96) to ``embedding`` (n, 2 x channels that are alive), ``dense``
        (n, 200) and ``tags`` (n, 50), probabilities.
        """
        heard = self._first()
        levels = self._middle(heard)
        pooled = self._pool(levels)
        dense = self._dense(pooled)
        logits = self._gemm(dense, "logits", *self._weights_of("dense_1"))
        self.node("Sigmoid", [logits], TAGS)
        self.save(
            path,
            ["n", PATCH, N_MELS],
            {
                EMBEDDING: ["n", int(self.pooled_alive.sum())],
                DENSE: ["n", self._variables["dense/bias"].size],
                TAGS: ["n", self._variables["dense_1/bias"].size],
            },
            source=MEL,
        )

    def _weights_of(self, layer: str) -> tuple[Array, Array]:
        return self._variables[f"{layer}/kernel"], self._variables[f"{layer}/bias"]

    def _norm(self, number: int) -> _Affine:
        name = f"batch_normalization_{number}" if number else "batch_normalization"
        gamma, beta, mean, variance = (
            self._variables[f"{name}/{part}"].astype(np.float64)
            for part in ("gamma", "beta", "moving_mean", "moving_variance")
        )
        scale = gamma / np.sqrt(variance + _EPSILON)
        return _Affine(scale, beta - scale * mean)

    def _branch(self, number: int) -> _Branch:
        """Batch norms count from the input's, so that a convolution's has the next number."""
        kernel, bias = self._weights_of(_convolution(number))
        norm, live = self._norm(number + 1), self._varies(number)
        constants = np.where(live, 0.0, norm.scale * np.maximum(bias, 0) + norm.shift)
        turned = np.where(norm.scale < 0, -1.0, 1.0)[live]
        return _Branch(
            kernel=kernel.transpose(3, 2, 0, 1)[live] * turned.reshape(-1, 1, 1, 1),
            bias=bias[live] * turned,
            norm=_Affine(norm.scale[live], norm.shift[live]),
            live=live,
            constants=constants,
        )

    def _affine(self, x: str, name: str, norm: _Affine, shape: Sequence[int]) -> str:
        scale = self.constant(f"{name}.scale", norm.scale.reshape(shape))
        shift = self.constant(f"{name}.shift", norm.shift.reshape(shape))
        scaled = self.node("Mul", [x, scale], f"{name}.scaled")
        return self.node("Add", [scaled, shift], name)

    def _first(self) -> str:
        """The live filters over time, (n, live, 187)."""
        normal = self._affine(MEL, "normal", self._norm(0), (1,))
        axis = self.constant("one", np.array([1], np.int64))
        image = self.node("Unsqueeze", [normal, axis], "image")
        parts = [self._listen(image, number) for number in (*_TIMBRAL, *_TEMPORAL)]
        return self.node("Concat", [part for part in parts if part], "heard", axis=1)

    def _listen(self, image: str, number: int) -> str:
        """One branch: convolution, maximum over frequency, ReLU, batch norm."""
        branch, name = self._branches[number], f"branch{number}"
        if not branch.live.any():
            return ""
        frames, bands = branch.kernel.shape[2:]
        before = (frames - 1) // 2
        x = self.node(
            "Conv",
            [
                image,
                self.constant(f"{name}.kernel", branch.kernel),
                self.constant(f"{name}.bias", branch.bias),
            ],
            f"{name}.conv",
            # An even kernel takes the odd frame after it: TensorFlow's 'same'.
            pads=[before, 0, frames - 1 - before, 0],
        )
        x = self.node("MaxPool", [x], f"{name}.max", kernel_shape=[1, N_MELS - bands + 1])
        x = self.node("Squeeze", [x, self.constant(f"{name}.last", np.array([3]))], f"{name}.flat")
        turned = np.where(branch.norm.scale < 0, -1.0, 1.0).reshape(-1, 1)
        if (turned < 0).any():
            x = self.node("Mul", [x, self.constant(f"{name}.turn", turned)], f"{name}.turned")
        x = self.node("Relu", [x], f"{name}.relu")
        return self._affine(x, name, branch.norm, (-1, 1))

    def _middle(self, heard: str) -> list[str]:
        """Three convolutions over time, the last two beside what went before."""
        kernel, bias = self._weights_of(_convolution(5))  # (7, 561, 1, 64)
        constants = np.concatenate([branch.constants for branch in self._branches])
        # At the ends, where the padding is 0, the constants count a little too much: less
        # than 1e-6, for they are all but 0.
        bias = bias + np.einsum("tcio,c->o", kernel, constants)
        first = self._over_time(heard, 5, kernel[:, self._heard], bias)
        second = self._over_time(first, 6, *self._weights_of(_convolution(6)))
        second = self.node("Add", [second, first], "second")
        third = self._over_time(second, 7, *self._weights_of(_convolution(7)))
        return [heard, first, second, self.node("Add", [third, second], "third")]

    def _over_time(self, x: str, number: int, kernel: Array, bias: Array) -> str:
        """A convolution of seven frames, ReLU, batch norm."""
        name = f"middle{number}"
        # From frames, channels in, 1, channels out.
        packed = kernel[:, :, 0].transpose(2, 1, 0)
        inputs = [
            x,
            self.constant(f"{name}.kernel", packed),
            self.constant(f"{name}.bias", bias),
        ]
        x = self.node("Conv", inputs, f"{name}.conv", pads=[_REACH, _REACH])
        x = self.node("Relu", [x], f"{name}.relu")
        return self._affine(x, name, self._norm(number + 1), (-1, 1))

    def _middle_alive(self) -> list[Array]:
        """Which channels of the three later levels are no constants."""
        first, second, third = (self._varies(number) for number in _MIDDLE)
        return [first, first | second, first | second | third]

    def _varies(self, number: int) -> Array:
        """Which filters are no constants."""
        kernel, _ = self._weights_of(_convolution(number))
        weight = np.abs(kernel).sum(axis=(0, 1, 2)) * np.abs(self._norm(number + 1).scale)
        return np.asarray(_LOUDEST * weight > _NOTHING)

    def _pool(self, levels: Sequence[str]) -> str:
        """Maximum, then mean, of every live channel over time."""
        heard, *middle = levels
        kept = [heard]
        for level, alive in zip(middle, self._middle_alive(), strict=True):
            index = self.constant(f"{level}.alive", np.flatnonzero(alive))
            kept.append(self.node("Gather", [level, index], f"{level}.kept", axis=1))
        everything = self.node("Concat", kept, "levels", axis=1)
        loudest = self.node("ReduceMax", [everything], "loudest", axes=[2], keepdims=0)
        mean = self.node("ReduceMean", [everything], "mean", axes=[2], keepdims=0)
        return self.node("Concat", [loudest, mean], EMBEDDING, axis=1)

    def _dense(self, pooled: str) -> str:
        """The dense layer with the batch norms before and behind it."""
        kernel, bias = (part.astype(np.float64) for part in self._weights_of("dense"))
        before = self._norm(8 + 1)
        bias = bias + before.shift @ kernel
        # The original has a channel's maximum and its mean side by side.
        pairs = (before.scale[:, None] * kernel).reshape(-1, 2, bias.size)
        kernel = pairs.transpose(1, 0, 2).reshape(-1, bias.size)
        bias = bias + self._pooled_constants() @ kernel
        x = self._gemm(pooled, "dense.gemm", kernel[self.pooled_alive], bias)
        x = self.node("Relu", [x], "dense.relu")
        return self._affine(x, DENSE, self._norm(9 + 1), (-1,))

    def _pooled_constants(self) -> Array:
        """What the pooled channels are that the embedding leaves out; 0 for the others."""
        constants = [branch.constants for branch in self._branches]
        total = np.zeros(1)
        for number, alive in zip(_MIDDLE, self._middle_alive(), strict=True):
            norm, (_, bias) = self._norm(number + 1), self._weights_of(_convolution(number))
            total = total + norm.scale * np.maximum(bias, 0) + norm.shift
            constants.append(np.where(alive, 0.0, total))
        return np.tile(np.concatenate(constants), 2)

    def _gemm(self, x: str, name: str, kernel: Array, bias: Array) -> str:
        inputs = [
            x,
            self.constant(f"{name}.kernel", kernel),
            self.constant(f"{name}.bias", bias),
        ]
        return self.node("Gemm", inputs, name)


def _convolution(number: int) -> str:
    """TensorFlow's name of a convolution."""
    return f"conv2d_{number}" if number else "conv2d"
