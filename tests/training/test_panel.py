"""The head learns of the votes that there are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from miso_desktop.moods import MOODS, MoodScores
from miso_desktop.training import panel
from miso_desktop.training.votes import write_votes
from tests import tiny_text


@pytest.fixture
def stored(tmp_path: Path) -> list[Path]:
    """Scene and light guess; the likeness reader knows, where it speaks; no face was found."""
    photos, rng = tiny_text.rated(), np.random.default_rng(0)

    def guess() -> MoodScores:
        return MoodScores.of(rng.uniform(0.1, 1, 5).tolist(), *rng.uniform(-0.5, 0.5, 2).tolist())

    def known(mood: int, place: np.ndarray) -> MoodScores:
        return MoodScores.of([0.1 + 0.8 * (i == mood) for i in range(5)], *place.tolist())

    for reader in ("scene", "light", "caption"):
        write_votes(tmp_path / reader, {reader: [(path, guess()) for path in photos.paths]})
    right = [
        (path, known(mood, place))
        for path, mood, place in zip(photos.paths, photos.moods, photos.feeling, strict=True)
    ]
    write_votes(tmp_path / "likeness", {"likeness": right[:-10]})
    return [tmp_path / reader for reader in ("scene", "light", "caption", "likeness")]


def test_a_reader_is_silent_where_it_has_no_vote(stored: list[Path]) -> None:
    votes = panel.collect(tiny_text.rated(), stored)
    spoke = dict(zip(panel.READERS, votes.given.sum(1).tolist(), strict=True))
    assert spoke == {"scene": 60, "light": 60, "face": 0, "caption": 60, "likeness": 50}


def test_readers_of_words_are_silent_without_a_caption(stored: list[Path]) -> None:
    votes = panel.collect(tiny_text.rated(), stored)
    even = panel.HeadFit(np.ones(5), np.ones((5, 2)), 1.0)
    with_words, _ = panel.blend(votes, even, np.ones(5, bool))
    without, _ = panel.blend(votes, even, panel.SILENT_CAPTION)
    moods = np.array(votes.moods)
    assert without[0] == pytest.approx(moods[:2, 0].mean(0), abs=1e-3)
    assert with_words[0] == pytest.approx(moods[[0, 1, 3, 4], 0].mean(0), abs=1e-3)


def test_the_head_leans_on_who_is_right_and_gives_the_absent_no_weight(
    stored: list[Path],
) -> None:
    photos = tiny_text.rated()
    votes = panel.collect(photos, stored)
    labelled = np.flatnonzero(photos.moods >= 0)
    truth = photos.moods[labelled]
    fit = panel.fit_head(votes, truth, photos.feeling, labelled)
    weight = dict(zip(panel.READERS, fit.mood.tolist(), strict=True))
    assert weight["likeness"] > 2 * max(weight["scene"], weight["light"], weight["caption"])
    figures = panel.cross_validate(votes, truth, photos.feeling, labelled, photos.themes)
    assert set(figures) == {*panel.READERS, "with_caption", "without_caption"} - {"face"}
    assert figures["with_caption"]["macro_f1"] > figures["without_caption"]["macro_f1"]
    taught = panel.Taught(fit, figures)
    assert "face" not in taught.weights
    card = panel.card_of(taught, taught)
    assert "scene alone (60 photos)" in card
    assert "face alone" not in card
    assert len(figures["scene"]["confusion"]) == len(MOODS)
