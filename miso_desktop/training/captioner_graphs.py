"""The compact captioner's two ONNX graphs, as the captioner's contract wants them.

See :mod:`miso_desktop.photos.captioner`.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from miso_desktop.training import captioner_contract
from miso_desktop.training.captioner_contract import MASKED
from miso_desktop.training.captioner_gist import Gist
from miso_desktop.training.captioner_network import CompactCaptioner, Layer
from miso_desktop.training.scene_encoder import PooledEncoder


class Encoder(nn.Module):
    """A photo's grid, its pooled features and its ImageNet logits, of EfficientNet-Lite2."""

    def __init__(self) -> None:
        super().__init__()
        self.pooled = PooledEncoder()

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Pixels (n, 3, size, size) to (n, 81, 352), (n, 4096) and (n, 1000)."""
        stages, head, logits = self.pooled.look(pixels)
        return stages[-1].flatten(2).transpose(1, 2), self.pooled.pool([*stages, head]), logits


class Vision(nn.Module):
    """Pixels to the cross-attention keys and values of every layer of the decoder.

    ``only_gist`` leaves the grid out, to see what it is good for.
    """

    def __init__(self, model: CompactCaptioner, gist: Gist, only_gist: bool) -> None:
        super().__init__()
        self.only_gist = only_gist
        self.encoder = Encoder()
        self.gist = gist
        self.sight = model.sight
        self.layers = model.decoder.layers

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        grid, features, logits = self.encoder(pixels)
        seen = self.sight(self.gist(features, logits), None if self.only_gist else grid)
        found: list[Tensor] = []
        for layer in self.layers:
            assert isinstance(layer, Layer)
            keys, values = layer.cross.remember(seen)
            found += [keys, values]
        return tuple(found)


class Writer(nn.Module):
    """New tokens and what was read before to the logits of the next one."""

    def __init__(self, model: CompactCaptioner) -> None:
        super().__init__()
        self.decoder = model.decoder
        self.count = len(model.decoder.layers)

    def forward(self, tokens: Tensor, *cache: Tensor) -> tuple[Tensor, ...]:
        decoder = self.decoder
        past, cross = cache[: 2 * self.count], cache[2 * self.count :]
        places = torch.arange(past[0].shape[2] + tokens.shape[1])
        new = places[past[0].shape[2] :]
        mask = (places[None, :] > new[:, None]).float() * MASKED
        x = decoder.words(tokens) * decoder.shape.width**0.5 + decoder.places(new)
        present: list[Tensor] = []
        for i, layer in enumerate(decoder.layers):
            assert isinstance(layer, Layer)
            y = layer.before_self(x)
            key, value = layer.self.remember(y)
            keys = torch.cat([past[2 * i], key.transpose(2, 3)], 2)
            values = torch.cat([past[2 * i + 1], value], 2)
            present += [keys, values]
            x = x + layer.self(y, keys.transpose(2, 3), values, mask)
            x = x + self._look(layer, layer.before_cross(x), *cross[2 * i : 2 * i + 2])
            x = x + layer.think(layer.before_think(x))
        return (decoder.logits(decoder.last(x[:, -1])), *present)

    @staticmethod
    def _look(layer: Layer, x: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """Let all beams of a photo look at it together: its keys need no copies."""
        rows, new, width = x.shape
        together = x.reshape(keys.shape[0], -1, width)
        found: Tensor = layer.cross(together, keys, values)
        return found.reshape(rows, new, width)


def export_vision(
    model: CompactCaptioner, gist: Gist, size: int, file: Path, *, only_gist: bool = False
) -> None:
    """Write ``vision.onnx``, in fp32."""
    layers = model.decoder.shape.layers
    captioner_contract.export_vision(Vision(model, gist, only_gist), size, layers, file)


def export_decoder(model: CompactCaptioner, file: Path) -> None:
    """Write ``decoder.onnx``, in fp32."""
    shape = model.decoder.shape
    captioner_contract.export_decoder(
        Writer(model), shape.layers, shape.heads, shape.width // shape.heads, file
    )
