"""The vote of tree ensembles: its members, its cross-validation, its form as ONNX."""

from __future__ import annotations

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
from miso_desktop.music.ensemble import INPUT, PLANE, PROBABILITIES
from miso_desktop.training.music_data import PLAIN, REMASTERS, STRANGER, Floats, Tracks

FOLDS = 5
VOTE = "vote"
BASELINE = "baseline"
TRAINED_ON = (PLAIN, *REMASTERS)

# Each track is in the training set three times, as itself and remastered twice. A leaf
# must hold more than one track, or the trees learn tracks and not moods.
_LEAF = 5


def members(seed: int) -> list[tuple[str, Any]]:
    """The three members of the vote, untrained."""
    return [
        (
            "gradient boosting",
            GradientBoostingClassifier(
                n_estimators=120,
                learning_rate=0.06,
                subsample=0.5,
                max_features=0.1,
                max_depth=4,
                min_samples_leaf=3 * _LEAF,
                random_state=seed,
            ),
        ),
        (
            "extra trees",
            ExtraTreesClassifier(
                n_estimators=200, min_samples_leaf=_LEAF, max_features=0.2, random_state=seed
            ),
        ),
        (
            "random forest",
            RandomForestClassifier(
                n_estimators=150,
                min_samples_leaf=_LEAF,
                max_features=0.12,
                max_samples=0.6,
                random_state=seed,
            ),
        ),
    ]


def fit_vote(X: Floats, moods: NDArray[np.int64], seed: int) -> VotingClassifier:
    """Train the soft vote with every mood weighing the same."""
    counts = np.bincount(moods, minlength=len(MOODS))
    weights = (len(moods) / len(MOODS) / np.maximum(1, counts))[moods]
    vote = VotingClassifier(members(seed), voting="soft", flatten_transform=False)
    return vote.fit(X, moods, sample_weight=weights)


def fit_plane(X: Floats, plane: Floats, seed: int) -> ExtraTreesRegressor:
    """Train valence and arousal; the targets are -1 and 1, the answers lie between."""
    trees = ExtraTreesRegressor(
        n_estimators=100, min_samples_leaf=_LEAF, max_features=0.3, random_state=seed
    )
    return trees.fit(X, plane)


def stacked(measured: dict[str, Floats], keep: NDArray[np.bool_]) -> Floats:
    """The kept tracks in every dress that is trained on, one dress after the other."""
    return np.concatenate([measured[name][keep] for name in TRAINED_ON])


@dataclass(frozen=True)
class HeldOut:
    """What models that never saw a track or its artist say about it.

    Attributes
    ----------
    moods : dict of str to numpy.ndarray, shape (n, 5)
        Probabilities by the name of the model: each member, the vote, the vote on the
        stranger's mastering, the baseline, and the baseline on the stranger's.
    plane : numpy.ndarray, shape (n, 2)
    """

    moods: dict[str, NDArray[np.float64]]
    plane: NDArray[np.float64]


def cross_validate(tracks: Tracks, measured: dict[str, Floats], seed: int) -> HeldOut:
    """Predict every track from the other four fifths of the artists."""
    n = len(tracks.moods)
    moods: dict[str, NDArray[np.float64]] = {}
    plane = np.zeros((n, 2))
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    for _, test in folds.split(np.zeros(n), tracks.strata, tracks.artists):
        train = np.ones(n, bool)
        train[test] = False
        for name, probabilities in _fold(tracks, measured, train, test, seed).items():
            moods.setdefault(name, np.zeros((n, len(MOODS))))[test] = probabilities
        X, Y = stacked(measured, train), np.tile(tracks.plane[train], (len(TRAINED_ON), 1))
        plane[test] = fit_plane(X, Y, seed).predict(measured[PLAIN][test])
    return HeldOut(moods, plane)


def _fold(
    tracks: Tracks,
    measured: dict[str, Floats],
    train: NDArray[np.bool_],
    test: NDArray[np.intp],
    seed: int,
) -> dict[str, NDArray[np.float64]]:
    keep = train & tracks.labelled
    y = tracks.moods[keep]
    vote = fit_vote(stacked(measured, keep), np.tile(y, len(TRAINED_ON)), seed)
    by_member = vote.transform(measured[PLAIN][test])
    answers = {name: by_member[i] for i, (name, _) in enumerate(vote.estimators)}
    answers[VOTE] = by_member.mean(axis=0)
    answers[f"{VOTE}, {STRANGER}"] = vote.predict_proba(measured[STRANGER][test])
    # The plain recipe: the 54 spectral features, a random forest as it comes.
    spectral = slice(0, 54)
    forest = RandomForestClassifier(random_state=seed).fit(measured[PLAIN][keep, spectral], y)
    answers[BASELINE] = forest.predict_proba(measured[PLAIN][test, spectral])
    answers[f"{BASELINE}, {STRANGER}"] = forest.predict_proba(measured[STRANGER][test, spectral])
    return answers


def to_onnx(vote: VotingClassifier, plane: ExtraTreesRegressor) -> Any:
    """Both models as one ONNX graph: features in, probabilities and plane out."""
    from onnx import checker, compose
    from skl2onnx import to_onnx as convert

    opset = {"": 17, "ai.onnx.ml": 3}
    sample = np.zeros((1, len(features.NAMES)), np.float32)
    classifier = convert(vote, sample, target_opset=opset, options={"zipmap": False})
    regressor = compose.add_prefix(convert(plane, sample, target_opset=opset), "plane_")
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
