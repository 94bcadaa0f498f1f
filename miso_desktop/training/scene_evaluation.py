"""How well the scene and light readers do on photos of themes that they have not seen.

One deal of themes to five folds serves all targets: first the themes that have moods,
so that every fold tests about as many labelled photos, then the others. The plain
baseline that the reader is measured against goes through the same folds.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from miso_desktop.photos.numbers import softmax
from miso_desktop.training import evaluation, scene_head
from miso_desktop.training.evaluation import Marks, Told, out_of_fold
from miso_desktop.training.scene_head import Array, Lesson, Projection
from miso_desktop.training.votes import scores_of, write_votes

FOLDS = 5
LIGHT_RIDGE = 100.0
LIGHT_C = 0.03


def deal(themes: list[str], moods: NDArray[np.int64], seed: int | None) -> NDArray[np.int64]:
    """Fold number of each photo, shape (n,); no theme is in two folds."""
    names = np.array(themes)
    options: dict[str, Any] = {} if seed is None else {"shuffle": True, "random_state": seed}
    fold_of: dict[str, int] = {}
    with_mood = set(names[moods >= 0])
    for part in (
        np.flatnonzero(np.isin(names, list(with_mood))),
        np.flatnonzero(~np.isin(names, list(with_mood))),
    ):
        counted = part[moods[part] >= 0] if set(names[part]) & with_mood else part
        splits = GroupKFold(FOLDS, **options).split(counted, groups=names[counted])
        for fold, (_, test) in enumerate(splits):
            fold_of.update(dict.fromkeys(names[counted[test]], fold))
    return np.array([fold_of[name] for name in themes])


def ours(lesson: Lesson, folds: NDArray[np.int64]) -> Told:
    """Out-of-fold predictions of the scene reader; its teacher and projection are refitted."""

    def tell(learn: Marks, test: Marks) -> Told:
        part = lesson.only(np.flatnonzero(learn))
        return scene_head.fit(part, Projection.fit(part))(lesson.features[test])

    return out_of_fold(folds, tell)


def baseline(
    heads: Array, feeling: Array, moods: NDArray[np.int64], folds: NDArray[np.int64]
) -> Told:
    """Pooled features of one view, support vector regression and logistic regression."""

    def tell(learn: Marks, test: Marks) -> Told:
        known = learn & (moods >= 0)
        logistic = LogisticRegression(class_weight="balanced", max_iter=1000)
        model = make_pipeline(StandardScaler(), logistic).fit(heads[known], moods[known])
        machines = [
            make_pipeline(StandardScaler(), SVR()).fit(heads[learn], feeling[learn, axis])
            for axis in range(2)
        ]
        places = np.column_stack([machine.predict(heads[test]) for machine in machines])
        return model.predict_proba(heads[test]), places

    return out_of_fold(folds, tell)


def light(
    measures: Array, feeling: Array, moods: NDArray[np.int64], folds: NDArray[np.int64]
) -> Told:
    """Out-of-fold predictions of the light reader."""

    def tell(learn: Marks, test: Marks) -> Told:
        model = fit_light(measures[learn], feeling[learn], moods[learn])
        z = np.clip((measures[test] - model["mean"]) / model["deviation"], -3, 3)
        z = np.concatenate([z, np.ones((len(z), 1))], 1)
        return softmax(z @ model["moods"].T), z @ model["feeling"].T

    return out_of_fold(folds, tell)


def fit_light(
    measures: Array, feeling: Array, moods: NDArray[np.int64]
) -> dict[str, NDArray[np.float64]]:
    """Fit the light reader: the fields of ``miso_desktop.photos.light.LightModel``."""
    mean, deviation = measures.mean(0), measures.std(0)
    z = np.clip((measures - mean) / deviation, -3, 3)
    ridge = Ridge(LIGHT_RIDGE).fit(z, feeling)
    known = moods >= 0
    logistic = LogisticRegression(C=LIGHT_C, class_weight="balanced", max_iter=1000)
    logistic.fit(z[known], moods[known])
    return {
        "mean": mean,
        "deviation": deviation,
        "moods": np.column_stack([logistic.coef_, logistic.intercept_]),
        "feeling": np.column_stack([ridge.coef_, ridge.intercept_]),
    }


def figures(found: Told, feeling: Array, moods: NDArray[np.int64]) -> dict[str, Any]:
    """What the card prints: of the moods over the labelled photos, correlations over all."""
    known = moods >= 0
    error = calibration_error(found[0][known], moods[known])
    return {
        **evaluation.figures(*found, moods, feeling),
        "calibration_error": round(error, 4),
    }


def calibration_error(probabilities: Array, truth: NDArray[np.int64], bins: int = 10) -> float:
    """Expected calibration error of the first choice, over bins with equally many photos."""
    sure = probabilities.max(1)
    right = probabilities.argmax(1) == truth
    parts = np.array_split(np.argsort(sure), bins)
    return float(sum(len(p) * abs(sure[p].mean() - right[p].mean()) for p in parts) / len(sure))


def write_predictions(path: Path, photos: list[Path], said: dict[str, Told]) -> None:
    """Write the votes of readers that vote on every photo."""
    write_votes(
        path,
        {
            reader: zip(photos, scores_of(moods, feeling), strict=True)
            for reader, (moods, feeling) in said.items()
        },
    )
