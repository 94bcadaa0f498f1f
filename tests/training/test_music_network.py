"""The graph of the audio network gives what musicnn's own steps give."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx", reason="needs the extra [train]")

from miso_desktop.bundles import open_session
from miso_desktop.training import music_network, music_network_reference
from miso_desktop.training.music_network_graph import MusicGraph
from tests.training.test_tensorflow_bundle import checkpoint as packed

KERNELS = ((7, 38), (7, 67), (128, 1), (64, 1), (32, 1))
WIDTHS = (6, 4, 3, 3, 3)
MIDDLE, UNITS, TAGS = 5, 8, 4


def checkpoint(seed: int, dead: tuple[int, ...]) -> dict[str, np.ndarray]:
    """A small network with random weights; the filters of ``dead`` in each branch are nothing."""
    rng = np.random.default_rng(seed)
    found: dict[str, np.ndarray] = {}

    def layer(name: str, shape: tuple[int, ...], size: float) -> None:
        found[f"{name}/kernel"] = rng.normal(0, size, shape).astype(np.float32)
        found[f"{name}/bias"] = rng.normal(0, 0.3, shape[-1]).astype(np.float32)

    def norm(number: int, width: int) -> None:
        name = f"batch_normalization_{number}" if number else "batch_normalization"
        found[f"{name}/gamma"] = rng.normal(0.3, 1, width).astype(np.float32)
        found[f"{name}/beta"] = rng.normal(0, 0.5, width).astype(np.float32)
        found[f"{name}/moving_mean"] = rng.normal(0, 0.5, width).astype(np.float32)
        found[f"{name}/moving_variance"] = rng.uniform(0.5, 2, width).astype(np.float32)

    norm(0, 1)
    front = sum(WIDTHS)
    shapes = [(*k, 1, n) for k, n in zip(KERNELS, WIDTHS, strict=True)]
    shapes += [(7, front, 1, MIDDLE), (7, MIDDLE, 1, MIDDLE), (7, MIDDLE, 1, MIDDLE)]
    for number, shape in enumerate(shapes):
        layer(f"conv2d_{number}" if number else "conv2d", shape, 1 / np.prod(shape[:2]) ** 0.5)
        norm(number + 1, shape[-1])
    for number in range(len(KERNELS)):
        kill(found, number, dead)
    kill(found, 5, dead)
    for number in (6, 7):
        kill(found, number, dead[:1])
    pooled = 2 * (front + 3 * MIDDLE)
    norm(9, pooled)
    layer("dense", (pooled, UNITS), 0.1)
    norm(10, UNITS)
    layer("dense_1", (UNITS, TAGS), 0.3)
    return found


def kill(found: dict[str, np.ndarray], number: int, filters: tuple[int, ...]) -> None:
    """As weight decay leaves a filter: it answers alike, and its batch norm knows what."""
    name, norm = f"conv2d_{number}" if number else "conv2d", f"batch_normalization_{number + 1}"
    for i in filters:
        found[f"{name}/kernel"][..., i] *= 1e-31
        found[f"{norm}/moving_mean"][i] = max(0.0, float(found[f"{name}/bias"][i]))
        found[f"{norm}/moving_variance"][i] = 1e-36
        found[f"{norm}/gamma"][i] *= 0.01
        # What it answers is all but 0 in the front; the middle may answer anything.
        found[f"{norm}/beta"][i] = 1e-6 if number < 5 else 0.7


@pytest.mark.parametrize("dead", [(), (0, 2), (0, 1, 2)])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_graph_gives_what_the_original_gives(
    tmp_path: Path, seed: int, dead: tuple[int, ...]
) -> None:
    variables = checkpoint(seed, dead)
    graph = MusicGraph(variables)
    graph.write(tmp_path / "network.onnx")
    assert graph.filters == (sum(WIDTHS) - len(KERNELS) * len(dead), sum(WIDTHS))
    patches = np.random.default_rng(9).uniform(0, 4, (2, 187, 96)).astype(np.float32)
    session = open_session(tmp_path / "network.onnx")
    embedding, dense, tags = session.run(["embedding", "dense", "tags"], {"mel": patches})
    for i, patch in enumerate(patches):
        original = music_network_reference.hear(variables, patch)
        kept = original.pooled[graph.pooled_alive]
        np.testing.assert_allclose(embedding[i], kept, rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(dense[i], original.dense, rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(tags[i], original.tags, rtol=1e-4, atol=1e-4)


def test_only_channels_that_never_change_are_left_out() -> None:
    variables = checkpoint(3, (0, 2))
    graph = MusicGraph(variables)
    rng = np.random.default_rng(1)
    pooled = np.stack(
        [
            music_network_reference.hear(variables, rng.uniform(0, 4, (187, 96))).pooled
            for _ in range(3)
        ]
    )
    changes = np.ptp(pooled, axis=0)
    assert changes[~graph.pooled_alive].max() < 1e-5
    front, first, later = 2 * len(KERNELS), 2, 1  # a level holds what the one before it gave
    assert (~graph.pooled_alive).sum() == 2 * (front + first + 2 * later)


def test_all_comes_from_the_package_and_nothing_of_it_runs(tmp_path: Path) -> None:
    wheel = tmp_path / "musicnn-0.1.0-py3-none-any.whl"
    weights = {"dense/bias": np.arange(3, dtype=np.float32)}
    index, data = packed(weights)
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(
            "musicnn/configuration.py", "MTT_LABELS = ['sitar']\nMSD_LABELS = ['sad']\n1 / 0\n"
        )
        archive.writestr("musicnn-0.1.0.dist-info/LICENSE.md", "Anyone may.")
        archive.writestr("musicnn/MSD_musicnn/.index", index)
        archive.writestr("musicnn/MSD_musicnn/.data-00000-of-00001", data)
    package = music_network.read_package(wheel)
    assert package.tags == ("sad",) and package.licence == "Anyone may."
    assert package.variables["dense/bias"].tolist() == [0, 1, 2]


@pytest.mark.slow
def test_the_demo_is_heard_song_by_song() -> None:
    patches = music_network.demo_patches()
    assert patches.shape == (12, 187, 96)
    assert len({patch.tobytes() for patch in patches}) == 12
    assert patches.mean(axis=(1, 2)).min() > 0.5
