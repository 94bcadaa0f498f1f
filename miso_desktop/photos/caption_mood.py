"""The caption reader's second half: a sentence to a mood, with a small BERT.

The bundle holds the encoder with its 28 sigmoid outputs (int8 ONNX), the tokenizer,
and three small tables: the mood of each emotion, what it takes to be sure of a mood
(a softmax over the five maxima, fitted on single-mood comments), and how emotions
speak of valence and arousal (a ridge fitted on rated photo captions). Where it also holds
what described photos feel like (:mod:`miso_desktop.photos.caption_feeling`), that decides,
and the emotions name the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from miso_desktop import bundles
from miso_desktop.moods import MOODS, Mood, MoodScores, blend
from miso_desktop.photos.caption_feeling import TABLE as FEELING
from miso_desktop.photos.caption_feeling import load_feeling
from miso_desktop.photos.mood_scenes import Scenes, load_scenes
from miso_desktop.phrases import Phrase, phrase
from miso_desktop.values import Vote
from miso_desktop.words import MOOD_WORDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

READER = "caption"
BUNDLE = "text_mood"
CLEAR = 0.4
"""Share from which a mood is named that no word names."""

EMOTIONS_SHARE = 0.3
"""Of the emotions' own distribution, where a sentence names a feeling."""


@dataclass(frozen=True)
class Emotions:
    """What the network said about a sentence.

    Attributes
    ----------
    logits : numpy.ndarray, shape (28,), float32
        Before the sigmoid, in the order of the bundle's emotions.
    embedding : numpy.ndarray, shape (d,), float32, optional
        Of the whole sentence, of length 1; None where the bundle's network gives none.
    """

    logits: NDArray[np.float32]
    embedding: NDArray[np.float32] | None = None

    @property
    def probabilities(self) -> NDArray[np.float32]:
        """Each emotion by itself, 0 to 1; they do not sum to 1."""
        return np.asarray(1.0 / (1.0 + np.exp(-self.logits)), np.float32)


class CaptionMood:
    """Reads the mood of a sentence.

    Parameters
    ----------
    bundle : Bundle, optional
        The one that is in use, by default.

    Raises
    ------
    BundleError
        If the bundle is missing or damaged.
    """

    def __init__(self, bundle: bundles.Bundle | None = None) -> None:
        from tokenizers import Tokenizer

        self.bundle = bundle = bundle or bundles.require(BUNDLE)
        self.used = bundle.used
        """Name and version of the bundle."""
        known: Any = bundle.parameters
        self.emotions: tuple[str, ...] = tuple(known["emotions"])
        self._members = [[self.emotions.index(e) for e in known["members"][m.value]] for m in MOODS]
        self._thresholds = np.array([known["thresholds"][m.value] for m in MOODS])
        self._slope = np.array(known["softmax"]["slope"])
        self._offset = np.array(known["softmax"]["offset"])
        self._plane = np.array(known["plane"]["weights"])
        self._plane_offset = np.array(known["plane"]["offset"])
        self._tokenizer = Tokenizer.from_file(str(bundle.file("tokenizer.json")))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(known["max_tokens"])
        self._session = bundle.session("model.onnx")
        self._outputs = [output.name for output in self._session.get_outputs()]
        self._feeling = load_feeling(bundle, self.scenes) if FEELING in bundle.files else None

    @cached_property
    def scenes(self) -> Scenes:
        """The bundle's table of scenes, read when it is first asked for.

        Raises
        ------
        BundleError
            If it has none, or a damaged one.
        """
        return load_scenes(self.bundle)

    def emotions_of(self, text: str) -> Emotions:
        """Run the network on one sentence."""
        ids = self._tokenizer.encode(text).ids
        feed = {
            "input_ids": np.array([ids], np.int64),
            "attention_mask": np.ones((1, len(ids)), np.int64),
        }
        found = dict(zip(self._outputs, self._session.run(None, feed), strict=True))
        embedding = found.get("embedding")
        return Emotions(
            np.asarray(found["logits"][0], np.float32),
            None if embedding is None else np.asarray(embedding[0], np.float32),
        )

    def moods_of(self, emotions: Emotions) -> dict[Mood, float]:
        """The report's five values: for each mood the maximum of its member emotions."""
        return {
            mood: float(emotions.probabilities[members].max())
            for mood, members in zip(MOODS, self._members, strict=True)
        }

    def named(self, emotions: Emotions) -> tuple[Mood, ...]:
        """Moods that pass the threshold of the development set; often none."""
        moods = self.moods_of(emotions)
        limits = zip(MOODS, self._thresholds, strict=True)
        return tuple(mood for mood, threshold in limits if moods[mood] >= threshold)

    def read(self, text: str) -> Vote:
        """Vote on a photo by the words that describe it."""
        return self.vote(text, self.emotions_of(text))

    def vote(self, text: str, emotions: Emotions) -> Vote:
        """:meth:`read`, where :meth:`emotions_of` has been asked already."""
        scores = self._scores(emotions)
        return Vote(READER, scores, 1.0, self._reason(text, emotions, scores))

    def _scores(self, emotions: Emotions) -> MoodScores:
        """What captions taught; where words of feeling are named, what they say as well."""
        if self._feeling is None or emotions.embedding is None:
            return self._by_emotions(emotions)
        embedding, logits = emotions.embedding[None], emotions.logits[None]
        (moods,) = self._feeling.moods_of(self._feeling.rows(embedding, logits))
        ((valence, arousal),) = self._feeling.places_of(embedding)
        learned = MoodScores.of(moods.tolist(), float(valence), float(arousal))
        if not self.named(emotions):
            return learned
        share = EMOTIONS_SHARE
        return blend([(learned, 1 - share), (self._by_emotions(emotions), share)])

    def _by_emotions(self, emotions: Emotions) -> MoodScores:
        strongest = np.array([emotions.logits[m].max() for m in self._members])
        level = self._slope * strongest + self._offset
        shares = np.exp(level - level.max())
        valence, arousal = np.tanh(emotions.logits @ self._plane + self._plane_offset)
        return MoodScores.of(shares.tolist(), float(valence), float(arousal))

    def _reason(self, text: str, emotions: Emotions, scores: MoodScores) -> Phrase:
        if not self.named(emotions):
            if self._feeling is not None and scores[scores.top] >= CLEAR:
                mood = MOOD_WORDS[scores.top]
                return phrase(
                    "{quoted}: plain words, as for a {mood} photo.", quoted=quoted(text), mood=mood
                )
            return phrase("{quoted}: plain words, hardly a feeling in them.", quoted=quoted(text))
        members = [i for group in self._members for i in group]
        best = max(members, key=lambda i: float(emotions.logits[i]))
        return phrase(
            "{quoted}: the words speak of {emotion}.",
            quoted=quoted(text),
            emotion=EMOTION_WORDS[self.emotions[best]],
        )


def quoted(text: str, most: int = 80) -> Phrase:
    """Somebody's words in quotation marks, on one line of at most so many characters."""
    text = " ".join(text.split())
    short = text if len(text) <= most else text[: most - 1].rstrip() + "…"
    return phrase("“{text}”", text=short)


EMOTION_WORDS: dict[str, Phrase] = {
    "admiration": phrase("admiration"),
    "amusement": phrase("amusement"),
    "anger": phrase("anger"),
    "annoyance": phrase("annoyance"),
    "caring": phrase("caring"),
    "desire": phrase("desire"),
    "disappointment": phrase("disappointment"),
    "disapproval": phrase("disapproval"),
    "disgust": phrase("disgust"),
    "embarrassment": phrase("embarrassment"),
    "excitement": phrase("excitement"),
    "fear": phrase("fear"),
    "gratitude": phrase("gratitude"),
    "grief": phrase("grief"),
    "joy": phrase("joy"),
    "love": phrase("love"),
    "nervousness": phrase("nervousness"),
    "optimism": phrase("optimism"),
    "pride": phrase("pride"),
    "relief": phrase("relief"),
    "remorse": phrase("remorse"),
    "sadness": phrase("sadness"),
    "surprise": phrase("surprise"),
}
"""The emotions that belong to a mood, as words that can be translated."""
