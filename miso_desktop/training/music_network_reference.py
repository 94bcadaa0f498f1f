"""musicnn's network in plain NumPy, step by step as its authors wrote it.

It is what the ONNX graph is held to: nothing is folded or left out, every sum is in 64 bit,
and no code is shared with the graph. It takes half a second a patch.

One step is easily missed: ``tf.concat([max_pool, mean_pool], 2)`` of arrays (n, 753, 1)
lays a channel's maximum and mean side by side, not all maxima before all means.

References
----------
Package musicnn 0.1.0, ``models.py``: ``build_musicnn`` with ``7774timbraltemporal``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_EPSILON = 1e-3


@dataclass(frozen=True)
class Heard:
    """What the original gives for one patch.

    Attributes
    ----------
    pooled : numpy.ndarray, shape (1506,)
        ``max_pool``, then ``mean_pool``.
    dense : numpy.ndarray, shape (200,)
        ``penultimate``.
    tags : numpy.ndarray, shape (50,)
        Probabilities.
    """

    pooled: Array
    dense: Array
    tags: Array


def hear(variables: Mapping[str, Array], patch: Array) -> Heard:
    """Run the network.

    Parameters
    ----------
    variables : mapping of str to numpy.ndarray
        Of the checkpoint.
    patch : numpy.ndarray, shape (187, 96)
        Log-mel spectrogram.
    """
    network = _Network(variables)
    x = network.norm(patch[:, :, None].astype(np.float64), 0)[:, :, 0]
    timbral = [network.branch(x, number, 3, 3) for number in (0, 1)]
    temporal = [network.branch(x, number, *_same(length)) for number, length in _TEMPORAL]
    front = np.concatenate([*timbral, *temporal], axis=1)
    first = network.branch(front, 5, 3, 3)
    second = network.branch(first, 6, 3, 3) + first
    third = network.branch(second, 7, 3, 3) + second
    levels = np.concatenate([front, first, second, third], axis=1)
    loudest, mean = levels.max(axis=0), levels.mean(axis=0)
    flat = network.norm(np.stack([loudest, mean], axis=1).reshape(-1), 9)
    dense = network.norm(np.maximum(network.dense(flat, "dense"), 0), 10)
    return Heard(
        np.concatenate([loudest, mean]), dense, 1 / (1 + np.exp(-network.dense(dense, "dense_1")))
    )


_TEMPORAL = ((2, 128), (3, 64), (4, 32))
"""Number and length of the kernels that see one band."""


def _same(length: int) -> tuple[int, int]:
    """TensorFlow's padding 'same': an odd frame comes behind."""
    return (length - 1) // 2, length // 2


@dataclass(frozen=True)
class _Network:
    variables: Mapping[str, Array]

    def norm(self, x: Array, number: int) -> Array:
        """Batch norm over the last axis."""
        name = f"batch_normalization_{number}" if number else "batch_normalization"
        gamma, beta, mean, variance = (
            self.variables[f"{name}/{part}"].astype(np.float64)
            for part in ("gamma", "beta", "moving_mean", "moving_variance")
        )
        return np.asarray((x - mean) / np.sqrt(variance + _EPSILON) * gamma + beta)

    def branch(self, x: Array, number: int, before: int, after: int) -> Array:
        """Convolution, ReLU, batch norm, maximum over frequency: (frames, channels)."""
        name = f"conv2d_{number}" if number else "conv2d"
        kernel = self.variables[f"{name}/kernel"].astype(np.float64)
        padded = np.pad(x, ((before, after), (0, 0)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape[:2])
        flat = windows.reshape(*windows.shape[:2], -1) @ kernel.reshape(-1, kernel.shape[-1])
        active = np.maximum(flat + self.variables[f"{name}/bias"], 0)
        return np.asarray(self.norm(active, number + 1).max(axis=1))

    def dense(self, x: Array, name: str) -> Array:
        kernel, bias = self.variables[f"{name}/kernel"], self.variables[f"{name}/bias"]
        return np.asarray(x @ kernel.astype(np.float64) + bias)
