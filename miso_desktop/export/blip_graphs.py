"""BLIP's two ONNX graphs, written for inference.

The modules here take the weights of ``BlipForConditionalGeneration`` and compute the
same, in the shape of the captioner's contract (:mod:`miso_desktop.photos.captioner`):
the decoder's cross-attention keys and values belong to the vision graph, so that they
are computed once a photo, and one decoder graph both reads the prompt and goes on.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from miso_desktop.training import captioner_contract
from miso_desktop.training.captioner_contract import MASKED

if TYPE_CHECKING:
    from transformers import BlipForConditionalGeneration


class Vision(nn.Module):
    """Pixels to the cross-attention keys and values of every layer of the decoder.

    Parameters
    ----------
    model : BlipForConditionalGeneration
        The checkpoint.
    size : int
        Side of the photo in pixels, a multiple of the patch size. Position embeddings
        learned at another size are interpolated, bicubically, as transformers does with
        ``interpolate_pos_encoding``.
    """

    def __init__(self, model: BlipForConditionalGeneration, size: int) -> None:
        super().__init__()
        self.vision = model.vision_model
        layers = model.text_decoder.bert.encoder.layer
        self.cross = nn.ModuleList(layer.crossattention.self for layer in layers)
        self.register_buffer("positions", position_embedding(model, size))

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        embeddings = self.vision.embeddings
        patches = embeddings.patch_embedding(pixels).flatten(2).transpose(1, 2)
        first = embeddings.class_embedding.expand(pixels.shape[0], 1, -1)
        x = torch.cat([first, patches], dim=1) + self.positions
        for layer in self.vision.encoder.layers:
            x = x + self._attend(layer.self_attn, layer.layer_norm1(x))
            x = x + layer.mlp(layer.layer_norm2(x))
        x = self.vision.post_layernorm(x)
        seen = []
        for cross in self.cross:
            # Keys lie as the decoder's product wants them: it runs once a token.
            key = split_heads(cross.key(x), cross.num_attention_heads).transpose(2, 3)
            seen += [key, split_heads(cross.value(x), cross.num_attention_heads)]
        return tuple(seen)

    @staticmethod
    def _attend(attention: Any, x: Tensor) -> Tensor:
        query, key, value = (
            split_heads(part, attention.num_heads) for part in attention.qkv(x).chunk(3, dim=-1)
        )
        scores = torch.matmul(query, key.transpose(2, 3)) * attention.scale
        context = torch.matmul(scores.softmax(dim=-1), value)
        projected: Tensor = attention.projection(join_heads(context))
        return projected


class Decoder(nn.Module):
    """New tokens and what was read before to the logits of the next one."""

    def __init__(self, model: BlipForConditionalGeneration) -> None:
        super().__init__()
        self.text = model.text_decoder

    def forward(self, tokens: Tensor, *cache: Tensor) -> tuple[Tensor, ...]:
        layers = self.text.bert.encoder.layer
        count = len(layers)
        past, cross = cache[: 2 * count], cache[2 * count :]
        embeddings = self.text.bert.embeddings
        read = past[0].shape[2]
        places = torch.arange(read + tokens.shape[1], device=tokens.device)
        new = places[read:]
        x = embeddings.word_embeddings(tokens) + embeddings.position_embeddings(new)
        x = embeddings.LayerNorm(x)
        mask = (places[None, :] > new[:, None]).to(x.dtype) * MASKED
        present: list[Tensor] = []
        for number, layer in enumerate(layers):
            pair = slice(2 * number, 2 * number + 2)
            context, *cached = _self_attention(layer.attention.self, x, mask, *past[pair])
            present += cached
            x = layer.attention.output(context, x)
            x = layer.crossattention.output(
                _cross_attention(layer.crossattention.self, x, *cross[pair]), x
            )
            x = layer.output(layer.intermediate(x), x)
        return (self.text.cls(x[:, -1]), *present)


def _self_attention(
    attention: Any, x: Tensor, mask: Tensor, past_key: Tensor, past_value: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    heads = attention.num_attention_heads
    query = split_heads(attention.query(x), heads)
    key = torch.cat([past_key, split_heads(attention.key(x), heads)], dim=2)
    value = torch.cat([past_value, split_heads(attention.value(x), heads)], dim=2)
    scores = torch.matmul(query, key.transpose(2, 3)) / math.sqrt(attention.attention_head_size)
    context = torch.matmul((scores + mask).softmax(dim=-1), value)
    return join_heads(context), key, value


def _cross_attention(attention: Any, x: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Let all rows of a photo look at it together, for nothing in a photo is masked.

    So a photo's keys and values need not be copied for each of its beams.
    """
    rows, new, width = x.shape
    query = attention.query(x).reshape(key.shape[0], -1, width)
    query = split_heads(query, attention.num_attention_heads)
    scores = torch.matmul(query, key) / math.sqrt(attention.attention_head_size)
    context = torch.matmul(scores.softmax(dim=-1), value)
    return join_heads(context).reshape(rows, new, width)


def split_heads(x: Tensor, heads: int) -> Tensor:
    """(rows, tokens, heads x size) to (rows, heads, tokens, size)."""
    return x.reshape(x.shape[0], x.shape[1], heads, -1).transpose(1, 2)


def join_heads(x: Tensor) -> Tensor:
    """Undo :func:`split_heads`."""
    return x.transpose(1, 2).flatten(2)


def position_embedding(model: BlipForConditionalGeneration, size: int) -> Tensor:
    """The vision tower's position embedding for photos of another size.

    Returns
    -------
    torch.Tensor, shape (1, 1 + patches, width)

    Raises
    ------
    ValueError
        If ``size`` is not a multiple of the patch size.
    """
    embeddings = model.vision_model.embeddings
    side, rest = divmod(size, embeddings.patch_size)
    if rest or side < 1:
        raise ValueError(f"{size} px are no multiple of the patches' {embeddings.patch_size} px")
    learned = embeddings.position_embedding.detach()
    known = math.isqrt(learned.shape[1] - 1)
    if side == known:
        return learned
    grid = learned[:, 1:].reshape(1, known, known, -1).permute(0, 3, 1, 2)
    grid = nn.functional.interpolate(grid, (side, side), mode="bicubic", align_corners=False)
    return torch.cat([learned[:, :1], grid.flatten(2).transpose(1, 2)], dim=1)


def export_vision(model: BlipForConditionalGeneration, size: int, file: Path) -> None:
    """Write ``vision.onnx``, in fp32."""
    layers = model.config.text_config.num_hidden_layers
    captioner_contract.export_vision(Vision(model, size), size, layers, file)


def export_decoder(model: BlipForConditionalGeneration, file: Path) -> None:
    """Write ``decoder.onnx``, in fp32; it serves vision graphs of every size."""
    config = model.config.text_config
    heads = config.num_attention_heads
    captioner_contract.export_decoder(
        Decoder(model), config.num_hidden_layers, heads, config.hidden_size // heads, file
    )
