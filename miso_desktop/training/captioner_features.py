"""What the compact captioner's encoder sees in photos, computed once."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps

from miso_desktop import bundles
from miso_desktop.photos.image import load_photo
from miso_desktop.photos.preprocessing import Preprocessing
from miso_desktop.training import scene_encoder

VIEWS = 4
"""The photo, its mirror image, and two random cuts."""

SIZE = 260
PREPROCESSING = Preprocessing(
    size=SIZE,
    rescale=1 / 255,
    mean=(127 / 255, 127 / 255, 127 / 255),
    std=(128 / 255, 128 / 255, 128 / 255),
)
"""EfficientNet-Lite's own scale, ``(x - 127) / 128``."""

SMALLEST_CUT = 0.65


@dataclass(frozen=True)
class Looks:
    """Of every photo and view.

    Attributes
    ----------
    grids : numpy.ndarray, shape (photos, views, 81, 352), float16
    features : numpy.ndarray, shape (photos, views, 4096), float16
    logits : numpy.ndarray, shape (photos, views, 1000), float16
    """

    grids: NDArray[np.float16]
    features: NDArray[np.float16]
    logits: NDArray[np.float16]


def views(photo: Image.Image, random: np.random.Generator) -> list[Image.Image]:
    """:data:`VIEWS` images; half of the cuts are mirrored."""
    found = [photo, ImageOps.mirror(photo)]
    for _ in range(VIEWS - len(found)):
        width, height = (
            side * (SMALLEST_CUT + (1 - SMALLEST_CUT) * random.random()) for side in photo.size
        )
        left = random.random() * (photo.width - width)
        top = random.random() * (photo.height - height)
        cut = photo.crop((int(left), int(top), int(left + width), int(top + height)))
        found.append(ImageOps.mirror(cut) if random.random() < 0.5 else cut)
    return found


def look_at(photos: list[Path], cache: Path, seed: int) -> Looks:
    """Look at photos, or read what was seen before from ``cache``, a ``.npz`` file."""
    names = np.array([f"{path.parent.parent.name}/{path.name}" for path in photos])
    if cache.is_file():
        with np.load(cache) as stored:
            if np.array_equal(stored["names"], names):
                return Looks(stored["grids"], stored["features"], stored["logits"])
    from miso_desktop.training.captioner_graphs import Encoder

    graph = cache.with_suffix(".onnx")
    example = torch.zeros(1, 3, SIZE, SIZE)
    scene_encoder.export(Encoder(), example, ["grid", "features", "logits"], graph)
    session = bundles.open_session(graph)
    random = np.random.default_rng(seed)
    seen: list[list[NDArray[np.float16]]] = [[], [], []]
    for count, path in enumerate(photos):
        photo = load_photo(path).convert("RGB")
        pixels = PREPROCESSING.pixels(views(photo, random))
        for kept, found in zip(seen, session.run(None, {"pixels": pixels}), strict=True):
            kept.append(np.asarray(found, np.float16))
        if count % 500 == 499:
            print(f"looked at {count + 1} of {len(photos)}", file=sys.stderr, flush=True)
    grids, features, logits = (np.stack(kept) for kept in seen)
    np.savez(cache, names=names, grids=grids, features=features, logits=logits)
    return Looks(grids, features, logits)
