"""Write a captioner's two networks as ONNX, with the names and axes of the contract.

See :mod:`miso_desktop.photos.captioner`.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

OPSET = 17
MASKED = -10000.0
"""Added to the attention score of a token that is still to come, as in transformers."""


def export_vision(module: nn.Module, size: int, layers: int, file: Path) -> None:
    """Write ``vision.onnx``, in fp32.

    Parameters
    ----------
    module : nn.Module
        Pixels to keys and values of the cross-attention, layer after layer.
    size : int
        Side of a photo in pixels.
    layers : int
        Of the decoder.
    file : Path
        Where to.
    """
    names = _pairs("cross_", layers)
    _export(
        module,
        (torch.zeros(2, 3, size, size),),
        file,
        inputs=["pixels"],
        outputs=names,
        axes={name: {0: "photos"} for name in ["pixels", *names]},
    )


def export_decoder(module: nn.Module, layers: int, heads: int, width: int, file: Path) -> None:
    """Write ``decoder.onnx``, in fp32; it serves vision graphs of every size.

    Parameters
    ----------
    module : nn.Module
        Tokens, past keys and values, cross keys and values to logits, keys and values.
    layers, heads, width : int
        Of the decoder; ``width`` is that of one head.
    file : Path
        Where to.
    """
    past, present, cross = (_pairs(kind, layers) for kind in ("past_", "", "cross_"))
    # No axis of the example is 1 or like another, so that none is taken for a constant.
    photos, beams, new, read, seen = 2, 3, 4, 5, 7
    rows = photos * beams
    example = [torch.ones(rows, new, dtype=torch.int64)]
    example += [torch.zeros(rows, heads, read, width) for _ in past]
    for _ in range(layers):
        example += [
            torch.zeros(photos, heads, width, seen),
            torch.zeros(photos, heads, seen, width),
        ]
    axes = {"tokens": {0: "rows", 1: "new"}, "logits": {0: "rows"}}
    axes |= {name: {0: "rows", 2: "past"} for name in past}
    axes |= {name: {0: "rows", 2: "past + new"} for name in present}
    axes |= {name: {0: "photos", 3 if "key" in name else 2: "positions"} for name in cross}
    _export(
        module,
        tuple(example),
        file,
        inputs=["tokens", *past, *cross],
        outputs=["logits", *present],
        axes=axes,
    )


def _pairs(kind: str, layers: int) -> list[str]:
    return [f"{kind}{part}_{layer}" for layer in range(layers) for part in ("key", "value")]


def _export(
    module: nn.Module,
    example: tuple[Tensor, ...],
    file: Path,
    *,
    inputs: list[str],
    outputs: list[str],
    axes: dict[str, dict[int, str]],
) -> None:
    with torch.no_grad(), warnings.catch_warnings():
        # The TorchScript exporter is deprecated, but the newer one turns the empty cache,
        # whose length is 0, into a graph of its own.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(),
            example,
            str(file),
            input_names=inputs,
            output_names=outputs,
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )
