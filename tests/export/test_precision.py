"""Layers stay in 32 bits where it matters for the captions, and nowhere else."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx", reason="needs the extra [export]")

import onnx
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from miso_desktop import bundles
from miso_desktop.export.precision import (
    Part,
    by_harm,
    divergence,
    fewest,
    follow,
    parts_of,
)
from miso_desktop.photos.captioner import DECODER, VISION, Captioner
from miso_desktop.training.int8 import KINDS, quantise
from tests.bundle_samples import TINY, describe

pytestmark = pytest.mark.filterwarnings("ignore")  # of the exporting libraries, not ours


@pytest.fixture(scope="module")
def parts() -> list[Part]:
    return parts_of(TINY)


@pytest.fixture(scope="module")
def photos() -> list[Image.Image]:
    return [Image.open(file).copy() for file in sorted(TINY.parent.glob("*.png"))[:2]]


def sign(folder: Path) -> None:
    describe(folder, "trial", "captioner", "1", dict(bundles.load(TINY).parameters))


def in_8_bits(graph: Path) -> set[str]:
    """Weights that are stored as integers of one byte, but for their zero points."""
    held = onnx.load(graph).graph.initializer
    return {w.name for w in held if w.data_type == onnx.TensorProto.INT8 and len(w.dims) == 2}


@given(st.integers(0, 50), st.integers(0, 50))
def test_the_fewest_that_are_good_are_found(count: int, needed: int) -> None:
    asked: list[int] = []

    def good(number: int) -> bool:
        asked.append(number)
        return number >= needed

    assert fewest(count, good) == min(count, needed)
    assert len(asked) <= 6


def test_every_layer_with_weights_belongs_to_one_part(parts: list[Part]) -> None:
    for graph in (VISION, DECODER):
        model = onnx.load(TINY / graph).graph
        weights = {held.name for held in model.initializer if len(held.dims) == 2}
        nodes = {n.name for n in model.node if n.op_type in KINDS and weights & set(n.input)}
        named = [node for part in parts if part.graph == graph for node in part.nodes]
        assert set(named) >= nodes
        assert len(named) == len(set(named))
    fc2 = next(part for part in parts if part.name == "/mlp/fc2/MatMul")
    assert (fc2.graph, len(fc2.nodes), fc2.weights) == (VISION, 2, 2 * 32 * 48)
    assert {part.name for part in parts if "output/dense" in part.name} == {
        f"/output/dense/MatMul {number}" for number in (1, 2, 3)
    }  # after the self-attention, the cross-attention and the feed-forward network


@pytest.mark.parametrize("name", ["/mlp/fc2/MatMul", "/cls/predictions/decoder/Gemm"])
def test_only_the_part_that_is_asked_for_goes_into_8_bits(
    parts: list[Part], tmp_path: Path, name: str
) -> None:
    part = next(part for part in parts if part.name == name)
    quantise(TINY / part.graph, tmp_path / "some.onnx", part.nodes)
    quantise(TINY / part.graph, tmp_path / "all.onnx")
    assert len(in_8_bits(tmp_path / "some.onnx")) == len(part.nodes)
    assert len(in_8_bits(tmp_path / "all.onnx")) > len(part.nodes)
    quantise(TINY / part.graph, tmp_path / "none.onnx", [])
    assert (tmp_path / "none.onnx").read_bytes() == (TINY / part.graph).read_bytes()


def test_a_captioner_does_not_diverge_from_itself(photos: list[Image.Image]) -> None:
    captioner = Captioner(bundles.load(TINY))
    said = follow(captioner, photos, captioner.captions(photos))
    np.testing.assert_allclose(np.exp(said).sum(axis=1), 1)
    assert divergence(said, said) == 0
    rolled = np.roll(said, 1, axis=1)
    assert divergence(said, rolled) > 0.1


def test_parts_are_ranked_by_the_harm_they_do_and_the_original_stays(
    parts: list[Part], photos: list[Image.Image], tmp_path: Path
) -> None:
    before = {f.name: hashlib.sha256(f.read_bytes()).digest() for f in TINY.iterdir()}
    some = [part for part in parts if part.name in ("/qkv/MatMul", "/mlp/fc1/MatMul")]
    ranked = by_harm(TINY, some, photos, tmp_path, sign)
    assert {part for part, _ in ranked} == set(some)
    each = [harm / part.weights for part, harm in ranked]
    assert each == sorted(each, reverse=True)
    assert min(harm for _, harm in ranked) > 0
    assert not list(tmp_path.iterdir())
    assert {f.name: hashlib.sha256(f.read_bytes()).digest() for f in TINY.iterdir()} == before
