"""The photos that the scene reader learns from, and the words people wrote about them."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from miso_desktop.moods import Mood

CAPTIONED = ("coco", "everyday", "flickr8k", "flickr8k_square")
"""Folders of photos with captions, below ``photos``."""

SQUASHED = "flickr8k_square"
"""The folder whose photos have lost their aspect ratio."""

MOOD_NAMES = tuple(mood.value for mood in Mood)


@dataclass(frozen=True)
class RatedPhotos:
    """OASIS: photos that about a hundred people rated each.

    Attributes
    ----------
    paths : list of Path
        Length n.
    captions, themes : list of str
        One each; photos of one theme look alike and must not be split.
    feeling : numpy.ndarray, shape (n, 2), float64
        Valence and arousal, from 1..7 to -1..1.
    moods : numpy.ndarray, shape (n,), int
        Place of the proposed mood in ``Mood``; -1 where none is proposed.
    """

    paths: list[Path]
    captions: list[str]
    themes: list[str]
    feeling: NDArray[np.float64]
    moods: NDArray[np.int64]


@dataclass(frozen=True)
class CaptionedPhotos:
    """Photos that nobody rated, with what people wrote under them."""

    paths: list[Path]
    captions: list[list[str]]


def read_rated(photos: Path) -> RatedPhotos:
    """Read ``oasis/ratings.csv``."""
    with (photos / "oasis" / "ratings.csv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    feeling = np.array([[float(row["valence"]), float(row["arousal"])] for row in rows])
    proposed = [row["proposed_mood"] for row in rows]
    return RatedPhotos(
        paths=[photos / "oasis" / "images" / row["file"] for row in rows],
        captions=[row["human_caption"] for row in rows],
        themes=[row["theme"] for row in rows],
        feeling=(feeling - 4.0) / 3.0,
        moods=np.array([MOOD_NAMES.index(m) if m else -1 for m in proposed]),
    )


def read_words(table: Path, photos: RatedPhotos) -> list[str]:
    """Other captions of the rated photos, in their order; a table of ``file``, ``caption``."""
    with table.open(encoding="utf-8", newline="") as file:
        words = {row["file"]: row["caption"] for row in csv.DictReader(file)}
    return [words[path.name] for path in photos.paths]


def read_captioned(photos: Path, at_most: int | None = None) -> CaptionedPhotos:
    """Read the captions of the folders in :data:`CAPTIONED`.

    Parameters
    ----------
    photos : Path
        Holds the folders.
    at_most : int, optional
        Take no more photos than this. Those squashed to a square are left out first, by
        lot (always the same).
    """
    written: dict[Path, list[str]] = defaultdict(list)
    for folder in CAPTIONED:
        with (photos / folder / "captions.csv").open(encoding="utf-8", newline="") as table:
            for row in csv.DictReader(table):
                # "startseq ... endseq|startseq slogan endseq": the slogan describes nothing.
                caption = row["caption"].split("|")[0]
                caption = caption.replace("startseq", "").replace("endseq", "").strip()
                written[photos / folder / "images" / row["file"]].append(caption)
    paths = sorted(path for path in written if path.is_file())
    squashed = [path for path in paths if path.parent.parent.name == SQUASHED]
    whole = [path for path in paths if path.parent.parent.name != SQUASHED]
    lot = np.random.default_rng(0).permutation(len(squashed))
    chosen = (whole + [squashed[i] for i in lot])[:at_most]
    return CaptionedPhotos(chosen, [written[path] for path in chosen])


def embed(texts: list[str], batch: int = 64) -> NDArray[np.float32]:
    """Sentence embeddings by MiniLM: mean of the token vectors, of length 1; (n, 384)."""
    import torch
    from tokenizers import Tokenizer
    from transformers import BertModel

    from miso_desktop.training.text_network import base_folder, pad

    tokenizer = Tokenizer.from_file(str(base_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(128)
    encoder = BertModel.from_pretrained(base_folder()).eval()
    rows = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    found = np.zeros((len(rows), encoder.config.hidden_size), np.float32)
    with torch.inference_mode():
        for start in range(0, len(order), batch):
            part = order[start : start + batch]
            ids, mask = pad([rows[i] for i in part])
            hidden = encoder(input_ids=ids, attention_mask=mask).last_hidden_state
            weight = mask.unsqueeze(-1).float()
            mean = (hidden * weight).sum(1) / weight.sum(1)
            found[part] = torch.nn.functional.normalize(mean, dim=1).numpy()
    return found
