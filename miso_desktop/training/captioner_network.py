"""The compact captioner's network: what it looks at, and how it writes.

A photo reaches the decoder as a short row of vectors: the encoder's grid (9 x 9 places of
the photo) and a few made of its *gist*, the sentence embedding that its captions would
have. Sentences without photos have a gist too, so the decoder learns from both.
The decoder is a small transformer (normalisation before each part).

References
----------
Vaswani et al. (2017), Attention is all you need.
Nukrai, Mokady and Globerson (2022), Text-only training for image captioning using
noise-injected CLIP.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import torch
from torch import nn
from torch.nn import functional

from miso_desktop.training.captioner_contract import MASKED

Cache = list[tuple[torch.Tensor, torch.Tensor]]
"""Of each layer: keys (rows, heads, head size, positions), values (rows, heads, positions,
head size)."""


@dataclass(frozen=True)
class Shape:
    """Sizes of the network.

    Attributes
    ----------
    vocabulary : int
    width, layers, heads : int
        Of the decoder.
    positions : int
        Most tokens of a sentence, the first and the last included.
    gist, gist_slots : int
        Length of the gist, and how many vectors it becomes.
    grid, places : int
        Channels of the encoder's grid and its places.
    """

    vocabulary: int
    width: int = 256
    layers: int = 4
    heads: int = 8
    positions: int = 32
    gist: int = 384
    gist_slots: int = 6
    grid: int = 352
    places: int = 81

    def to_dict(self) -> dict[str, int]:
        """For a checkpoint."""
        return asdict(self)


class Attention(nn.Module):
    """Multi-head attention whose keys and values may have been computed before."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)

    def split(self, x: torch.Tensor) -> torch.Tensor:
        """(rows, positions, width) to (rows, heads, positions, head size)."""
        rows, positions, width = x.shape
        return x.view(rows, positions, self.heads, width // self.heads).transpose(1, 2)

    def remember(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Keys and values of what is looked at; the keys lie as the product wants them."""
        return self.split(self.key(x)).transpose(2, 3), self.split(self.value(x))

    def forward(
        self,
        x: torch.Tensor,
        keys: torch.Tensor,
        values: torch.Tensor,
        mask: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Look from ``x`` (rows, new, width) at keys (rows, heads, head size, positions).

        Written out: the fused attention of PyTorch 2.13 takes longer to learn from on a
        processor without a GPU. ``mask`` is added to the scores.
        """
        query = self.split(self.query(x))
        scores = torch.matmul(query, keys) / query.shape[-1] ** 0.5
        if mask is not None:
            scores = scores + mask
        found = torch.matmul(scores.softmax(-1), values)
        joined: torch.Tensor = self.out(found.transpose(1, 2).flatten(2))
        return joined


class Layer(nn.Module):
    """Look back at the sentence, look at the photo, think."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.before_self, self.self = nn.LayerNorm(width), Attention(width, heads)
        self.before_cross, self.cross = nn.LayerNorm(width), Attention(width, heads)
        self.before_think = nn.LayerNorm(width)
        self.think = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )
        self.dropout = nn.Dropout(dropout)


class Decoder(nn.Module):
    """Tokens so far, and what was seen, to the logits of the next token."""

    def __init__(self, shape: Shape, dropout: float = 0.1) -> None:
        super().__init__()
        self.shape = shape
        self.words = nn.Embedding(shape.vocabulary, shape.width)
        self.places = nn.Embedding(shape.positions, shape.width)
        self.layers = nn.ModuleList(
            Layer(shape.width, shape.heads, dropout) for _ in range(shape.layers)
        )
        self.last = nn.LayerNorm(shape.width)
        self.bias = nn.Parameter(torch.zeros(shape.vocabulary))
        self.dropout = nn.Dropout(dropout)
        nn.init.normal_(self.words.weight, std=0.02)
        nn.init.normal_(self.places.weight, std=0.02)

    def cross(self, seen: torch.Tensor) -> Cache:
        """Keys and values of what was seen, for every layer."""
        return [layer.cross.remember(seen) for layer in self.layers]

    def forward(
        self,
        tokens: torch.Tensor,
        cross: Cache,
        past: Cache | None = None,
    ) -> tuple[torch.Tensor, Cache]:
        """Read further tokens.

        Parameters
        ----------
        tokens : torch.Tensor, shape (rows, new), int64
            Those after the ones in ``past``.
        cross : Cache
            Of :meth:`cross`, with as many rows.
        past : Cache, optional
            What this returned for the tokens before.

        Returns
        -------
        states : torch.Tensor, shape (rows, new, width)
            See :meth:`logits`.
        past : Cache
        """
        read = past[0][1].shape[2] if past else 0
        new = tokens.shape[1]
        at = torch.arange(new) + read
        x = self.dropout(self.words(tokens) * self.shape.width**0.5 + self.places(at))
        earlier = None
        if new > 1:
            earlier = (torch.arange(read + new)[None, :] > at[:, None]) * MASKED
        kept: Cache = []
        for i, layer in enumerate(self.layers):
            assert isinstance(layer, Layer)
            y = layer.before_self(x)
            keys, values = layer.self.remember(y)
            if past:
                keys = torch.cat([past[i][0], keys], 3)
                values = torch.cat([past[i][1], values], 2)
            kept.append((keys, values))
            x = x + layer.dropout(layer.self(y, keys, values, earlier))
            x = x + layer.dropout(layer.cross(layer.before_cross(x), *cross[i]))
            x = x + layer.dropout(layer.think(layer.before_think(x)))
        return self.last(x), kept

    def logits(self, states: torch.Tensor) -> torch.Tensor:
        """(..., width) to (..., vocabulary); the words' own vectors are the weights."""
        return functional.linear(states, self.words.weight, self.bias)


class Sight(nn.Module):
    """Gist and grid to the row of vectors that the decoder looks at."""

    def __init__(self, shape: Shape, gist_mean: torch.Tensor) -> None:
        super().__init__()
        self.shape = shape
        self.register_buffer("gist_mean", gist_mean)
        self.from_gist = nn.Linear(shape.gist, shape.width * shape.gist_slots)
        self.before_grid = nn.LayerNorm(shape.grid)
        self.from_grid = nn.Linear(shape.grid, shape.width)
        self.places = nn.Parameter(torch.randn(shape.places, shape.width) * 0.02)
        self.norm = nn.LayerNorm(shape.width)

    def forward(self, gist: torch.Tensor, grid: torch.Tensor | None) -> torch.Tensor:
        """Join what is known of each row.

        Parameters
        ----------
        gist : torch.Tensor, shape (rows, gist)
            The sentence embedding that the captions have, or would have.
        grid : torch.Tensor, shape (rows, places, grid channels), optional
            None: a sentence without a photo.
        """
        # Components of a unit vector of 384 dimensions are about 1/20.
        slots = self.from_gist((gist - self.gist_mean) * 20.0)
        seen = slots.view(-1, self.shape.gist_slots, self.shape.width)
        if grid is not None:
            seen = torch.cat([seen, self.from_grid(self.before_grid(grid)) + self.places], 1)
        joined: torch.Tensor = self.norm(seen)
        return joined


class CompactCaptioner(nn.Module):
    """Sight and decoder."""

    def __init__(self, shape: Shape, gist_mean: torch.Tensor, dropout: float = 0.1) -> None:
        super().__init__()
        self.sight = Sight(shape, gist_mean)
        self.decoder = Decoder(shape, dropout)

    def sample(
        self, seen: torch.Tensor, tries: int, bos: int, eos: int, longest: int
    ) -> torch.Tensor:
        """Write sentences by lot, in proportion to their probability.

        Returns
        -------
        torch.Tensor, shape (rows * tries, length), int64
            Begins with ``bos``; ``eos`` repeats after the end. The tries of a row lie
            together.
        """
        with torch.no_grad():
            cross = [
                (k.repeat_interleave(tries, 0), v.repeat_interleave(tries, 0))
                for k, v in self.decoder.cross(seen)
            ]
            rows = len(seen) * tries
            tokens = torch.full((rows, 1), bos)
            ended = torch.zeros(rows, dtype=torch.bool)
            past: Cache | None = None
            for _ in range(longest):
                states, past = self.decoder(tokens[:, -1:], cross, past)
                chance = self.decoder.logits(states[:, -1]).float().softmax(1)
                drawn = torch.multinomial(chance, 1)[:, 0].masked_fill(ended, eos)
                tokens = torch.cat([tokens, drawn[:, None]], 1)
                ended |= drawn == eos
                if ended.all():
                    break
        return tokens


def pad(rows: Sequence[Sequence[int]], with_: int) -> torch.Tensor:
    """Token rows of several lengths as one tensor (rows, longest)."""
    width = max(map(len, rows))
    return torch.tensor([[*row, *[with_] * (width - len(row))] for row in rows])
