"""The vote of trees and kernel: its members, its cross-validation, its form as ONNX."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.model_selection import StratifiedGroupKFold

from miso_desktop.moods import MOODS
from miso_desktop.music import features
from miso_desktop.music.ensemble import (
    HEARD,
    INPUT,
    PLANE,
    PROBABILITIES,
    UNHEARD,
    place,
    vote,
)
from miso_desktop.music.kernel import MOOD_COLUMNS, PLANE_COLUMNS, Kernel
from miso_desktop.training.music_data import PLAIN, STRANGER, TRAINED_ON, Floats, Tracks, stacked
from miso_desktop.training.music_kernel import teach

Doubles = NDArray[np.float64]

FOLDS = 5
VOTE, TREES, KERNEL = "vote", "trees", "kernel"
BASELINE = "baseline"
ENSEMBLES = {HEARD: slice(None), UNHEARD: slice(0, len(features.NAMES))}
"""The columns that each reads: the features come first, then what the network heard."""
KERNEL_SHARES = {HEARD: 0.85, UNHEARD: 0.5}
"""The kernel's part of each vote."""

# Each track is in the training set three times, as itself and remastered twice. A leaf
# must hold more than one track, or the trees learn tracks and not moods.
_LEAF = 5


def members(seed: int) -> list[tuple[str, Any]]:
    """The three members of the vote, untrained."""
    return [
        (
            "gradient boosting",
            GradientBoostingClassifier(
                n_estimators=100,
                learning_rate=0.06,
                subsample=0.5,
                max_features=0.1,
                max_depth=4,
                min_samples_leaf=3 * _LEAF,
                random_state=seed,
            ),
        ),
        ("extra trees", extra_trees(seed)),
        (
            "random forest",
            RandomForestClassifier(
                n_estimators=80,
                min_samples_leaf=_LEAF,
                max_features=0.12,
                max_samples=0.6,
                random_state=seed,
            ),
        ),
    ]


def extra_trees(seed: int, *, balanced: bool = False) -> ExtraTreesClassifier:
    """The strongest member; ``balanced`` lets it weigh the moods itself."""
    return ExtraTreesClassifier(
        n_estimators=120,
        min_samples_leaf=_LEAF,
        max_features=0.2,
        class_weight="balanced" if balanced else None,
        random_state=seed,
    )


def fit_vote(X: Floats, moods: NDArray[np.int64], seed: int) -> VotingClassifier:
    """Train the soft vote with every mood weighing the same."""
    counts = np.bincount(moods, minlength=len(MOODS))
    weights = (len(moods) / len(MOODS) / np.maximum(1, counts))[moods]
    vote = VotingClassifier(members(seed), voting="soft", flatten_transform=False)
    return vote.fit(X, moods, sample_weight=weights)


def fit_plane(X: Floats, plane: Floats, seed: int) -> ExtraTreesRegressor:
    """Train valence and arousal; the targets are -1 and 1, the answers lie between."""
    trees = ExtraTreesRegressor(
        n_estimators=50, min_samples_leaf=_LEAF, max_features=0.3, random_state=seed
    )
    return trees.fit(X, plane)


@dataclass(frozen=True)
class Models:
    """One ensemble, trained.

    Attributes
    ----------
    trees : VotingClassifier
    plane : ExtraTreesRegressor
    kernel : Kernel
    inputs : slice
        The columns that it reads.
    share : float
        The kernel's part of the vote.
    """

    trees: VotingClassifier
    plane: ExtraTreesRegressor
    kernel: Kernel
    inputs: slice
    share: float

    def moods_of(self, vectors: Floats) -> dict[str, Doubles]:
        """Probabilities by each member, by the kernel, and by the vote of all."""
        seen = vectors[:, self.inputs]
        by_member = self.trees.transform(seen)
        kernel = self.kernel.answers(seen)[:, MOOD_COLUMNS]
        names = [name for name, _ in self.trees.estimators]
        return {
            **dict(zip(names, by_member, strict=True)),
            TREES: by_member.mean(axis=0),
            KERNEL: kernel,
            VOTE: vote(by_member.mean(axis=0), kernel, self.share),
        }

    def places_of(self, vectors: Floats) -> Doubles:
        """Valence and arousal, shape (n, 2)."""
        seen = vectors[:, self.inputs]
        kernel = self.kernel.answers(seen)[:, PLANE_COLUMNS]
        return place(self.plane.predict(seen), kernel, self.share)


def fit_models(
    tracks: Tracks,
    measured: dict[str, Floats],
    train: NDArray[np.bool_],
    name: str,
    seed: int,
) -> Models:
    """Train one ensemble on some of the tracks, in every dress that is trained on.

    ``name`` is one of :data:`ENSEMBLES`.
    """
    inputs = ENSEMBLES[name]
    keep, dresses = train & tracks.labelled, len(TRAINED_ON)
    trees = fit_vote(stacked(measured, keep, inputs), np.tile(tracks.moods[keep], dresses), seed)
    everything = stacked(measured, train, inputs)
    plane = fit_plane(everything, np.tile(tracks.plane[train], (dresses, 1)), seed)
    kernel = teach(tracks, measured, train, inputs)
    return Models(trees, plane, kernel, inputs, KERNEL_SHARES[name])


@dataclass(frozen=True)
class HeldOut:
    """What models that never saw a track or its artist say about it.

    Attributes
    ----------
    moods : dict of str to numpy.ndarray, shape (n, 5)
        Probabilities by the name of the model: each member, the vote, the vote on the
        stranger's mastering, the same without the audio network, and the baseline.
    plane : dict of str to numpy.ndarray, shape (n, 2)
        By the name of the ensemble.
    """

    moods: dict[str, Doubles]
    plane: dict[str, Doubles]


def cross_validate(tracks: Tracks, measured: dict[str, Floats], seed: int) -> HeldOut:
    """Predict every track from the other four fifths of the artists."""
    n = len(tracks.moods)
    moods: dict[str, Doubles] = {}
    plane = {name: np.zeros((n, 2)) for name in ENSEMBLES}
    for train, test in folds(tracks, seed):
        for name in ENSEMBLES:
            models = fit_models(tracks, measured, train, name, seed)
            for key, found in _answers(models, measured, test).items():
                title = key if name == HEARD else f"{name}: {key}"
                moods.setdefault(title, np.zeros((n, len(MOODS))))[test] = found
            plane[name][test] = models.places_of(measured[PLAIN][test])
        for key, found in _baseline(tracks, measured, train, test, seed).items():
            moods.setdefault(key, np.zeros((n, len(MOODS))))[test] = found
    return HeldOut(moods, plane)


def folds(tracks: Tracks, seed: int) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.intp]]]:
    """Five times: which tracks to learn from, and the places of those to be told."""
    n = len(tracks.moods)
    parts = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    for _, test in parts.split(np.zeros(n), tracks.strata, tracks.artists):
        train = np.ones(n, bool)
        train[test] = False
        yield train, test


def _answers(
    models: Models, measured: dict[str, Floats], test: NDArray[np.intp]
) -> dict[str, Doubles]:
    answers = models.moods_of(measured[PLAIN][test])
    answers[f"{VOTE}, {STRANGER}"] = models.moods_of(measured[STRANGER][test])[VOTE]
    return answers


def _baseline(
    tracks: Tracks,
    measured: dict[str, Floats],
    train: NDArray[np.bool_],
    test: NDArray[np.intp],
    seed: int,
) -> dict[str, Doubles]:
    """The plain recipe: the 54 spectral features, a random forest as it comes."""
    keep, spectral = train & tracks.labelled, slice(0, 54)
    forest = RandomForestClassifier(random_state=seed)
    forest.fit(measured[PLAIN][keep, spectral], tracks.moods[keep])
    return {
        BASELINE: forest.predict_proba(measured[PLAIN][test, spectral]),
        f"{BASELINE}, {STRANGER}": forest.predict_proba(measured[STRANGER][test, spectral]),
    }


def to_onnx(models: Models) -> Any:
    """Both kinds of trees as one ONNX graph: features in, probabilities and plane out."""
    from onnx import checker, compose
    from skl2onnx import to_onnx as convert

    opset = {"": 17, "ai.onnx.ml": 3}
    sample = np.zeros((1, models.trees.n_features_in_), np.float32)
    classifier = convert(models.trees, sample, target_opset=opset, options={"zipmap": False})
    regressor = compose.add_prefix(convert(models.plane, sample, target_opset=opset), "plane_")
    merged = compose.merge_models(classifier, regressor, io_map=[])
    graph = merged.graph
    names = {
        classifier.graph.input[0].name: INPUT,
        regressor.graph.input[0].name: INPUT,
        classifier.graph.output[1].name: PROBABILITIES,
        regressor.graph.output[0].name: PLANE,
    }
    del graph.input[1]
    for node in graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
    for value in (*graph.input, *graph.output):
        value.name = names.get(value.name, value.name)
    _keep_only(graph, (PROBABILITIES, PLANE))
    merged.producer_name = "miso_desktop.training.music_mood"
    checker.check_model(merged)
    return merged


def _keep_only(graph: Any, outputs: tuple[str, ...]) -> None:
    """Drop what only the class label needs, and state the width of every output."""
    wanted = set(outputs)
    nodes: list[Any] = []
    for node in reversed(graph.node):
        if wanted & set(node.output):
            nodes.insert(0, node)
            wanted |= set(node.input)
    initializers = [kept for kept in graph.initializer if kept.name in wanted]
    values = [value for value in graph.output if value.name in outputs]
    for value, width in zip(values, (len(MOODS), 2), strict=True):
        value.type.tensor_type.shape.dim[1].dim_value = width
    for field, kept in ((graph.node, nodes), (graph.initializer, initializers)):
        del field[:]
        field.extend(kept)
    del graph.output[:]
    graph.output.extend(values)
