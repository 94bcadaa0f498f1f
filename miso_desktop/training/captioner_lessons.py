"""Teach the compact captioner: first to guess the next word, then to say what people say.

Every step of the first part joins a batch of photos with a batch of sentences without
photos, whose gist is an :class:`~miso_desktop.training.captioner_gist.Echo` of their own
embedding. Every fourth batch of photos hides the grid, so that the gist is listened to.
The second part writes sentences by lot and rewards those that are nearer to the photo's
references, by CIDEr-D, than the other tries of the same photo (self-critical training).

References
----------
Rennie et al. (2017), Self-critical sequence training for image captioning.
Luo (2020), A better variant of self-critical sequence training.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch.nn import functional

from miso_desktop.training.captioner_gist import Echo
from miso_desktop.training.captioner_network import CompactCaptioner, pad
from miso_desktop.training.cider import CiderD, Vector

Array = NDArray[np.float32]
Numbers = NDArray[np.int64]

PAD, BOS, EOS = 0, 2, 3
"""Token numbers, see :mod:`miso_desktop.training.captioner_data`."""

PHOTOS, CAPTIONS = 24, 2
"""A batch of photos, and captions of each."""

COCO, OTHERS = 40, 24
"""A batch of sentences without photos."""

TEXT_WEIGHT = 0.7
HIDE_GRID = 0.25
"""Share of the batches of photos that are seen without their grid."""

WARM_UP = 300

TRIES = 5
CRITICISED_PHOTOS, CRITICISED_TEXTS = 32, 10
"""A batch of the second part: sentences are drawn for so many gists."""


@dataclass
class Material:
    """What is learned from.

    Attributes
    ----------
    grids : numpy.ndarray, shape (photos, views, places, channels), float16
        The first two views are the photo and its mirror image.
    gists : numpy.ndarray, shape (photos, views, 384)
        Out of fold; of the photo with its mirror image first, then of each view.
    captions, tokens : list of list
        Of each photo, as text and as token numbers.
    coco, others : list of list of int
        Sentences without photos.
    coco_texts : list of str
    coco_groups : list of numpy.ndarray
        Which of them speak of the same photo.
    coco_own, coco_mean, others_own : numpy.ndarray, shape (n, 384)
        Sentence embeddings; the mean of the group's.
    """

    grids: NDArray[np.float16]
    gists: Array
    captions: list[list[str]]
    tokens: list[list[list[int]]]
    coco: list[list[int]]
    others: list[list[int]]
    coco_texts: list[str]
    coco_groups: list[Numbers]
    coco_own: Array
    coco_mean: Array
    others_own: Array
    echo: Echo


@dataclass
class School:
    """A network in training, its material and its dice."""

    model: CompactCaptioner
    material: Material
    seed: int
    random: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)
        torch.manual_seed(self.seed)

    def see_photos(self, which: Numbers, hide_grid: bool) -> torch.Tensor:
        """What the decoder sees of photos: mostly whole ones, in part random views."""
        known = self.material
        views = self.random.integers(known.grids.shape[1], size=len(which))
        whole = self.random.random(len(which)) < 0.6
        views = np.where(whole, self.random.integers(2, size=len(which)), views)
        gists = torch.from_numpy(known.gists[which, np.where(whole, 0, views + 1)])
        grid = None
        if not hide_grid:
            grid = torch.from_numpy(known.grids[which, views].astype(np.float32))
        with _half():
            seen: torch.Tensor = self.model.sight(gists, grid)
        return seen

    def hear(self, embeddings: Array) -> torch.Tensor:
        """What the decoder would see of photos whose captions have these embeddings."""
        gists = torch.from_numpy(self.material.echo.of(embeddings, self.random))
        with _half():
            seen: torch.Tensor = self.model.sight(gists, None)
        return seen

    def photo_batch(
        self, photos: int, captions: int, hide_grid: bool
    ) -> tuple[list[list[int]], torch.Tensor]:
        """Sentences, and what each of them is about."""
        known = self.material
        which = self.random.choice(len(known.tokens), photos, replace=False)
        rows, of = [], []
        for place, photo in enumerate(which):
            said = known.tokens[photo]
            for i in self.random.choice(len(said), min(captions, len(said)), replace=False):
                rows.append(said[i])
                of.append(place)
        return rows, self.see_photos(which, hide_grid)[of]

    def text_batch(self) -> tuple[list[list[int]], torch.Tensor]:
        """Sentences without photos, and the echo of their embeddings."""
        known = self.material
        coco = self.random.integers(len(known.coco), size=COCO)
        others = self.random.integers(len(known.others), size=OTHERS)
        joined = self.random.random((COCO, 1)) < 0.7
        about = np.where(joined, known.coco_mean[coco], known.coco_own[coco])
        seen = self.hear(np.concatenate([about, known.others_own[others]]))
        return [known.coco[i] for i in coco] + [known.others[i] for i in others], seen

    def surprise(
        self, rows: Sequence[Sequence[int]], seen: torch.Tensor, smoothing: float
    ) -> tuple[torch.Tensor, int]:
        """Sum of the cross-entropies of the next tokens, and how many there are."""
        tokens = pad(rows, PAD)
        asked, truth = tokens[:, :-1], tokens[:, 1:]
        with _half():
            states, _ = self.model.decoder(asked, self.model.decoder.cross(seen))
            real = truth != PAD
            logits = self.model.decoder.logits(states[real])
        loss = functional.cross_entropy(
            logits.float(), truth[real], label_smoothing=smoothing, reduction="sum"
        )
        return loss, int(real.sum())


def learn_words(school: School, steps: int, *, rate: float, report: Callable[[str], None]) -> None:
    """The first part: AdamW, a warm-up and a cosine."""
    model = school.model.train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.02, betas=(0.9, 0.98))

    def rate_at(step: int) -> float:
        cosine = 0.5 * (1 + math.cos(math.pi * step / steps))
        return min((step + 1) / WARM_UP, 1) * (0.97 * cosine + 0.03)

    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, rate_at)
    started = time.monotonic()
    for step in range(steps):
        hide = bool(school.random.random() < HIDE_GRID)
        loss, count = school.surprise(*school.photo_batch(PHOTOS, CAPTIONS, hide), 0.1)
        texts, more = school.surprise(*school.text_batch(), 0.1)
        _improve(model, optimiser, (loss + TEXT_WEIGHT * texts) / (count + more))
        schedule.step()
        if step % 100 == 99:
            spent = time.monotonic() - started
            report(
                f"words {step + 1}/{steps}: photo {loss.item() / count:.3f}, "
                f"text {texts.item() / more:.3f}, {spent:.0f} s"
            )


def learn_consensus(
    school: School,
    tokenizer: Tokenizer,
    steps: int,
    *,
    rate: float,
    report: Callable[[str], None],
) -> None:
    """The second part; without dropout, and with a little of the first part's loss."""
    model, known = school.model.eval(), school.material
    groups = [[known.coco_texts[i] for i in group] for group in known.coco_groups]
    measure = CiderD([*known.captions, *groups])
    photos = [[measure.vector(text) for text in said] for said in known.captions]
    texts = [measure.vector(text) for text in known.coco_texts]
    optimiser = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.0, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / 20, 1) * max(0.1, 1 - step / steps)
    )
    rich = np.array([i for i, group in enumerate(known.coco_groups) if len(group) >= 3])
    started = time.monotonic()
    rewards: list[list[float]] = []
    for step in range(steps):
        which = school.random.choice(len(known.tokens), CRITICISED_PHOTOS, replace=False)
        about = school.random.choice(rich, CRITICISED_TEXTS, replace=False)
        hide = bool(school.random.random() < HIDE_GRID)
        first = _criticise(
            school, tokenizer, measure, school.see_photos(which, hide), [photos[i] for i in which]
        )
        references = [[texts[j] for j in known.coco_groups[i]] for i in about]
        second = _criticise(
            school, tokenizer, measure, school.hear(known.coco_mean[about]), references
        )
        loss, count = school.surprise(*school.photo_batch(12, 1, hide), 0.0)
        _improve(model, optimiser, first[0] + second[0] + 0.1 * loss / count)
        schedule.step()
        rewards.append([first[1], second[1]])
        if step % 20 == 19:
            photo, text = np.mean(rewards, 0)
            spent = time.monotonic() - started
            report(
                f"consensus {step + 1}/{steps}: photo {photo:.3f}, text {text:.3f}, {spent:.0f} s"
            )
            rewards = []


def _criticise(
    school: School,
    tokenizer: Tokenizer,
    measure: CiderD,
    seen: torch.Tensor,
    references: Sequence[Sequence[Vector]],
) -> tuple[torch.Tensor, float]:
    """Loss of tries drawn by lot, each against the mean of its siblings; and the mean reward."""
    decoder = school.model.decoder
    with _half():
        tokens = school.model.sample(seen, TRIES, BOS, EOS, longest=20)
    written = [tokenizer.decode([t for t in row if t > EOS]) for row in tokens.tolist()]
    scores = [
        measure.score(measure.vector(text), references[i // TRIES])
        for i, text in enumerate(written)
    ]
    reward = torch.tensor(scores).view(-1, TRIES)
    siblings = (reward.sum(1, keepdim=True) - reward) / (TRIES - 1)
    gain = (reward - siblings).view(-1, 1)
    asked, drawn = tokens[:, :-1], tokens[:, 1:]
    going_on = (drawn[:, :-1] != EOS).cumprod(1).bool()
    real = torch.cat([torch.ones(len(drawn), 1, dtype=torch.bool), going_on], 1)
    with _half():
        cross = [
            (k.repeat_interleave(TRIES, 0), v.repeat_interleave(TRIES, 0))
            for k, v in decoder.cross(seen)
        ]
        states, _ = decoder(asked, cross)
        logits = decoder.logits(states[real])
    surprise = functional.cross_entropy(logits.float(), drawn[real], reduction="none")
    loss = (gain.expand_as(drawn)[real] * surprise).sum() / real.sum()
    return loss, float(reward.mean())


def _improve(model: CompactCaptioner, optimiser: torch.optim.Optimizer, loss: torch.Tensor) -> None:
    optimiser.zero_grad(set_to_none=True)
    torch.autograd.backward(loss)
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()


def _half() -> torch.autocast:
    """bfloat16 where it suffices: three times as fast on the processors that have it."""
    return torch.autocast("cpu", torch.bfloat16)
