"""Train the music tagger's ensemble, measure it, and write its bundle.

Run it with::

    python -m miso_desktop.training.music_mood --data DATA --out models_onnx/music_mood

where ``DATA/music`` holds ``labels.csv`` and the clips it names. The figures come from
cross-validation in which no artist is in two folds, repeated with five seeds; the models
that ship are then trained on every track. For the row of a convolutional network, run
:mod:`~miso_desktop.training.music_cnn` with the same work folder before.

References
----------
Panda, Malheiro and Paiva (2018), Novel audio features for music emotion recognition: the
data. Guo et al. (2017), On calibration of modern neural networks: the sharpness.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np

from miso_desktop import bundles
from miso_desktop.moods import MOODS
from miso_desktop.music import features
from miso_desktop.music.ensemble import BUNDLE, HEARD, INPUT, PLANE, PROBABILITIES, sharpen
from miso_desktop.music.network import BUNDLE as NETWORK
from miso_desktop.music.network import AudioNetwork
from miso_desktop.training import music_card
from miso_desktop.training.music_data import PLAIN, Floats, Tracks, measure, read_tracks, stacked
from miso_desktop.training.music_ensemble import (
    ENSEMBLES,
    VOTE,
    HeldOut,
    Models,
    cross_validate,
    fit_models,
    to_onnx,
)
from miso_desktop.training.music_figures import CNN, ablate, figures

VERSION = "2.0"
SEEDS = (0, 1, 2, 3, 4)
HELD_OUT = "held_out.npz"
"""In the work folder: see :func:`keep_held_out`."""
_ONNX_TOLERANCE = 1e-4


def tree_graph(models: Models, X: Floats) -> bytes:
    """The trees as ONNX, after a check that ONNX Runtime gives what scikit-learn gave.

    Parameters
    ----------
    models : Models
        Trained.
    X : numpy.ndarray, shape (n, inputs)
        To check with.

    Raises
    ------
    RuntimeError
        If a probability differs by more than 1e-4.
    """
    import onnxruntime

    graph: bytes = to_onnx(models).SerializeToString()
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    answers = session.run([PROBABILITIES, PLANE], {INPUT: X})
    expected = models.trees.transform(X).mean(axis=0), models.plane.predict(X)
    for answer, right in zip(answers, expected, strict=True):
        apart = float(np.abs(answer - right).max())
        if apart > _ONNX_TOLERANCE:
            raise RuntimeError(f"the ONNX graph differs from scikit-learn by {apart}")
    return graph


def write_bundle(
    folder: Path,
    trained: Mapping[str, Models],
    measured: dict[str, Floats],
    network: tuple[str, str],
    found: dict[str, Any],
) -> None:
    """Write both ensembles, the card and the manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    everything = np.ones(len(measured[PLAIN]), bool)
    for name, models in trained.items():
        graph = tree_graph(models, stacked(measured, everything, models.inputs))
        (folder / f"{name}.onnx").write_bytes(graph)
        kernel = models.kernel
        np.savez(
            folder / f"{name}.npz",
            allow_pickle=False,
            mean=kernel.mean,
            scale=kernel.scale,
            supports=kernel.supports.astype(np.float16),
            weights=kernel.weights,
            offset=kernel.offset,
        )
    (folder / "CARD.md").write_text(music_card.card(found), encoding="utf-8")
    bundles.write_manifest(
        folder,
        name=BUNDLE,
        version=VERSION,
        licence=music_card.LICENCE,
        sources=list(music_card.SOURCES),
        parameters={
            "features": list(features.NAMES),
            "moods": [mood.value for mood in MOODS],
            "ensembles": {
                name: {
                    "network": list(network) if name == HEARD else None,
                    "width": models.kernel.width,
                    "kernel_share": models.share,
                    "sharpness": found["sharpness"][name],
                }
                for name, models in trained.items()
            },
        },
        figures=found,
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, cross-validate, train, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds music/")
    parser.add_argument("--out", type=Path, required=True, help="the bundle's folder")
    parser.add_argument(
        "--work", type=Path, default=Path("build/music_mood"), help="keeps what was measured"
    )
    parser.add_argument("--jobs", type=int, default=1, help="seeds validated side by side")
    options = parser.parse_args(arguments)
    tracks = read_tracks(options.data / "music")
    bundle = bundles.require(NETWORK)
    measured = measure(tracks, options.work, AudioNetwork(bundle))
    with ProcessPoolExecutor(options.jobs) as pool:
        runs = list(pool.map(cross_validate, repeat(tracks), repeat(measured), SEEDS))
    found = {**figures(tracks, runs), "ablation": ablate(tracks, measured)}
    if (cnn := options.work / CNN).is_file():
        found["cnn"] = json.loads(cnn.read_text(encoding="utf-8"))
    keep_held_out(options.work / HELD_OUT, tracks, runs[0], found["sharpness"][HEARD])
    everything = np.ones(len(tracks.moods), bool)
    trained = {name: fit_models(tracks, measured, everything, name, seed=0) for name in ENSEMBLES}
    write_bundle(options.out, trained, measured, bundle.used, found)
    print(json.dumps(found, indent=1))


def keep_held_out(file: Path, tracks: Tracks, run: HeldOut, sharpness: float) -> None:
    """What the product would have said of each labelled track, had it not learned from it."""
    keep = tracks.labelled
    np.savez(
        file,
        allow_pickle=False,
        probabilities=sharpen(run.moods[VOTE][keep], sharpness),
        plane=run.plane[HEARD][keep],
    )


if __name__ == "__main__":
    main()
