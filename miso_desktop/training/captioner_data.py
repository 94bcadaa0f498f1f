"""What the compact captioner learns from: photos with captions, and captions alone."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from tokenizers.trainers import WordPieceTrainer

from miso_desktop.training.cider import words
from miso_desktop.training.photo_data import CaptionedPhotos

Array = NDArray[np.float32]

HELD_OUT = 500
"""Flickr photos, by lot, beside all those of COCO."""

VOCABULARY = 6000
PAD, UNKNOWN, BOS, EOS = "[PAD]", "[UNK]", "[CLS]", "[SEP]"
LONGEST = 26
"""Tokens of a sentence that is learned from, the first and the last included."""

NEIGHBOURS = 120
"""COCO's captions of one photo lie at most about so many lines apart."""

ALIKE = 0.55
"""Cosine from which captions that lie near each other are taken for one photo's."""

REFERENCES = 5


@dataclass(frozen=True)
class Split:
    """Which photos are learned from; numbers of places in :class:`CaptionedPhotos`."""

    learn: NDArray[np.int64]
    coco: NDArray[np.int64]
    flickr: NDArray[np.int64]

    @property
    def held_out(self) -> NDArray[np.int64]:
        """COCO's, then Flickr's."""
        return np.concatenate([self.coco, self.flickr])


@dataclass(frozen=True)
class Texts:
    """Captions without photos.

    Attributes
    ----------
    coco : list of str
        In the order of COCO's table: captions of one photo lie near each other.
    others : list of str
    """

    coco: list[str]
    others: list[str]


def split(photos: CaptionedPhotos, seed: int) -> Split:
    """Keep all COCO photos and some of Flickr's out, by lot."""
    sets = [path.parent.parent.name for path in photos.paths]
    flickr = [i for i, name in enumerate(sets) if name.startswith("flickr")]
    flickr.sort(key=lambda i: photos.paths[i].name)
    lot = np.random.default_rng(seed).permutation(len(flickr))[:HELD_OUT]
    coco = np.array([i for i, name in enumerate(sets) if name == "coco"])
    kept_out = np.array([flickr[i] for i in sorted(lot)])
    learn = np.setdiff1d(np.arange(len(sets)), np.concatenate([coco, kept_out]))
    return Split(learn, coco, kept_out)


def clean(text: str) -> str:
    """Lower case, without punctuation but inside words (``t-shirt``, ``man's``)."""
    plain = re.sub(r"[^a-z0-9'\- ]+", " ", text.lower())
    return " ".join(word for part in plain.split() if (word := part.strip("'-")))


def read_texts(file: Path, unseen: list[str]) -> Texts:
    """Read the captions without photos, less those that must not be seen.

    Parameters
    ----------
    file : Path
        ``plain.txt.gz``; COCO's are the last part, from the first line of
        :data:`COCO_BEGINS` on.
    unseen : list of str
        Captions of the photos kept out.
    """
    secret = {" ".join(words(text)) for text in unseen}
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows = [line.strip() for line in lines]
    begin = rows.index(COCO_BEGINS)

    def allowed(text: str) -> bool:
        key = " ".join(words(text))
        return bool(key) and key not in secret

    others = dict.fromkeys(rows[:begin])
    return Texts(
        [text for text in rows[begin:] if allowed(text)],
        [text for text in others if allowed(text) and 4 <= len(text.split()) <= 20],
    )


COCO_BEGINS = "A black Honda motorcycle parked in front of a garage."
"""The first of COCO's captions."""


def groups(embeddings: Array) -> list[NDArray[np.int64]]:
    """For each of COCO's captions: itself, and its neighbours that speak of the same photo."""
    found = []
    for i, row in enumerate(embeddings):
        first = max(0, i - NEIGHBOURS)
        near = embeddings[first : i + NEIGHBOURS + 1] @ row
        order = np.argsort(-near)[:REFERENCES]
        found.append(first + order[near[order] > ALIKE])
    return found


def train_tokenizer(texts: list[str]) -> Tokenizer:
    """WordPiece over words between spaces."""
    tokenizer = Tokenizer(models.WordPiece(unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = WordPieceTrainer(
        vocab_size=VOCABULARY,
        min_frequency=3,
        special_tokens=[PAD, UNKNOWN, BOS, EOS],
        limit_alphabet=60,
    )
    tokenizer.train_from_iterator(texts, trainer)
    ids = [(token, tokenizer.token_to_id(token)) for token in (BOS, EOS)]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{BOS} $A {EOS}", special_tokens=ids
    )
    tokenizer.decoder = decoders.WordPiece(cleanup=False)
    return tokenizer


def tokens(tokenizer: Tokenizer, texts: list[str]) -> list[list[int]]:
    """Token numbers of each text, framed by the first and the last."""
    tokenizer.enable_truncation(LONGEST)
    return [found.ids for found in tokenizer.encode_batch([clean(text) for text in texts])]
