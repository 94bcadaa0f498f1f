"""The look of the window in numbers: colours, spacing, radii, type. No Qt here."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from miso_desktop.moods import Mood

RAIL: Final = 72
PLAYER_BAR: Final = 84
WINDOW: Final = (1280, 800)
SMALLEST_WINDOW: Final = (960, 640)
FAMILY: Final = "Pretendard"

RADIUS_SMALL: Final = 8
RADIUS: Final = 12
RADIUS_LARGE: Final = 16
RADIUS_PHOTO: Final = 18


@dataclass(frozen=True)
class Palette:
    """Colours of one theme, as ``#RRGGBB``."""

    dark: bool
    background: str
    card: str
    well: str
    ink: str
    soft: str
    line: str


LIGHT: Final = Palette(False, "#F6F4F1", "#FFFFFF", "#EFEBE5", "#1D1B19", "#6E6861", "#E6E1DA")
DARK: Final = Palette(True, "#171614", "#211F1D", "#2A2724", "#F2EFEA", "#A39C93", "#33302C")

MOOD_COLOURS: Final = MappingProxyType(
    {
        Mood.HAPPY: "#E8A71C",
        Mood.ROMANTIC: "#D9608A",
        Mood.SAD: "#4B7BD6",
        Mood.AGGRESSIVE: "#D5492F",
        Mood.DRAMATIC: "#7C5CCB",
    }
)


@dataclass(frozen=True)
class Type:
    """One style of text: size in px, weight as CSS counts it, tracking in percent."""

    size: int
    weight: int = 400
    tracking: float = 0.0


DISPLAY: Final = Type(34, 600, -2.0)
TITLE: Final = Type(26, 600, -2.0)
HEADING: Final = Type(16, 600, -0.5)
STRONG: Final = Type(14, 600)
BODY: Final = Type(14)
SMALL: Final = Type(13)
SMALL_STRONG: Final = Type(12, 600)
CAPTION: Final = Type(12)
TINY: Final = Type(11)

_READABLE: Final = 4.5
"""Contrast that text needs against its ground (WCAG 2.2, 1.4.3)."""


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    a, b = sorted((_luminance(one), _luminance(other)))
    return (b + 0.05) / (a + 0.05)


def text_on(ground: str) -> str:
    """Ink or paper, whichever reads better on ``ground``."""
    return max((LIGHT.ink, "#FFFFFF"), key=lambda colour: contrast(colour, ground))


def button_fill(mood: Mood) -> str:
    """The mood's colour, darkened until white text reads on it where that keeps its hue.

    Yellow would turn brown: it keeps its colour and takes dark text (:func:`text_on`).
    """
    colour = MOOD_COLOURS[mood]
    if contrast(colour, "#FFFFFF") < 3:
        return colour
    return _towards(colour, "#000000", "#FFFFFF")


def readable(colour: str, ground: str) -> str:
    """``colour`` moved towards ink or paper until it reads as text on ``ground``."""
    return _towards(colour, text_on(ground), ground)


def mix(one: str, other: str, share: float) -> str:
    """``one`` with ``share`` (0 to 1) of ``other``."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


def _towards(colour: str, target: str, ground: str) -> str:
    steps = (mix(colour, target, step / 20) for step in range(21))
    return next((c for c in steps if contrast(c, ground) >= _READABLE), target)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (channel / 255 for channel in _channels(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
