"""What the tokens promise: contrast, fonts, words that fit their values."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QFontDatabase, QFontMetrics
from PySide6.QtWidgets import QApplication

from miso_desktop.moods import MOODS, Mood, MoodScores
from miso_desktop.paths import resource
from miso_desktop.ui import icons, theme, tokens, words

THEMES = [tokens.LIGHT, tokens.DARK]


@pytest.mark.parametrize("palette", THEMES, ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["background", "card", "well"])
@pytest.mark.parametrize("tone", ["ink", "soft"])
def test_text_reads_on_every_ground(palette: tokens.Palette, ground: str, tone: str) -> None:
    assert tokens.contrast(getattr(palette, tone), getattr(palette, ground)) >= 4.5


@pytest.mark.parametrize("mood", MOODS)
def test_the_words_on_a_mood_s_button_read(mood: Mood) -> None:
    fill = tokens.button_fill(mood)
    assert tokens.contrast(fill, tokens.text_on(fill)) >= 4.5


@pytest.mark.parametrize("palette", THEMES, ids=["light", "dark"])
@pytest.mark.parametrize("mood", MOODS)
def test_a_mood_s_name_in_its_colour_reads(mood: Mood, palette: tokens.Palette) -> None:
    tone = tokens.readable(tokens.MOOD_COLOURS[mood], palette.card)
    assert tokens.contrast(tone, palette.card) >= 4.5


def test_contrast_is_that_of_the_standard() -> None:
    assert tokens.contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert tokens.contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


def test_one_family_has_the_letters_of_both_languages(qapp: QApplication) -> None:
    assert "Pretendard" in QFontDatabase.families()
    metrics = QFontMetrics(theme.font(tokens.BODY))
    assert all(metrics.inFontUcs4(ord(letter)) for letter in "MISO가힣밤é·—0")


def test_tabular_figures_are_all_equally_wide(qapp: QApplication) -> None:
    metrics = QFontMetrics(theme.font(tokens.BODY, tabular=True))
    assert len({metrics.horizontalAdvance(figure * 4) for figure in "0123456789"}) == 1


def test_the_fonts_and_their_licence_ship() -> None:
    folder = resource("fonts")
    assert "SIL Open Font License" in (folder / "LICENSE.txt").read_text(encoding="utf-8")
    assert sum(f.stat().st_size for f in folder.glob("*.otf")) < 8_000_000


@pytest.mark.parametrize("path", sorted(resource("icons").glob("*.svg")), ids=lambda p: p.stem)
def test_every_icon_paints_something_in_its_colour(qapp: QApplication, path: Path) -> None:
    image = icons.pixmap(path.stem, "#D9608A").toImage()
    painted = [
        image.pixelColor(x, y)
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).alpha() > 150
    ]
    assert painted
    assert all(abs(c.red() - 0xD9) < 4 and abs(c.blue() - 0x8A) < 4 for c in painted)


@pytest.mark.parametrize(
    ("values", "title"),
    [
        ((0.14, 0.52, 0.18, 0.03, 0.13), "Romantic with a touch of sad"),
        ((0.80, 0.10, 0.05, 0.03, 0.02), "Happy through and through"),
        ((0.10, 0.10, 0.36, 0.09, 0.35), "Sad, and as much dramatic"),
    ],
)
def test_the_title_weighs_the_second_mood(values: tuple[float, ...], title: str) -> None:
    assert str(words.mood_title(MoodScores.of(values, 0, 0))) == title


@given(st.lists(st.floats(0, 1), min_size=5, max_size=5))
def test_the_title_always_names_the_top_mood_first(weights: list[float]) -> None:
    scores = MoodScores.of(weights, 0, 0)
    sentence = words.mood_title(scores)
    assert str(sentence).startswith(str(words.MOOD_TITLES[scores.top]))
    assert str(dict(sentence.values)["mood"]) in str(sentence)


@pytest.mark.parametrize(
    ("seconds", "clock", "span"),
    [
        (0, "0:00", "0 s"),
        (59.9, "0:59", "60 s"),
        (228, "3:48", "4 min"),
        (4447, "1:14:07", "1 h 14 min"),
    ],
)
def test_lengths_are_said_as_people_say_them(seconds: float, clock: str, span: str) -> None:
    assert words.clock(seconds) == clock
    assert words.span(seconds) == span
