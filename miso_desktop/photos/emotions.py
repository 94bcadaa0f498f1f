"""Which of GoEmotions' 28 labels speak for which mood.

The original report reduced the 28 labels to a few moods by the maximum of their
members. The table below was written by meaning, before any score was seen.
Labels that name a way of thinking and not a mood (approval, confusion, curiosity,
realization, neutral) belong to none.
"""

from __future__ import annotations

from miso_desktop.moods import Mood

MEMBERS: dict[Mood, tuple[str, ...]] = {
    Mood.HAPPY: (
        "joy",
        "amusement",
        "excitement",
        "gratitude",
        "optimism",
        "pride",
        "relief",
        "admiration",
    ),
    Mood.ROMANTIC: ("love", "caring", "desire"),
    Mood.SAD: ("sadness", "grief", "disappointment", "remorse", "embarrassment"),
    Mood.AGGRESSIVE: ("anger", "annoyance", "disgust", "disapproval"),
    Mood.DRAMATIC: ("fear", "nervousness", "surprise"),
}
