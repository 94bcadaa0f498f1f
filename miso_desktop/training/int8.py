"""A captioner's weights in 8 bits."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path

from onnxruntime.quantization import QuantType, quantize_dynamic

KINDS = ("MatMul", "Gemm", "Gather")
"""What is quantised: products with weights, and embeddings. The patch embedding stays as
it is: ONNX Runtime's integer convolution is slower."""


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
