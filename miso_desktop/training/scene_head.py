"""From encoder features to a feeling: what the scene reader learns.

Features are standardised and projected on their main directions.
Valence and arousal come from kernel ridge regression with a Gaussian kernel, the moods
from multinomial logistic regression, both learned from rated photos together with
captioned ones. Nobody rated the captioned photos: a teacher that was fitted to the rated
photos' own captions and to scenes in words (:class:`TextTeacher`) reads their feeling from
what people wrote under them, and they count for less.

References
----------
Hinton, Vinyals, Dean (2015), Distilling the knowledge in a neural network.
Guo et al. (2017), On calibration of modern neural networks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

from miso_desktop.moods import MOODS
from miso_desktop.photos.mood_scenes import Scenes
from miso_desktop.photos.numbers import softmax

Array = NDArray[np.floating[Any]]

DIRECTIONS = 128
RIDGE = 0.2
SOFT_FEELING = 0.3
"""Weight of a captioned photo in the regression; a rated one weighs 1."""
SOFT_MOOD = 0.1
TEACHER_RIDGE = 0.1
SCENE_WEIGHT = 0.6
"""Of a scene in words beside a rated photo's caption, for the teacher."""


@dataclass(frozen=True)
class Lesson:
    """What a head learns from, as arrays with one row a photo.

    Attributes
    ----------
    features, embeddings : numpy.ndarray, shapes (n, 4096) and (n, 384)
        Of the rated photos: of the picture, and of its human caption.
    feeling : numpy.ndarray, shape (n, 2)
        Rated valence and arousal.
    moods : numpy.ndarray, shape (n,), int
        Proposed mood, -1 where there is none.
    soft_features, soft_embeddings : numpy.ndarray, shapes (m, 4096) and (m, 384)
        Of the captioned photos; an embedding is the mean over a photo's captions.
    scenes : Scenes
        In words, with a feeling by judgement and their embeddings: for the teacher.
    """

    features: Array
    embeddings: Array
    feeling: Array
    moods: NDArray[np.int64]
    soft_features: Array
    soft_embeddings: Array
    scenes: Scenes

    def only(self, rows: NDArray[np.int64]) -> Lesson:
        """The same lesson with these rated photos alone; all captioned ones stay."""
        return replace(
            self,
            features=self.features[rows],
            embeddings=self.embeddings[rows],
            feeling=self.feeling[rows],
            moods=self.moods[rows],
        )


@dataclass(frozen=True)
class Projection:
    """Features (n, 4096) to coordinates (n, 128)."""

    mean: Array
    matrix: Array

    @classmethod
    def fit(cls, lesson: Lesson, directions: int = DIRECTIONS) -> Projection:
        """Standardise, keep the main directions, and give rows a mean square length of 1."""
        features = np.concatenate([lesson.features, lesson.soft_features])
        mean, deviation = features.mean(0), features.std(0) + 1e-6
        standard = (features - mean) / deviation
        found = PCA(directions, svd_solver="randomized", iterated_power=2, random_state=0)
        length = np.sqrt((found.fit_transform(standard) ** 2).sum(1).mean())
        return cls(mean, (found.components_ / length / deviation).T)

    def __call__(self, features: Array) -> Array:
        """Project rows of features."""
        return (features - self.mean) @ self.matrix


@dataclass(frozen=True)
class KernelRidge:
    """Gaussian kernel ridge regression with a weight for each row."""

    supports: Array
    gamma: float
    coefficients: Array
    offset: Array

    @classmethod
    def fit(cls, rows: Array, targets: Array, weights: Array, ridge: float) -> KernelRidge:
        """Fit; the kernel's width is the median distance of the rows."""
        distances = _squared_distances(rows, rows)
        gamma = float(1.0 / np.median(distances))
        offset = np.average(targets, axis=0, weights=weights)
        system = np.exp(-gamma * distances) + np.diag(ridge / weights)
        return cls(rows, gamma, np.linalg.solve(system, targets - offset), offset)

    def __call__(self, rows: Array) -> Array:
        """Predict for rows."""
        kernel = np.exp(-self.gamma * _squared_distances(rows, self.supports))
        predicted: Array = kernel @ self.coefficients + self.offset
        return predicted


@dataclass(frozen=True)
class Head:
    """Everything between the encoder's features and the scene reader's scores.

    Attributes
    ----------
    mood_weights, mood_bias : numpy.ndarray, shapes (128, 5) and (5,)
        Of the logits, before they are divided by ``temperature``.
    """

    project: Projection
    feeling: KernelRidge
    mood_weights: Array
    mood_bias: Array
    temperature: float = 1.0

    def __call__(self, features: Array) -> tuple[Array, Array]:
        """Mood probabilities (n, 5), valence and arousal (n, 2)."""
        rows = self.project(features)
        logits = rows @ self.mood_weights + self.mood_bias
        return softmax(logits / self.temperature), self.feeling(rows)


@dataclass(frozen=True)
class TextTeacher:
    """Reads a feeling from a caption's embedding; fitted to rated captions and to scenes."""

    feeling: KernelRidge
    moods: LogisticRegression

    @classmethod
    def fit(cls, lesson: Lesson) -> TextTeacher:
        """Fit to the rated photos of a lesson and to its scenes; no mood is preferred."""
        scenes = lesson.scenes
        rows = np.concatenate([lesson.embeddings, scenes.vectors])
        feeling = np.concatenate([lesson.feeling, scenes.plane])
        moods = np.concatenate([lesson.moods, scenes.moods])
        weights = np.ones(len(rows))
        weights[len(lesson.feeling) :] = SCENE_WEIGHT
        known = moods >= 0
        classes = LogisticRegression(C=1.0, max_iter=2000, class_weight="balanced")
        return cls(
            KernelRidge.fit(rows, feeling, weights, TEACHER_RIDGE),
            classes.fit(rows[known], moods[known], sample_weight=weights[known]),
        )

    def __call__(self, embeddings: Array) -> tuple[Array, Array]:
        """Mood probabilities (n, 5), valence and arousal (n, 2)."""
        return self.moods.predict_proba(embeddings), self.feeling(embeddings)


def fit(lesson: Lesson, project: Projection) -> Head:
    """Fit a head, its teacher included, to the rated photos of a lesson."""
    soft_moods, soft_feeling = TextTeacher.fit(lesson)(lesson.soft_embeddings)
    rated, captioned = project(lesson.features), project(lesson.soft_features)
    feeling = KernelRidge.fit(
        np.concatenate([rated, captioned]),
        np.concatenate([lesson.feeling, soft_feeling]),
        np.concatenate([np.ones(len(rated)), np.full(len(captioned), SOFT_FEELING)]),
        RIDGE,
    )
    known = lesson.moods >= 0
    truth = np.eye(len(MOODS))[lesson.moods[known]]
    each = (truth / truth.sum(0)).sum(1)  # every mood weighs the same, however many photos
    weights = np.concatenate([each / each.mean(), np.full(len(captioned), SOFT_MOOD)])
    classifier = _soft_logistic(
        np.concatenate([rated[known], captioned]), np.concatenate([truth, soft_moods]), weights
    )
    return Head(project, feeling, classifier.coef_.T, classifier.intercept_)


def best_temperature(probabilities: Array, moods: NDArray[np.int64]) -> float:
    """The temperature with the least cross-entropy on out-of-fold probabilities."""
    logits = np.log(np.maximum(probabilities, 1e-9))
    grid = np.geomspace(0.3, 3.0, 60)
    rows = np.arange(len(moods))
    losses = [-np.log(softmax(logits / t)[rows, moods] + 1e-12).mean() for t in grid]
    return float(grid[int(np.argmin(losses))])


def _soft_logistic(rows: Array, targets: Array, weights: Array) -> LogisticRegression:
    """Logistic regression on probabilities: each row counts once a mood, in proportion."""
    shares = (targets * weights[:, None]).ravel()
    kept = np.flatnonzero(shares > 1e-3)
    columns = targets.shape[1]
    model = LogisticRegression(C=1.0, max_iter=1000, tol=1e-3)
    return model.fit(rows[kept // columns], kept % columns, sample_weight=shares[kept])


def _squared_distances(a: Array, b: Array) -> Array:
    squared: Array = (a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * a @ b.T
    return np.maximum(squared, 0.0)
