"""Keep the sentence embedding that the text model started from.

Learning emotions bends MiniLM's sentence embedding, and the likeness reader and the
caption's feeling want the straight one. Most of it is still there, spread over the layers:
a linear map from the mean token vectors of all layers gives it back.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from miso_desktop.training.photo_data import embed
from miso_desktop.training.text_network import EmotionReader, encode, load_tokenizer, pad

Array = NDArray[np.float32]

RIDGE = 30.0
KEPT_OUT = 1000


class FeelingReader(nn.Module):
    """Token ids and mask to 28 emotion logits and the sentence embedding.

    Parameters
    ----------
    model : EmotionReader
        Trained.
    matrix : torch.Tensor, shape (layers * 384, 384)
        From the mean token vectors of all layers, the word vectors' included.
    offset : torch.Tensor, shape (384,)
        Added to their product.
    """

    def __init__(self, model: EmotionReader, matrix: torch.Tensor, offset: torch.Tensor) -> None:
        super().__init__()
        self.model = model
        self.register_buffer("matrix", matrix)
        self.register_buffer("offset", offset)

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        pooled = layer_means(self.model, input_ids, attention_mask)
        logits = self.model.head(pooled[-1])
        embedding = torch.cat(pooled, 1) @ self.matrix + self.offset
        return logits, nn.functional.normalize(embedding, dim=1)


def layer_means(model: EmotionReader, ids: torch.Tensor, mask: torch.Tensor) -> list[torch.Tensor]:
    """Mean token vector of every layer, each (sentences, 384)."""
    found = model.encoder(input_ids=ids, attention_mask=mask, output_hidden_states=True)
    weight = mask.unsqueeze(-1).to(found.last_hidden_state.dtype)
    return [(state * weight).sum(1) / weight.sum(1) for state in found.hidden_states]


def fit_map(
    model: EmotionReader, tokenizer: Path, texts: list[str]
) -> tuple[torch.Tensor, torch.Tensor, float]:
    """Ridge regression from the layers' means to MiniLM's embedding.

    Returns
    -------
    matrix, offset : torch.Tensor
        See :class:`FeelingReader`.
    cosine : float
        Mean, on the last :data:`KEPT_OUT` sentences, which are not learned from.
    """
    truth = embed(texts)
    rows = encode(load_tokenizer(tokenizer), texts)
    means = np.zeros((len(rows), truth.shape[1] * (model.encoder.config.num_hidden_layers + 1)))
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    model.eval()
    with torch.inference_mode():
        for start in range(0, len(order), 64):
            part = order[start : start + 64]
            means[part] = torch.cat(layer_means(model, *pad([rows[i] for i in part])), 1).numpy()
    learn, test = slice(None, -KEPT_OUT), slice(-KEPT_OUT, None)
    middle, spread = means[learn].mean(0), means[learn].std(0) + 1e-6
    x = (means[learn] - middle) / spread
    mean = truth[learn].mean(0)
    weights = np.linalg.solve(x.T @ x + RIDGE * np.eye(x.shape[1]), x.T @ (truth[learn] - mean))
    matrix = weights / spread[:, None]
    offset = mean - middle @ matrix
    guessed = means[test] @ matrix + offset
    guessed /= np.linalg.norm(guessed, axis=1, keepdims=True)
    cosine = float((guessed * truth[test]).sum(1).mean())
    return (
        torch.from_numpy(matrix.astype(np.float32)),
        torch.from_numpy(offset.astype(np.float32)),
        cosine,
    )
