"""Which layers of a captioner are kept in 8 bits: measured, not guessed.

The layers fall into parts: products of one kind in one graph, such as the second product
of the vision tower's feed-forward networks. Each part is put into 8 bits alone, and what
that does to the probabilities of the next word is measured along captions of photos
(Kullback-Leibler divergence, in nats a word). Those that do most harm for the bytes they
save are then left in 32 bits, as few as it takes for the captions to agree.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx

from miso_desktop import bundles
from miso_desktop.photos.captioner import DECODER, VISION, Caption, Captioner
from miso_desktop.photos.decoding import log_softmax
from miso_desktop.training.int8 import KINDS, quantise

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

_COUNT = re.compile(r"_\d+(?=/[^/]+$)")


@dataclass(frozen=True)
class Part:
    """Products of one kind, one a layer, in one graph.

    Attributes
    ----------
    graph : str
        File name.
    name : str
        Such as ``"/mlp/fc2/MatMul"``; a number follows where a layer has several.
    nodes : tuple of str
        Names in the graph.
    weights : int
        Numbers that they hold.
    """

    graph: str
    name: str
    nodes: tuple[str, ...]
    weights: int


def parts_of(folder: Path) -> list[Part]:
    """The parts of both graphs of a captioner."""
    layers = _weighty(folder / DECODER, {"/intermediate/dense/MatMul"})
    return [
        part
        for graph in (VISION, DECODER)
        for part in _parts(graph, _weighty(folder / graph), len(layers))
    ]


def by_harm(
    exact: Path,
    parts: Sequence[Part],
    photos: Sequence[Image],
    work: Path,
    describe: Callable[[Path], None],
) -> list[tuple[Part, float]]:
    """Measure every part alone.

    Parameters
    ----------
    exact : Path
        The bundle in fp32.
    parts : sequence of Part
        What to measure.
    photos : sequence of PIL.Image.Image
        To describe.
    work : Path
        Where trials are written, on the same disk.
    describe : callable
        Writes a folder's manifest.

    Returns
    -------
    list of (Part, float)
        With the divergence in nats a word; the most harmful for its size first.
    """
    captioner = Captioner(bundles.load(exact))
    captions = captioner.captions(photos)
    expected = follow(captioner, photos, captions)
    harm = []
    for part in parts:
        trial = work / "trial"
        _lay_out(exact, trial, part.graph)
        quantise(exact / part.graph, trial / part.graph, part.nodes)
        describe(trial)
        found = follow(Captioner(bundles.load(trial)), photos, captions)
        harm.append((part, divergence(expected, found)))
        shutil.rmtree(trial)
    return sorted(harm, key=lambda pair: pair[1] / pair[0].weights, reverse=True)


def follow(
    captioner: Captioner, photos: Sequence[Image], captions: Sequence[Caption]
) -> NDArray[np.float64]:
    """Log-probabilities of every next word along captions that are given.

    Returns
    -------
    array, shape (words, vocabulary)
    """
    rows: list[NDArray[np.float32]] = []
    for photo, caption in zip(photos, captions, strict=True):
        network = captioner.look([photo])
        rows.append(network.start(caption.tokens[:1]))
        rows += [network.step(np.array([token]), None) for token in caption.tokens[1:-1]]
    return log_softmax(np.concatenate(rows).astype(np.float64))


def divergence(expected: NDArray[np.float64], found: NDArray[np.float64]) -> float:
    """Kullback-Leibler divergence of ``found`` from ``expected``, in nats, the mean of rows."""
    return float((np.exp(expected) * (expected - found)).sum(axis=1).mean())


def fewest(count: int, good: Callable[[int], bool]) -> int:
    """The smallest number from 0 to ``count`` that is good, if more is never worse.

    ``count`` itself is taken to be good.
    """
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if good(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _weighty(graph: Path, names: Collection[str] | None = None) -> list[tuple[str, int]]:
    """Nodes that multiply with weights, or look them up, and how many numbers those are."""
    model = onnx.load(graph)
    sizes = {held.name: int(np.prod(held.dims)) for held in model.graph.initializer}
    return [
        (node.name, max(sizes.get(given, 0) for given in node.input))
        for node in model.graph.node
        if node.op_type in KINDS
        and any(given in sizes for given in node.input)
        and (names is None or _COUNT.sub("", node.name) in names)
    ]


def _parts(graph: str, nodes: list[tuple[str, int]], layers: int) -> list[Part]:
    kinds: dict[str, list[tuple[str, int]]] = {}
    for name, weights in nodes:
        kinds.setdefault(_COUNT.sub("", name), []).append((name, weights))
    parts = []
    for kind, found in kinds.items():
        each = len(found) // layers if layers and len(found) % layers == 0 else 1
        for place in range(each):
            names, sizes = zip(*found[place::each], strict=True)
            name = f"{kind} {place + 1}" if each > 1 else kind
            parts.append(Part(graph, name, names, sum(sizes)))
    return parts


def _lay_out(exact: Path, trial: Path, but: str) -> None:
    """The files of a bundle, without one graph; the other, which is large, is linked."""
    trial.mkdir()
    for file in exact.iterdir():
        if file.name == but:
            continue
        if file.suffix == ".onnx":
            with suppress(OSError):  # a file system without links
                os.link(file, trial / file.name)
                continue
        shutil.copyfile(file, trial / file.name)
