"""A sentence to emotions with a small BERT, and what its emotions say of the moods.

A bundle for it holds ``tokenizer.json``, ``model.onnx`` (``input_ids`` and
``attention_mask``, perhaps ``token_type_ids``, to ``logits``) and, in its manifest's
parameters, ``max_tokens``, the names of the ``emotions`` in the order of the logits, the
``members`` of each mood, and three small tables: from which probability on a mood is
named (``thresholds``), a softmax over the moods' maxima, and how emotions speak of
valence and arousal (``plane``). ``activation`` is ``"sigmoid"`` where every emotion stands
by itself, as it does by default, or ``"softmax"`` where they share one probability.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from miso_desktop import bundles
from miso_desktop.moods import MOODS, Mood, MoodScores
from miso_desktop.photos.emotions import MEMBERS
from miso_desktop.photos.numbers import softmax, table

if TYPE_CHECKING:
    from numpy.typing import NDArray

MODEL = "model.onnx"
TOKENIZER = "tokenizer.json"
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
ACTIVATIONS = ("sigmoid", "softmax")

LEAST = 1e-9
"""Probability that all other emotions share at least: log-odds end at 21."""


@dataclass(frozen=True)
class Emotions:
    """What a network said about a sentence.

    Attributes
    ----------
    logits : numpy.ndarray, shape (emotions,), float32
        Log-odds of each, in the order of the bundle's emotions.
    embedding : numpy.ndarray, shape (d,), float32, optional
        Of the whole sentence, of length 1; None where the bundle's network gives none.
    """

    logits: NDArray[np.float32]
    embedding: NDArray[np.float32] | None = None

    @property
    def probabilities(self) -> NDArray[np.float32]:
        """Each emotion by itself, 0 to 1; they need not sum to 1."""
        return np.asarray(1.0 / (1.0 + np.exp(-self.logits)), np.float32)


class EmotionNetwork:
    """Hears emotions in a sentence.

    Parameters
    ----------
    bundle : Bundle
        Keeps the contract above.

    Raises
    ------
    BundleError
        If it does not.
    """

    def __init__(self, bundle: bundles.Bundle) -> None:
        from tokenizers import Tokenizer

        self.bundle = bundle
        self.used = bundle.used
        """Name and version of the bundle."""
        with bundle.reading():
            self._read(bundle.parameters)
        try:
            self._tokenizer = Tokenizer.from_file(str(bundle.file(TOKENIZER)))
            self._tokenizer.no_padding()
            self._tokenizer.enable_truncation(self.max_tokens)
        except Exception as error:  # tokenizers raises Exception itself
            raise bundle.damaged(f"{TOKENIZER}: {error}") from error
        self._session = bundle.session(MODEL)
        self._inputs = {node.name for node in self._session.get_inputs()}
        outputs = {node.name: node.shape for node in self._session.get_outputs()}
        self._outputs = list(outputs)
        logits = outputs.get("logits")
        if not self._inputs <= {*INPUTS} or not logits or logits[-1] != len(self.emotions):
            raise bundle.damaged(f"{MODEL}: its inputs and outputs are not those of a classifier")

    def _read(self, known: Any) -> None:
        self.max_tokens = int(known["max_tokens"])
        self.emotions = tuple(map(str, known["emotions"]))
        members = {mood: tuple(known["members"][mood.value]) for mood in MOODS}
        self._members = [[self.emotions.index(e) for e in members[mood]] for mood in MOODS]
        self._thresholds = np.array([float(known["thresholds"][m.value]) for m in MOODS])
        self._slope = table(known["softmax"]["slope"], len(MOODS))
        self._offset = table(known["softmax"]["offset"], len(MOODS))
        self._plane = table(known["plane"]["weights"], len(self.emotions), 2)
        self._plane_offset = table(known["plane"]["offset"], 2)
        self._activation = known.get("activation", ACTIVATIONS[0])
        if self._activation not in ACTIVATIONS:
            raise ValueError(f"activation {self._activation!r}")
        if any(not members[mood] or not {*members[mood]} <= {*MEMBERS[mood]} for mood in MOODS):
            raise ValueError("a mood without emotions, or with those of another")

    def emotions_of(self, text: str) -> Emotions:
        """Run the network on one sentence."""
        ids = np.array([self._tokenizer.encode(text).ids], np.int64)
        feed = dict(zip(INPUTS, (ids, np.ones_like(ids), np.zeros_like(ids)), strict=True))
        said = self._session.run(None, {name: feed[name] for name in self._inputs})
        found = dict(zip(self._outputs, said, strict=True))
        logits = np.asarray(found["logits"][0], np.float32)
        embedding = found.get("embedding")
        return Emotions(
            logits if self._activation == ACTIVATIONS[0] else log_odds(logits),
            None if embedding is None else np.asarray(embedding[0], np.float32),
        )

    def moods_of(self, emotions: Emotions) -> dict[Mood, float]:
        """The report's five values: for each mood the maximum of its member emotions."""
        return {
            mood: float(emotions.probabilities[members].max())
            for mood, members in zip(MOODS, self._members, strict=True)
        }

    def strongest(self, emotions: Emotions) -> NDArray[np.float32]:
        """Log-odds of each mood's strongest emotion, shape (5,)."""
        return np.array([emotions.logits[m].max() for m in self._members], np.float32)

    def named(self, emotions: Emotions) -> tuple[Mood, ...]:
        """Moods that pass their threshold; often none."""
        moods = self.moods_of(emotions)
        limits = zip(MOODS, self._thresholds, strict=True)
        return tuple(mood for mood, threshold in limits if moods[mood] >= threshold)

    def scores(self, emotions: Emotions) -> MoodScores:
        """Five probabilities, and the place on the plane."""
        level = self._slope * self.strongest(emotions) + self._offset
        valence, arousal = np.tanh(emotions.logits @ self._plane + self._plane_offset)
        return MoodScores.of(softmax(level).tolist(), float(valence), float(arousal))

    def loudest(self, emotions: Emotions) -> str:
        """The strongest of the emotions that belong to a mood."""
        members = [i for group in self._members for i in group]
        return self.emotions[max(members, key=lambda i: float(emotions.logits[i]))]


def log_odds(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of each of several that exclude one another: log p / (1 - p), p their softmax."""
    shares = softmax(logits.astype(np.float64))
    against = np.maximum(1 - shares, LEAST)
    return np.asarray(np.log(np.maximum(shares, LEAST) / against), np.float32)
