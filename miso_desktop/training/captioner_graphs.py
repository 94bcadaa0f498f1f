"""The compact captioner's two ONNX graphs, as the captioner's contract wants them.

See :mod:`miso_desktop.photos.captioner`. The photo and its mirror image are put into words
side by side, and the next word is the one that both find likely: the mean of the logarithms
of its probabilities. To the runtime these are one photo and a decoder with twice the heads.

References
----------
Krizhevsky et al. (2012), ImageNet classification with deep convolutional neural networks:
averaging over the mirror image.
Hinton (2002), Training products of experts by minimizing contrastive divergence.
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

SIDES = 2
"""The photo and its mirror image; they lie together, as the beams of a photo do."""


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

    The photo and its mirror image have one gist, and a grid each. ``only_gist`` leaves the
    grids out, to see what they are good for.
    """

    def __init__(
        self, model: CompactCaptioner, gist: Gist, encoder: nn.Module, *, only_gist: bool = False
    ) -> None:
        super().__init__()
        self.only_gist = only_gist
        self.encoder = encoder
        self.gist = gist
        self.sight = model.sight
        self.layers = model.decoder.layers

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        grid, features, logits = self.encoder(_side_by_side(pixels, pixels.flip(3)))
        gist = self.gist(_mean_of_sides(features), _mean_of_sides(logits))
        seen = self.sight(_on_both_sides(gist), None if self.only_gist else grid)
        found: list[Tensor] = []
        for layer in self.layers:
            assert isinstance(layer, Layer)
            keys, values = layer.cross.remember(seen)
            found += [_as_heads(keys), _as_heads(values)]
        return tuple(found)


class Writer(nn.Module):
    """New tokens and what was read before to the logits of the next one."""

    def __init__(self, model: CompactCaptioner) -> None:
        super().__init__()
        self.decoder = model.decoder
        self.count = len(model.decoder.layers)

    def forward(self, tokens: Tensor, *cache: Tensor) -> tuple[Tensor, ...]:
        decoder = self.decoder
        sides = [_as_sides(kept) for kept in cache]
        past, cross = sides[: 2 * self.count], sides[2 * self.count :]
        read = cache[0].shape[2]
        places = torch.arange(read + tokens.shape[1])
        new = places[read:]
        mask = (places[None, :] > new[:, None]).float() * MASKED
        x = decoder.words(tokens) * decoder.shape.width**0.5 + decoder.places(new)
        x = _on_both_sides(x)
        present: list[Tensor] = []
        for i, layer in enumerate(decoder.layers):
            assert isinstance(layer, Layer)
            y = layer.before_self(x)
            key, value = layer.self.remember(y)
            keys = torch.cat([past[2 * i], key.transpose(2, 3)], 2)
            values = torch.cat([past[2 * i + 1], value], 2)
            present += [_as_heads(keys), _as_heads(values)]
            x = x + layer.self(y, keys.transpose(2, 3), values, mask)
            x = x + self._look(layer, layer.before_cross(x), *cross[2 * i : 2 * i + 2])
            x = x + layer.think(layer.before_think(x))
        chance = decoder.logits(decoder.last(x[:, -1])).log_softmax(1)
        return (_mean_of_sides(chance), *present)

    @staticmethod
    def _look(layer: Layer, x: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """Let all beams of a photo look at it together: its keys need no copies."""
        _, new, width = x.shape
        photos = keys.shape[0] // SIDES
        beams = x.reshape(photos, -1, SIDES, new, width).transpose(1, 2)
        together = beams.reshape(photos * SIDES, -1, width)
        found: Tensor = layer.cross(together, keys, values)
        apart = found.reshape(photos, SIDES, -1, new, width).transpose(1, 2)
        return apart.reshape(-1, new, width)


def _on_both_sides(x: Tensor) -> Tensor:
    """(rows, ...) to (rows * sides, ...)."""
    return _side_by_side(x, x)


def _side_by_side(one: Tensor, other: Tensor) -> Tensor:
    """Twice (rows, ...) to (rows * sides, ...), the two of a row together."""
    rows, *sizes = one.shape  # flatten() and unflatten() would make constants of them in a graph
    return torch.stack([one, other], 1).reshape(rows * SIDES, *sizes)


def _mean_of_sides(x: Tensor) -> Tensor:
    """(rows * sides, width) to (rows, width)."""
    return x.reshape(-1, SIDES, x.shape[1]).mean(1)


def _as_heads(x: Tensor) -> Tensor:
    """(rows * sides, heads, ...) to (rows, sides * heads, ...)."""
    rows, heads, *sizes = x.shape
    return x.reshape(rows // SIDES, SIDES * heads, *sizes)


def _as_sides(x: Tensor) -> Tensor:
    """(rows, sides * heads, ...) to (rows * sides, heads, ...)."""
    rows, heads, *sizes = x.shape
    return x.reshape(rows * SIDES, heads // SIDES, *sizes)


def export_vision(
    model: CompactCaptioner, gist: Gist, size: int, file: Path, *, only_gist: bool = False
) -> None:
    """Write ``vision.onnx``, in fp32."""
    layers = model.decoder.shape.layers
    captioner_contract.export_vision(
        Vision(model, gist, Encoder(), only_gist=only_gist), size, layers, file
    )


def export_decoder(model: CompactCaptioner, file: Path) -> None:
    """Write ``decoder.onnx``, in fp32."""
    shape = model.decoder.shape
    captioner_contract.export_decoder(
        Writer(model), shape.layers, SIDES * shape.heads, shape.width // shape.heads, file
    )
