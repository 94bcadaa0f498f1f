"""How well the compact captioner, and simpler ways, describe photos that were kept out."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from miso_desktop import bundles
from miso_desktop.photos.captioner import Captioner
from miso_desktop.photos.image import load_photo
from miso_desktop.training.captioner_data import Split, clean
from miso_desktop.training.captioner_library import Library
from miso_desktop.training.cider import CiderD
from miso_desktop.training.photo_data import CaptionedPhotos

Array = NDArray[np.float32]
Way = Callable[[int], str]
"""The number of a photo to a caption."""

NEAREST = 40


@dataclass(frozen=True)
class Judged:
    """What came out for one way.

    Attributes
    ----------
    coco, flickr : float
        Mean CIDEr-D on the photos kept out.
    distinct : int
        Captions that differ, of COCO's 80.
    seconds : float, optional
        Processor time a photo, median.
    """

    coco: float
    flickr: float
    distinct: int
    seconds: float | None = None


def judge(library: Library, way: Way) -> Judged:
    """Describe every photo that was kept out."""
    spent: list[float] = []

    def timed(photo: int) -> str:
        began = time.process_time()
        said = way(photo)
        spent.append(time.process_time() - began)
        return said

    said = {
        part: [timed(photo) for photo in which]
        for part, which in (("coco", library.split.coco), ("flickr", library.split.flickr))
    }
    scores = {
        part: cider(texts, [library.photos.captions[photo] for photo in which])
        for (part, texts), which in zip(
            said.items(), (library.split.coco, library.split.flickr), strict=True
        )
    }
    return Judged(
        round(scores["coco"], 3),
        round(scores["flickr"], 3),
        len(set(said["coco"])),
        round(float(np.median(spent)), 3),
    )


def captions_of(library: Library, bundle: Path) -> Way:
    """The sentences that a bundle writes."""
    captioner = Captioner(bundles.load(bundle))
    return lambda photo: captioner.caption(load_photo(library.photos.paths[photo])).text


def cider(said: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """Mean CIDEr-D; the photos themselves are the corpus."""
    measured = CiderD(references)
    scores = [
        measured.score(measured.vector(text), [measured.vector(r) for r in others])
        for text, others in zip(said, references, strict=True)
    ]
    return float(np.mean(scores))


def nearest_photo(photos: CaptionedPhotos, parts: Split, pooled: Array) -> Way:
    """Copy the first caption of the photo whose pooled features (photos, channels) are nearest."""
    directions = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
    known = directions[parts.learn]

    def way(photo: int) -> str:
        twin = parts.learn[int((known @ directions[photo]).argmax())]
        return clean(photos.captions[twin][0])

    return way


def nearest_captions(library: Library, gists: Array) -> Way:
    """Of the captions nearest to the gist, the one most like the others of them.

    Parameters
    ----------
    library : Library
        Whose captions without photos are searched.
    gists : numpy.ndarray, shape (held out, 384)
        Of the photos kept out, COCO's first.
    """
    place = {photo: row for row, photo in enumerate(library.split.held_out)}
    embeddings = np.concatenate([library.coco, library.others])
    texts = library.texts.coco + library.texts.others

    def way(photo: int) -> str:
        gist = gists[place[photo]]
        near = np.argpartition(-(embeddings @ gist), NEAREST)[:NEAREST]
        candidates = [clean(texts[i]) for i in near]
        measured = CiderD([[text] for text in candidates])
        vectors = [measured.vector(text) for text in candidates]
        central = [measured.score(v, [w for w in vectors if w is not v]) for v in vectors]
        return candidates[int(np.argmax(central))]

    return way
