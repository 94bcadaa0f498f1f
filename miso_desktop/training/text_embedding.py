"""Keep the sentence embedding that the text model started from.

Learning emotions bends MiniLM's sentence embedding beyond use (the cosine with the straight
one falls to 0.17), and the likeness reader and the caption's feeling want the straight one.
So the trained weights are moved part of the way back to where they started, a linear map
from the mean token vectors of all layers is fitted to MiniLM's embedding, and everything
learns on for a short while, emotions and embedding together.

References
----------
Wortsman et al. (2022), Robust fine-tuning of zero-shot models.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from transformers import BertModel

from miso_desktop.training.text_network import (
    Comments,
    EmotionReader,
    base_folder,
    batches,
    encode,
    load_tokenizer,
    loss_of,
    pad,
)

Array = NDArray[np.float32]

KEPT = 0.6
"""Of the way that learning emotions went."""

RIDGE = 30.0
KEPT_OUT = 1000
SENTENCES_A_STEP = 64
COMMENTS_A_STEP = 32


@dataclass(frozen=True)
class Sentences:
    """Sentences, and their MiniLM embeddings of length 1, shape (n, 384)."""

    texts: list[str]
    embeddings: Array


@dataclass(frozen=True)
class Course:
    """How long and how fast to learn: AdamW, a linear decay."""

    steps: int
    rate: float
    seed: int


class FeelingReader(nn.Module):
    """Token ids and mask to 28 emotion logits and the sentence embedding.

    Parameters
    ----------
    model : EmotionReader
        Trained on emotions.
    matrix : torch.Tensor, shape (layers * 384, 384)
        From the mean token vectors of all layers, the word vectors' included.
    offset : torch.Tensor, shape (384,)
        Added to their product.
    """

    def __init__(self, model: EmotionReader, matrix: torch.Tensor, offset: torch.Tensor) -> None:
        super().__init__()
        self.model = model
        self.matrix = nn.Parameter(matrix)
        self.offset = nn.Parameter(offset)

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        pooled = layer_means(self.model, input_ids, attention_mask)
        logits = self.model.head(self.model.dropout(pooled[-1]))
        embedding = torch.cat(pooled, 1) @ self.matrix + self.offset
        return logits, nn.functional.normalize(embedding, dim=1)


def layer_means(model: EmotionReader, ids: torch.Tensor, mask: torch.Tensor) -> list[torch.Tensor]:
    """Mean token vector of every layer, each (sentences, 384)."""
    found = model.encoder(input_ids=ids, attention_mask=mask, output_hidden_states=True)
    weight = mask.unsqueeze(-1).to(found.last_hidden_state.dtype)
    return [(state * weight).sum(1) / weight.sum(1) for state in found.hidden_states]


def go_back(model: EmotionReader, kept: float = KEPT) -> None:
    """Move the encoder's weights towards those that it started from; the head stays."""
    start = BertModel.from_pretrained(base_folder(), add_pooling_layer=False).state_dict()
    with torch.no_grad():
        for name, weight in model.encoder.state_dict().items():
            if weight.is_floating_point():
                weight.lerp_(start[name], 1 - kept)


def fit_map(model: EmotionReader, sentences: Sentences) -> tuple[torch.Tensor, torch.Tensor, float]:
    """Ridge regression from the layers' means to MiniLM's embedding.

    Returns
    -------
    matrix, offset : torch.Tensor
        See :class:`FeelingReader`.
    cosine : float
        Mean, on the last :data:`KEPT_OUT` sentences, which are not learned from.
    """
    truth = sentences.embeddings
    rows = encode(load_tokenizer(base_folder()), sentences.texts)
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


def straighten(
    model: EmotionReader,
    comments: Comments,
    members: list[list[int]],
    sentences: Sentences,
    *,
    course: Course,
    report: Callable[[str], None],
) -> tuple[FeelingReader, float]:
    """Go back, fit the map, learn on together, fit the map anew.

    Parameters
    ----------
    model : EmotionReader
        Trained on emotions; is changed.
    comments, members : Comments, list of list of int
        To go on learning emotions.
    sentences : Sentences
        To keep the embedding; the last :data:`KEPT_OUT` only measure it.
    course : Course
        After the way back.
    report : callable
        Is told how it goes.

    Returns
    -------
    reader : FeelingReader
    cosine : float
        See :func:`fit_map`.
    """
    go_back(model)
    matrix, offset, cosine = fit_map(model, sentences)
    report(f"went back: cosine {cosine:.3f}")
    reader = FeelingReader(model, matrix, offset)
    _learn_on(reader, comments, members, sentences, course=course, report=report)
    matrix, offset, cosine = fit_map(model, sentences)
    report(f"straightened: cosine {cosine:.3f}")
    return FeelingReader(model, matrix, offset).eval(), cosine


def _learn_on(
    reader: FeelingReader,
    comments: Comments,
    members: list[list[int]],
    sentences: Sentences,
    *,
    course: Course,
    report: Callable[[str], None],
) -> None:
    """Learn emotions and the straight embedding together; see :func:`straighten`."""
    reader.train()
    tokenizer = load_tokenizer(base_folder())
    said, asked = encode(tokenizer, comments.texts), encode(tokenizer, sentences.texts)
    labels, truth = torch.from_numpy(comments.labels), torch.from_numpy(sentences.embeddings)
    optimiser = torch.optim.AdamW(reader.parameters(), lr=course.rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda s: min((s + 1) / 20, 1) * max(0.02, 1 - s / course.steps)
    )
    dice = random.Random(course.seed)
    emotions = _endless(said, COMMENTS_A_STEP, dice)
    captions = _endless(asked[:-KEPT_OUT], SENTENCES_A_STEP, dice)
    for step, index, chosen in zip(range(course.steps), emotions, captions, strict=False):
        with torch.autocast("cpu", torch.bfloat16):
            logits, _ = reader(*pad([said[i] for i in index]))
        emotion = loss_of(logits.float(), labels[index], members)
        with torch.autocast("cpu", torch.bfloat16):
            _, embedding = reader(*pad([asked[i] for i in chosen]))
        bent = 1 - (embedding.float() * truth[chosen]).sum(1).mean()
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(emotion + bent)
        torch.nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if step % 20 == 19:
            done = f"{step + 1}/{course.steps}"
            report(f"straighten {done}: emotions {emotion:.3f}, bent {bent:.3f}")


def _endless(rows: Sequence[Sequence[int]], size: int, dice: random.Random) -> Iterator[list[int]]:
    """Batches of row numbers, epoch after epoch."""
    while True:
        yield from batches([len(row) for row in rows], size, dice)
