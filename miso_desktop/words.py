"""The product's own vocabulary, as phrases: moods and readers have one name everywhere."""

from __future__ import annotations

from miso_desktop.moods import Mood
from miso_desktop.phrases import Phrase, phrase

MOOD_WORDS: dict[Mood, Phrase] = {
    Mood.HAPPY: phrase("happy"),
    Mood.ROMANTIC: phrase("romantic"),
    Mood.SAD: phrase("sad"),
    Mood.AGGRESSIVE: phrase("aggressive"),
    Mood.DRAMATIC: phrase("dramatic"),
}

READER_WORDS: dict[str, Phrase] = {
    "scene": phrase("scene"),
    "face": phrase("face"),
    "light": phrase("light"),
    "caption": phrase("caption"),
    "captioner": phrase("captioner"),
    "emotions": phrase("emotion model"),
    "likeness": phrase("likeness"),
    "language_models": phrase("language panel"),
    "head": phrase("head of the panel"),
}
