"""The gist of a photo: the sentence embedding that its captions would have.

Kernel ridge regression from the encoder's features to the mean MiniLM embedding of a
photo's captions. The kernel sees four things: pooled features, ImageNet's class
probabilities, the class logits, and the embedding of the classes' *names* as expected
under the probabilities: the last knows something of a pizza although no captioned photo
shows one.

A sentence without a photo has an embedding, but a sharper one than any photo's gist.
:class:`Echo` blurs it as the regression blurs: a linear shrinkage, and an error that the
regression once made.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

Array = NDArray[np.float32]

DIRECTIONS = 384
"""Principal directions of the four parts that the kernel sees."""

WIDTH = 0.6
"""Of the Gaussian kernel: exp(-WIDTH x squared distance)."""

RIDGE = 0.4
FOLDS = 5


class Gist(nn.Module):
    """Features and class logits to the gist; the four parts are weighed by hand.

    Parameters
    ----------
    features : torch.Tensor, shape (n, 4096)
        Of the photos whose mean and deviation count.
    logits : torch.Tensor, shape (n, 1000)
    names : torch.Tensor, shape (1000, 384)
        Embeddings of the classes' names.
    directions : int
        That the parts are projected on.
    """

    def __init__(
        self,
        features: torch.Tensor,
        logits: torch.Tensor,
        names: torch.Tensor,
        directions: int = DIRECTIONS,
    ) -> None:
        super().__init__()
        self.register_buffer("names", nn.functional.normalize(names, dim=1))
        self.register_buffer("feature_mean", features.mean(0))
        scale = 0.4**0.5 / (features.std(0) + 1e-3) / features.shape[1] ** 0.5
        self.register_buffer("feature_scale", scale)
        self.register_buffer("logit_mean", logits.mean(0))
        expected = self._expected(logits)
        self.register_buffer("name_mean", expected.mean(0))
        scale = 0.3**0.5 / (expected.std(0) + 1e-3) / expected.shape[1] ** 0.5
        self.register_buffer("name_scale", scale)
        parts = self.parts(features, logits)
        self.register_buffer("middle", parts.mean(0))
        parts = parts - self.middle
        _, vectors = torch.linalg.eigh(parts.T @ parts)
        self.register_buffer("directions", vectors.flip(1)[:, :directions].contiguous())
        # The supports lie as the product wants them, so that a graph holds them only once.
        self.register_buffer("supports", torch.zeros(directions, 1))
        self.register_buffer("squares", torch.zeros(1))
        self.register_buffer("weights", torch.zeros(1, names.shape[1]))
        self.register_buffer("mean", torch.zeros(names.shape[1]))

    def _expected(self, logits: torch.Tensor) -> torch.Tensor:
        return logits.softmax(1) @ self.names

    def parts(self, features: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
        """The four parts side by side."""
        return torch.cat(
            [
                (features - self.feature_mean) * self.feature_scale,
                (logits / 2).softmax(1).sqrt(),
                (logits - self.logit_mean) * (0.4 / 4 / logits.shape[1]) ** 0.5,
                (self._expected(logits) - self.name_mean) * self.name_scale,
            ],
            1,
        )

    def place(self, features: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
        """Where a photo lies among :data:`DIRECTIONS` directions."""
        return (self.parts(features, logits) - self.middle) @ self.directions

    def fit(self, places: torch.Tensor, truth: torch.Tensor) -> Gist:
        """Learn from photos at these places, whose captions' mean embedding is known."""
        self.supports = places.T.contiguous()
        self.squares = (places**2).sum(1)
        self.mean = truth.mean(0)
        kernel = self._kernel(places) + RIDGE * torch.eye(len(places))
        self.weights = torch.linalg.solve(kernel, truth - self.mean)
        return self

    def _kernel(self, places: torch.Tensor) -> torch.Tensor:
        squares = (places**2).sum(1, keepdim=True) + self.squares
        return torch.exp(-WIDTH * (squares - 2 * places @ self.supports).clamp(min=0))

    def at(self, places: torch.Tensor) -> torch.Tensor:
        """The gist of photos at these places, shape (n, 384)."""
        return self._kernel(places) @ self.weights + self.mean

    def forward(self, features: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
        """The gist of photos, shape (n, 384)."""
        return self.at(self.place(features, logits))


def out_of_fold(
    gist: Gist, places: torch.Tensor, views: torch.Tensor, truth: torch.Tensor, seed: int
) -> torch.Tensor:
    """Gists by a regression that never saw the photo.

    Parameters
    ----------
    gist : Gist
        Is fitted anew for every fold; its last fit is of no use.
    places : torch.Tensor, shape (n, directions)
        To learn from.
    views : torch.Tensor, shape (n, v, directions)
        To tell the gist of.
    truth : torch.Tensor, shape (n, 384)
        Mean embeddings of the photos' captions.
    seed : int
        Of the lot that deals the folds.

    Returns
    -------
    torch.Tensor, shape (n, v, 384)
    """
    fold = torch.from_numpy(np.random.default_rng(seed).integers(0, FOLDS, len(places)))
    found = torch.zeros(*views.shape[:2], truth.shape[1])
    for k in range(FOLDS):
        gist.fit(places[fold != k], truth[fold != k])
        for v in range(views.shape[1]):
            found[fold == k, v] = gist.at(views[fold == k, v])
    return found


@dataclass(frozen=True)
class Echo:
    """Sentence embeddings as the regression would have guessed them.

    Attributes
    ----------
    matrix : numpy.ndarray, shape (384, 384)
    offset : numpy.ndarray, shape (384,)
    errors : numpy.ndarray, shape (photos, 384)
        What the regression said more or less than the line.
    """

    matrix: Array
    offset: Array
    errors: Array

    @classmethod
    def fit(cls, truth: Array, guessed: Array) -> Echo:
        """Learn from out-of-fold guesses, both of shape (photos, 384)."""
        rows = np.hstack([truth, np.ones((len(truth), 1), np.float32)]).astype(np.float64)
        line = np.linalg.solve(rows.T @ rows + 0.1 * np.eye(rows.shape[1]), rows.T @ guessed)
        errors = guessed - rows @ line
        return cls(
            line[:-1].astype(np.float32), line[-1].astype(np.float32), errors.astype(np.float32)
        )

    def of(self, embeddings: Array, random: np.random.Generator) -> Array:
        """Blur embeddings of shape (n, 384), each with an error of somebody's."""
        errors = self.errors[random.integers(len(self.errors), size=len(embeddings))]
        strength = random.uniform(0.8, 1.3, (len(embeddings), 1)).astype(np.float32)
        blurred: Array = embeddings @ self.matrix + self.offset + errors * strength
        return blurred
