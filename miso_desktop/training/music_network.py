r"""Write the audio network's bundle from the package that carries its weights.

Run it with::

    pip download --no-deps musicnn==0.1.0
    python -m miso_desktop.training.music_network --package musicnn-0.1.0-*.whl \
        --out models_onnx/music_network --data DATA

The package is read, not installed, nor is TensorFlow: nothing is learned, the network is
rebuilt as an ONNX graph weight for weight, and refused where it does not give what the
original gives on the demo's music. ``DATA/music`` holds labelled clips, on which trees learn
moods from what the network hears; without it the bundle has no card yet.
"""

from __future__ import annotations

import argparse
import ast
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from miso_desktop import bundles, paths
from miso_desktop.audio import AudioStream
from miso_desktop.music import mel
from miso_desktop.music.network import BUNDLE, GRAPH, AudioNetwork
from miso_desktop.training import music_network_evaluation, music_network_reference
from miso_desktop.training.face_graphs import Array
from miso_desktop.training.music_network_card import card
from miso_desktop.training.music_network_graph import MusicGraph
from miso_desktop.training.tensorflow_bundle import read_variables

VERSION = "1.0.0"
LICENCE = "ISC"
LICENCES = "LICENSES.txt"
SOURCES = [
    "musicnn 0.1.0 (MSD_musicnn, taught on the Million Song Dataset with last.fm tags; ISC, "
    "Music Technology Group, Universitat Pompeu Fabra, and Jordi Pons)",
]
CHECKPOINT = "MSD_musicnn"

_TOLERANCE = 1e-4
"""How far the graph may be from the original, as a share of the largest value."""
_FROM_S = 20.0
"""Where the demo's songs are heard: past their introductions."""


@dataclass(frozen=True)
class Package:
    """What the wheel holds of one checkpoint.

    Attributes
    ----------
    variables : mapping of str to numpy.ndarray
        By TensorFlow's names.
    tags : tuple of str
        In the order of the outputs.
    licence : str
        The licence's text.
    """

    variables: Mapping[str, Array]
    tags: tuple[str, ...]
    licence: str


@dataclass(frozen=True)
class Parity:
    """How the graph compares with the original on the same patches.

    Attributes
    ----------
    patches, expected : numpy.ndarray
        What was heard, and what the original gives, by the graph's outputs.
    apart : dict of str to float
        Largest difference by output; for the embedding as a share of its largest value.
    left_out : float
        Most that a channel which the graph leaves out varies.
    """

    patches: Array
    expected: dict[str, Array]
    apart: dict[str, float]
    left_out: float


def read_package(wheel: Path, checkpoint: str = CHECKPOINT) -> Package:
    """Read a checkpoint, its tags and the licence from the wheel of ``musicnn``.

    The tags stand in a Python file, which is parsed and not run.
    """
    with zipfile.ZipFile(wheel) as archive:
        index = archive.read(f"musicnn/{checkpoint}/.index")
        data = archive.read(f"musicnn/{checkpoint}/.data-00000-of-00001")
        settings = ast.parse(archive.read("musicnn/configuration.py"))
        (licence,) = (n for n in archive.namelist() if n.split("/")[-1].startswith("LICENSE"))
        text = archive.read(licence).decode()
    wanted = f"{checkpoint.partition('_')[0]}_LABELS"
    (labels,) = (
        ast.literal_eval(line.value)
        for line in settings.body
        if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == wanted
    )
    return Package(read_variables(index, data), tuple(labels), text)


def demo_patches() -> Array:
    """Three seconds of each song of the demo, shape (songs, 187, 96)."""
    heard = []
    for path in sorted((paths.shipped() / "resources" / "demo" / "album").iterdir()):
        with AudioStream(path, mel.SAMPLE_RATE, channels=1) as stream:
            stream.seek(_FROM_S)
            blocks, wanted = [], mel.PATCH_SAMPLES + mel.N_FFT
            for block in stream.blocks():
                blocks.append(block[:, 0])
                wanted -= len(block)
                if wanted <= 0:
                    break
        heard.append(mel.patches(np.concatenate(blocks))[0])
    # As they are stored with the tests: half the bits, and both networks hear the same.
    return np.stack(heard).astype(np.float16).astype(np.float32)


def compare(package: Package, graph: MusicGraph, network: AudioNetwork) -> Parity:
    """Run the original and the graph on the demo's music.

    Raises
    ------
    RuntimeError
        If they differ by more than 1e-4 of the largest value, or the graph leaves out a
        channel that varies.
    """
    patches = demo_patches()
    originals = [music_network_reference.hear(package.variables, patch) for patch in patches]
    pooled = np.stack([original.pooled for original in originals])
    expected = {
        "embedding": pooled[:, graph.pooled_alive],
        "dense": np.stack([original.dense for original in originals]),
        "tags": np.stack([original.tags for original in originals]),
    }
    given = dict(zip(expected, network.hear(patches), strict=True))
    apart = {name: float(np.abs(given[name] - expected[name]).max()) for name in expected}
    for name in ("embedding", "dense"):
        apart[name] /= float(np.abs(expected[name]).max())
    left_out = float(np.ptp(pooled[:, ~graph.pooled_alive], axis=0).max(initial=0.0))
    if max(*apart.values(), left_out) > _TOLERANCE:
        raise RuntimeError(f"the graph is not the original: {apart}, left out {left_out}")
    return Parity(patches, expected, apart, left_out)


def write_goldens(parity: Parity, path: Path, songs: Sequence[int] = (6, 7)) -> None:
    """Write what the original gives on some songs, which the tests hold the bundle to."""
    chosen = list(songs)
    np.savez_compressed(
        path,
        allow_pickle=False,
        mel=parity.patches[chosen].astype(np.float16),
        **{name: rows[chosen].astype(np.float32) for name, rows in parity.expected.items()},
    )


def _describe(folder: Path, package: Package, channels: int, figures: Mapping[str, object]) -> None:
    bundles.write_manifest(
        folder,
        name=BUNDLE,
        version=VERSION,
        licence=LICENCE,
        sources=SOURCES,
        parameters={"tags": list(package.tags), "channels": channels},
        figures=figures,
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Rebuild, compare, measure, describe."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--package", type=Path, required=True, help="wheel of musicnn")
    parser.add_argument("--out", type=Path, required=True, help="folder of the bundle")
    parser.add_argument("--data", type=Path, help="folder that holds music/, for the card")
    parser.add_argument("--goldens", type=Path, help="file for what the original gives")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    package = read_package(options.package)
    graph = MusicGraph(package.variables)
    graph.write(options.out / GRAPH)
    (options.out / LICENCES).write_text(f"{options.package.name}\n\n{package.licence.strip()}\n")
    channels = int(graph.pooled_alive.sum())
    _describe(options.out, package, channels, {})
    network = AudioNetwork(bundles.load(options.out))
    parity = compare(package, graph, network)
    if options.goldens:
        write_goldens(parity, options.goldens)
    figures: dict[str, object] = {
        "filters": graph.filters,
        "apart": {name: float(f"{gap:.1e}") for name, gap in parity.apart.items()},
    }
    if options.data:
        figures |= music_network_evaluation.figures(options.data / "music", network)
        _describe(options.out, package, channels, figures)
        size = sum(path.stat().st_size for path in options.out.iterdir()) / 1e6
        text = card(figures, sources=SOURCES, version=VERSION, size=size, channels=channels)
        (options.out / bundles.CARD).write_text(text, encoding="utf-8")
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
