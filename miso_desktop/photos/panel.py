"""The panel: readers vote, and a head weighs the votes and explains the decision.

This is the offline form of a panel of language models whose arguments a head judges.
Each reader votes with a distribution, its place on the plane of valence and arousal,
and a reason; a reader with nothing to say falls silent and says why. The head blends
the distributions with weights learned on rated photos (the bundle ``panel``), takes
valence and arousal with weights of their own, and names what decided.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from miso_desktop import bundles
from miso_desktop.errors import BundleError
from miso_desktop.moods import MOODS, MoodScores
from miso_desktop.phrases import Phrase, phrase
from miso_desktop.values import ModelServer, PhotoReading, Silence, Vote
from miso_desktop.words import MOOD_WORDS, READER_WORDS

if TYPE_CHECKING:
    from miso_desktop.photos.captioner import Captioner
    from miso_desktop.photos.likeness import Likeness

Reader = TypeVar("Reader")

BUNDLE = "panel"
CAPTIONER = "captioner"
"""The bundle that puts photos into words: BLIP, or any other that keeps the contract."""

ANALYSED_PX = 1024
"""Longest side of what the readers look at; the readers' own inputs are far smaller."""


@dataclass(frozen=True)
class Weights:
    """How much a reader counts: for the mood, and for the two axes."""

    mood: float
    valence: float
    arousal: float


class Head:
    """Joins votes into one decision.

    Parameters
    ----------
    weights : mapping of reader name to Weights
        A reader that is not named counts as the average of those that are: nobody has
        measured it. Where none is named, all count the same.
    sharpness : float
        Exponent on the blended probabilities, so that they are calibrated.
    """

    def __init__(self, weights: Mapping[str, Weights], sharpness: float = 1.0) -> None:
        self.weights = weights
        self.sharpness = sharpness
        self._unmeasured = _average(list(weights.values()))

    def decide(self, votes: Sequence[Vote]) -> tuple[MoodScores, tuple[Vote, ...]]:
        """Blend the votes.

        Returns
        -------
        scores : MoodScores
        votes : tuple of Vote
            With the weights that they had, which sum to 1; the weightiest first.

        Raises
        ------
        ValueError
            If nobody votes.
        """
        if not votes:
            raise ValueError("a panel needs at least one vote")
        used = [self.weights.get(v.reader, self._unmeasured) for v in votes]
        shares = _shares([w.mood for w in used])
        mix = [
            sum(s * v.scores.values[i] for s, v in zip(shares, votes, strict=True))
            ** self.sharpness
            for i in range(len(MOODS))
        ]
        valence = _mean([v.scores.valence for v in votes], [w.valence for w in used])
        arousal = _mean([v.scores.arousal for v in votes], [w.arousal for w in used])
        weighed = [replace(v, weight=s) for v, s in zip(votes, shares, strict=True)]
        return MoodScores.of(mix, valence, arousal), tuple(sorted(weighed, key=lambda v: -v.weight))


class Panel:
    """Every reader that is installed, and the head.

    A reader whose model is missing or damaged falls silent in every reading and says so;
    the others go on.
    """

    def __init__(self) -> None:
        from miso_desktop.photos.caption_mood import CaptionMood
        from miso_desktop.photos.face import FaceReader
        from miso_desktop.photos.light import LightReader
        from miso_desktop.photos.scene import SceneReader

        self._broken: dict[str, BundleError] = {}
        self._scene = self._installed("scene", SceneReader)
        self._face = self._installed("face", FaceReader)
        self._light = self._installed("light", LightReader)
        self._words = self._installed("caption", CaptionMood)
        self._likeness = self._installed("likeness", self._make_likeness)
        self._captioner = self._installed("captioner", self._make_captioner)
        self._head, self._head_used = load_head()

    def read(
        self, photo: Path, text: str | None = None, server: ModelServer | None = None
    ) -> PhotoReading:
        """Read a photo.

        Parameters
        ----------
        photo : Path
            The file.
        text : str, optional
            Stands in for the caption.
        server : ModelServer, optional
            Language models that join the panel.

        Raises
        ------
        FileMissing, UnreadablePhoto
            If there is no such photo, or it is none.
        BundleError
            If no reader at all is installed.
        """
        from miso_desktop.photos.image import load_photo

        started = time.perf_counter()
        image = load_photo(photo, longest=ANALYSED_PX)
        eyes = (self._scene, self._face, self._light)
        looking = [reader for reader in eyes if reader is not None]
        heard = [reader.read(image) for reader in looking]
        used = [reader.used for reader in looking]
        if self._captioner is not None and text is None:
            text = self._captioner.caption(image).text
            used.append(self._captioner.used)
        return self._judge(photo, text, heard, used, started=started, server=server)

    def read_text(self, text: str, server: ModelServer | None = None) -> PhotoReading:
        """Read a sentence alone.

        Raises
        ------
        BundleError
            If the text model is not installed.
        ValueError
            If there is no word in it.
        """
        if not text.strip():
            raise ValueError("a sentence has at least one word")
        if self._words is None:
            raise self._broken["caption"]
        return self._judge(Path(), text, [], [], started=time.perf_counter(), server=server)

    def _installed(self, name: str, make: Callable[[], Reader | None]) -> Reader | None:
        try:
            return make()
        except BundleError as error:
            self._broken[name] = error
            return None

    def _make_captioner(self) -> Captioner | None:
        opened = installed_captioner()
        if opened.faults:  # told in every reading, also where another one speaks instead
            self._broken["captioner"] = opened.faults[0]
        return opened.value

    def _make_likeness(self) -> Likeness | None:
        from miso_desktop.photos.likeness import Likeness

        if self._words is None:
            raise self._broken["caption"]
        return Likeness(self._words.bundle)

    def _why_no_words(self) -> Phrase:
        if self._captioner is not None:
            return phrase("The captioner found no words.")
        if "captioner" in self._broken:
            return phrase("The captioner cannot be used.")
        return phrase("No captioner is installed.")

    def _hear(self, caption: str) -> list[Vote | Silence]:
        """What the readers of words make of a caption; the network runs once for them all."""
        if not caption:
            listening = {"caption": self._words, "likeness": self._likeness}
            why = self._why_no_words()
            return [Silence(name, why) for name, reader in listening.items() if reader is not None]
        if self._words is None:
            return []
        emotions = self._words.emotions_of(caption)
        heard: list[Vote | Silence] = [self._words.vote(caption, emotions)]
        if self._likeness is not None:
            heard.append(self._likeness.read(caption, emotions.embedding))
        return heard

    def _ask(
        self, server: ModelServer, caption: str
    ) -> tuple[Vote | Silence, tuple[tuple[str, str], ...]]:
        """What the language models make of a caption, and which they were."""
        from miso_desktop.photos.language_models import READER, LanguageModels

        if not caption:
            return Silence(READER, self._why_no_words()), ()
        models = LanguageModels(server)
        return models.read(caption), models.used

    def _judge(
        self,
        photo: Path,
        text: str | None,
        heard: Sequence[Vote | Silence],
        used: list[tuple[str, str]],
        *,
        started: float,
        server: ModelServer | None,
    ) -> PhotoReading:
        caption = text.strip() if text else ""
        heard = [*heard, *self._hear(caption)]
        if self._words is not None and caption:
            used = [*used, self._words.used]
        if server is not None:
            said, models = self._ask(server, caption)
            heard.append(said)
            used = [*used, *models]
        silences = [Silence(name, error.message) for name, error in self._broken.items()]
        silences += [said for said in heard if isinstance(said, Silence)]
        votes = [said for said in heard if isinstance(said, Vote)]
        if not votes:
            raise next(iter(self._broken.values()))
        scores, weighed = self._head.decide(votes)
        return PhotoReading(
            photo=photo,
            caption=caption or None,
            scores=scores,
            votes=weighed,
            why=explain(scores, weighed),
            silences=tuple(silences),
            bundles=tuple(dict.fromkeys(used + self._head_used)),
            ms=(time.perf_counter() - started) * 1000,
        )


def installed_captioner() -> bundles.Opened[Captioner]:
    """The captioner in use, of any kind, and what is wrong with those that were preferred."""
    from miso_desktop.photos.captioner import Captioner

    return bundles.open_first(CAPTIONER, Captioner)


def try_captioner(bundle: bundles.Bundle) -> None:
    """Let a captioner describe a picture, to see whether it can.

    Raises
    ------
    BundleError
        If it cannot.
    """
    from PIL import Image

    from miso_desktop.photos.captioner import Captioner

    captioner = Captioner(bundle)
    try:
        captioner.caption(Image.linear_gradient("L").convert("RGB"))
    except Exception as error:  # networks that do not fit fail in ways of ONNX Runtime's own
        raise bundle.damaged(f"{type(error).__name__}: {error}") from error


def load_head() -> tuple[Head, list[tuple[str, str]]]:
    """The learned head; an even-handed one where its bundle is missing or damaged."""
    try:
        bundle = bundles.find(BUNDLE)
    except BundleError:
        bundle = None
    if bundle is None:
        return Head({}), []
    table = bundle.parameters["weights"]
    weights = {reader: Weights(**row) for reader, row in table.items()}
    return Head(weights, bundle.parameters["sharpness"]), [bundle.used]


def explain(scores: MoodScores, votes: Sequence[Vote]) -> Phrase:
    """The decision in one sentence: who carried it, with what reason, and who saw it otherwise."""
    mood = scores.top
    agreeing = [v for v in votes if v.mood is mood]
    if not agreeing:
        first = votes[0]
        return phrase(
            "{mood}, as what the readers have in common; the {reader} alone says {other}: {reason}",
            mood=MOOD_WORDS[mood],
            reader=READER_WORDS.get(first.reader, phrase("reader")),
            other=MOOD_WORDS[first.mood],
            reason=first.reason,
        )
    lead = max(agreeing, key=lambda v: v.weight * v.scores[mood])
    others = [v for v in votes if v.mood is not mood]
    if not others:
        return phrase(
            "{mood}: all readers agree. {reason}", mood=MOOD_WORDS[mood], reason=lead.reason
        )
    return phrase(
        "{mood}, above all by the {reader}: {reason} The {other} leans to {instead}.",
        mood=MOOD_WORDS[mood],
        reader=READER_WORDS.get(lead.reader, phrase("reader")),
        reason=lead.reason,
        other=READER_WORDS.get(others[0].reader, phrase("reader")),
        instead=MOOD_WORDS[others[0].mood],
    )


def _average(weights: Sequence[Weights]) -> Weights:
    if not weights:
        return Weights(1.0, 1.0, 1.0)
    return Weights(
        sum(w.mood for w in weights) / len(weights),
        sum(w.valence for w in weights) / len(weights),
        sum(w.arousal for w in weights) / len(weights),
    )


def _shares(weights: Sequence[float]) -> list[float]:
    total = sum(weights)
    return [w / total if total > 0 else 1 / len(weights) for w in weights]


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    return sum(v * w for v, w in zip(values, _shares(weights), strict=True))
