"""The caption reader's second half: a sentence to a mood, with a small BERT.

The bundle holds a network that hears emotions (:mod:`miso_desktop.photos.emotion_network`).
Where it also holds what described photos feel like
(:mod:`miso_desktop.photos.caption_feeling`), that decides; the emotions name the reason, and
have their share where a sentence names a feeling.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from miso_desktop import bundles
from miso_desktop.moods import Mood, MoodScores, blend
from miso_desktop.photos.caption_feeling import TABLE as FEELING
from miso_desktop.photos.caption_feeling import load_feeling
from miso_desktop.photos.emotion_network import EmotionNetwork, Emotions
from miso_desktop.photos.mood_scenes import Scenes, load_scenes
from miso_desktop.phrases import Phrase, phrase
from miso_desktop.values import Vote
from miso_desktop.words import MOOD_WORDS

READER = "caption"
BUNDLE = "text_mood"
CLEAR = 0.4
"""Share from which a mood is named that no word names."""

EMOTIONS_SHARE = 0.3
"""Of the emotions' own distribution, where a sentence names a feeling."""


class CaptionMood:
    """Reads the mood of a sentence.

    Parameters
    ----------
    bundle : Bundle, optional
        The one that is in use, by default.
    own : EmotionNetwork, optional
        Hears the emotions in its place: a model of the person's own. What captions taught
        stands on the bundle's own network, and stays with it.

    Raises
    ------
    BundleError
        If the bundle is missing or damaged.
    """

    def __init__(
        self, bundle: bundles.Bundle | None = None, own: EmotionNetwork | None = None
    ) -> None:
        self._network = EmotionNetwork(bundle or bundles.require(BUNDLE))
        self._own = own
        self.bundle = self._network.bundle
        self.emotions = self._network.emotions
        has_feeling = FEELING in self.bundle.files
        self._feeling = load_feeling(self.bundle, self.scenes) if has_feeling else None

    @cached_property
    def scenes(self) -> Scenes:
        """The bundle's table of scenes, read when it is first asked for.

        Raises
        ------
        BundleError
            If it has none, or a damaged one.
        """
        return load_scenes(self.bundle)

    @property
    def used(self) -> tuple[tuple[str, str], ...]:
        """Name and version of each bundle that has a part in a vote."""
        return (self._network.used, *((self._own.used,) if self._own else ()))

    def emotions_of(self, text: str) -> Emotions:
        """Run the bundle's network on one sentence."""
        return self._network.emotions_of(text)

    def moods_of(self, emotions: Emotions) -> dict[Mood, float]:
        """The report's five values: for each mood the maximum of its member emotions."""
        return self._network.moods_of(emotions)

    def named(self, emotions: Emotions) -> tuple[Mood, ...]:
        """Moods that pass the threshold of the development set; often none."""
        return self._network.named(emotions)

    def read(self, text: str) -> Vote:
        """Vote on a photo by the words that describe it."""
        return self.vote(text, self.emotions_of(text))

    def vote(self, text: str, emotions: Emotions) -> Vote:
        """:meth:`read`, where :meth:`emotions_of` has been asked already."""
        heard = _Heard(self._network, emotions)
        if self._own:
            heard = _Heard(self._own, self._own.emotions_of(text))
        scores = self._scores(emotions, heard)
        return Vote(READER, scores, 1.0, self._reason(text, heard, scores))

    def _scores(self, emotions: Emotions, heard: _Heard) -> MoodScores:
        """What captions taught; where words of feeling are named, what they say as well."""
        if self._feeling is None or emotions.embedding is None:
            return heard.scores
        embedding, logits = emotions.embedding[None], emotions.logits[None]
        (moods,) = self._feeling.moods_of(self._feeling.rows(embedding, logits))
        ((valence, arousal),) = self._feeling.places_of(embedding)
        learned = MoodScores.of(moods.tolist(), float(valence), float(arousal))
        if not heard.named:
            return learned
        share = EMOTIONS_SHARE
        return blend([(learned, 1 - share), (heard.scores, share)])

    def _reason(self, text: str, heard: _Heard, scores: MoodScores) -> Phrase:
        if not heard.named:
            if self._feeling is not None and scores[scores.top] >= CLEAR:
                mood = MOOD_WORDS[scores.top]
                return phrase(
                    "{quoted}: plain words, as for a {mood} photo.", quoted=quoted(text), mood=mood
                )
            return phrase("{quoted}: plain words, hardly a feeling in them.", quoted=quoted(text))
        return phrase(
            "{quoted}: the words speak of {emotion}.",
            quoted=quoted(text),
            emotion=EMOTION_WORDS[heard.loudest],
        )


@dataclass(frozen=True)
class _Heard:
    """The emotions of a sentence, and the network that heard them."""

    network: EmotionNetwork
    emotions: Emotions

    @property
    def named(self) -> tuple[Mood, ...]:
        return self.network.named(self.emotions)

    @property
    def scores(self) -> MoodScores:
        return self.network.scores(self.emotions)

    @property
    def loudest(self) -> str:
        return self.network.loudest(self.emotions)


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
