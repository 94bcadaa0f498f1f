"""The panel: readers vote, and a head weighs the votes and explains the decision.

This is the offline form of a panel of language models whose arguments a head judges.
Each reader votes with a distribution, its place on the plane of valence and arousal,
and a reason; a reader with nothing to say falls silent and says why.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from miso_desktop import bundles
from miso_desktop.errors import BundleError
from miso_desktop.photos.head import BUNDLE as HEADS
from miso_desktop.photos.head import Head, Heads, explain, read_heads
from miso_desktop.phrases import Phrase, phrase
from miso_desktop.values import ModelServer, PhotoReading, Silence, Vote

if TYPE_CHECKING:
    from miso_desktop.photos.caption_mood import CaptionMood
    from miso_desktop.photos.captioner import Captioner
    from miso_desktop.photos.likeness import Likeness

Reader = TypeVar("Reader")

CAPTIONER = "captioner"
"""The bundle that puts photos into words: BLIP, or any other that keeps the contract."""

EMOTIONS = "emotions"
"""The bundle of a person's own that hears the emotions of a caption; most people have none."""

ANALYSED_PX = 1024
"""Longest side of what the readers look at; the readers' own inputs are far smaller."""


class Panel:
    """Every reader that is installed, and the head.

    A reader whose model is missing or damaged falls silent in every reading and says so;
    the others go on.
    """

    def __init__(self) -> None:
        from miso_desktop.photos import caption_mood, face, light, scene

        self._broken: dict[str, BundleError] = {}
        self._scene = self._serving("scene", scene.BUNDLE, scene.SceneReader)
        self._face = self._serving("face", face.BUNDLE, face.FaceReader)
        self._light = self._serving("light", light.BUNDLE, light.LightReader)
        self._words = self._serving("caption", caption_mood.BUNDLE, self._make_words)
        self._likeness = self._make_likeness()
        self._captioner = self._make_captioner()
        self._heads = self._serving("head", HEADS, read_heads) or Heads(Head({}))

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
        head = self._heads.usual
        if self._captioner is not None and text is None:
            text = self._captioner.caption(image).text
            used.append(self._captioner.used)
            head = self._heads.for_words_of(self._captioner.used[0])
        return self._judge(photo, text, heard, used, head=head, started=started, server=server)

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
        head, started = self._heads.usual, time.perf_counter()
        return self._judge(Path(), text, [], [], head=head, started=started, server=server)

    def _serving(
        self, name: str, role: str, make: Callable[[bundles.Bundle], Reader]
    ) -> Reader | None:
        """Make a reader of the first bundle that can serve, the shipped one if need be."""
        opened = bundles.open_first(role, make)
        self._note(name, opened.faults)
        if opened.value is None:
            self._broken.setdefault(name, bundles.missing(role))
        return opened.value

    def _note(self, name: str, faults: Sequence[BundleError]) -> None:
        """Tell in every reading what is wrong, also where another bundle serves instead."""
        for fault in faults:
            if not fault.path or fault.path.name != bundles.IN_USE:  # this the captioner tells
                self._broken.setdefault(name, fault)

    def _make_words(self, bundle: bundles.Bundle) -> CaptionMood:
        from miso_desktop.photos.caption_mood import CaptionMood
        from miso_desktop.photos.emotion_network import EmotionNetwork

        own = bundles.open_first(EMOTIONS, EmotionNetwork)  # most people have none
        self._note("emotions", own.faults)
        return CaptionMood(bundle, own.value)

    def _make_captioner(self) -> Captioner | None:
        opened = installed_captioner()
        if opened.faults:
            self._broken["captioner"] = opened.faults[0]
        return opened.value

    def _make_likeness(self) -> Likeness | None:
        from miso_desktop.photos.likeness import Likeness

        if self._words is None:
            self._broken["likeness"] = self._broken["caption"]
            return None
        try:
            return Likeness(self._words)
        except BundleError as error:
            self._broken["likeness"] = error
            return None

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
        head: Head,
        started: float,
        server: ModelServer | None,
    ) -> PhotoReading:
        caption = text.strip() if text else ""
        heard = [*heard, *self._hear(caption)]
        if self._words is not None and caption:
            used = [*used, *self._words.used]
        if server is not None:
            said, models = self._ask(server, caption)
            heard.append(said)
            used = [*used, *models]
        silences = [Silence(name, error.message) for name, error in self._broken.items()]
        silences += [said for said in heard if isinstance(said, Silence)]
        votes = [said for said in heard if isinstance(said, Vote)]
        if not votes:
            raise next(iter(self._broken.values()))
        scores, weighed = head.decide(votes)
        return PhotoReading(
            photo=photo,
            caption=caption or None,
            scores=scores,
            votes=weighed,
            why=explain(scores, weighed),
            silences=tuple(silences),
            bundles=tuple(dict.fromkeys([*used, *self._heads.used])),
            ms=(time.perf_counter() - started) * 1000,
        )


def installed_captioner() -> bundles.Opened[Captioner]:
    """The captioner in use, of any kind, and what is wrong with those that were preferred."""
    from miso_desktop.photos.captioner import Captioner

    return bundles.open_first(CAPTIONER, Captioner)
