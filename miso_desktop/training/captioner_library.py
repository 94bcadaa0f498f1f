"""What the compact captioner learns from, read and computed before the network learns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from miso_desktop.training.captioner_data import Split, Texts, read_texts, split
from miso_desktop.training.captioner_features import Looks, look_at
from miso_desktop.training.photo_data import CaptionedPhotos, embed, read_captioned

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Library:
    """Photos, captions, and what was computed of them.

    Attributes
    ----------
    truth : numpy.ndarray, shape (photos, 384)
        Mean embedding of each photo's captions.
    coco, others : numpy.ndarray, shape (n, 384)
        Embeddings of the captions without photos.
    """

    photos: CaptionedPhotos
    split: Split
    looks: Looks
    texts: Texts
    truth: Array
    coco: Array
    others: Array


def gather(data: Path, work: Path, seed: int) -> Library:
    """Read photos and captions, and compute features and embeddings once."""
    photos = read_captioned(data / "photos")
    parts = split(photos, seed)
    unseen = [text for i in parts.held_out for text in photos.captions[i]]
    texts = read_texts(data / "captions" / "plain.txt.gz", unseen)
    looks = look_at(photos.paths, work / "looks.npz", seed)
    ends = np.cumsum([len(said) for said in photos.captions])
    own = _kept(work / "photo-captions.npy", [t for said in photos.captions for t in said])
    truth = np.stack([part.mean(0) for part in np.split(own, ends[:-1])])
    return Library(
        photos,
        parts,
        looks,
        texts,
        truth,
        _kept(work / "coco-captions.npy", texts.coco),
        _kept(work / "other-captions.npy", texts.others),
    )


def _kept(file: Path, texts: list[str]) -> Array:
    """Sentence embeddings, from the work folder or computed and put there."""
    if file.is_file() and len(stored := np.load(file)) == len(texts):
        return np.asarray(stored, np.float32)
    found = embed(texts)
    np.save(file, found.astype(np.float16))
    return found
