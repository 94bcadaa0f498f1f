"""The likeness reader's table: tuned and measured on photos whose theme it has not seen."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from miso_desktop import bundles
from miso_desktop.errors import BundleError
from miso_desktop.photos.caption_mood import CaptionMood
from miso_desktop.photos.mood_scenes import TABLE, load_scenes
from miso_desktop.training import likeness
from miso_desktop.training.evaluation import theme_folds
from miso_desktop.training.votes import read_votes
from tests import tiny_text


def test_photos_of_a_theme_stay_together() -> None:
    themes = [f"theme {number // 3}" for number in range(60)]
    folds = theme_folds(themes, 5)
    assert len({(theme, int(fold)) for theme, fold in zip(themes, folds, strict=True)}) == 20
    assert set(folds.tolist()) == set(range(5))


def test_teaching_writes_table_tuning_figures_card_and_votes(tmp_path: Path) -> None:
    before = tiny_text.copy_to(tmp_path / "before")
    taught = tiny_text.taught_in(tmp_path / "text_mood", tmp_path / "votes.jsonl")
    assert set(taught.files) == {*before.files, TABLE}
    assert taught.parameters.items() >= before.parameters.items()
    scenes = load_scenes(taught)
    assert np.linalg.norm(scenes.vectors, axis=1) == pytest.approx(1, abs=1e-3)

    figures = taught.figures["likeness"]
    assert figures["macro_f1"] == 1.0  # the words of a mood all point one way
    assert figures["valence_r"] > 0.9
    assert (figures["captions"], figures["labelled"], figures["silent"]) == (60, 50, 0)

    card = (taught.folder / "CARD.md").read_text(encoding="utf-8")
    assert "macro-F1 1.000" in card
    assert card.index("## Likeness") < card.index("## Sources")

    votes = read_votes([tmp_path / "votes.jsonl"])
    assert len(votes) == 60
    assert votes["likeness", "0.jpg"]["mood"] == "happy"
    assert sum(votes["likeness", "0.jpg"]["scores"].values()) == pytest.approx(1, abs=1e-3)


def test_teaching_again_changes_nothing(tmp_path: Path) -> None:
    once = tiny_text.taught_in(tmp_path / "text_mood")
    card = (once.folder / "CARD.md").read_text(encoding="utf-8")
    likeness.teach(once, tiny_text.scenes(), tiny_text.rated())
    again = bundles.load(once.folder)
    assert again == once
    assert (once.folder / "CARD.md").read_text(encoding="utf-8") == card


def test_a_photos_own_theme_has_no_say_in_its_vote() -> None:
    """Ratings of one fold are turned into nonsense; its own votes must stay as they were."""
    photos, scenes = tiny_text.rated(), tiny_text.scenes()
    reader = CaptionMood(bundles.load(tiny_text.BUNDLE))
    scenes = replace(scenes, vectors=likeness.embed(reader, scenes.texts))
    near = (likeness.embed(reader, photos.captions) @ scenes.vectors.T).astype(np.float64)
    lesson = likeness.Lesson(near, photos.feeling, photos.moods)
    folds = theme_folds(photos.themes, likeness.FOLDS)
    spoilt = np.where((folds == 0)[:, None], -lesson.feeling, lesson.feeling)
    _, honest = likeness.out_of_fold(lesson, lesson, scenes, photos.themes)
    _, after = likeness.out_of_fold(replace(lesson, feeling=spoilt), lesson, scenes, photos.themes)
    assert (honest[folds == 0] == after[folds == 0]).all()
    assert not np.allclose(honest[folds != 0], after[folds != 0])


def test_a_network_without_vectors_is_said_to_have_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = CaptionMood.emotions_of
    monkeypatch.setattr(
        CaptionMood, "emotions_of", lambda self, text: replace(heard(self, text), embedding=None)
    )
    with pytest.raises(BundleError, match="no output embedding"):
        tiny_text.taught_in(tmp_path / "text_mood")


def test_an_old_section_of_a_card_is_replaced() -> None:
    card = "# x\n\nwords\n\n## Likeness\n\nold\n\n## Sources\n\nend\n"
    found = likeness.with_section(card, "\n## Likeness\n\nnew\n")
    assert found == "# x\n\nwords\n\n## Likeness\n\nnew\n\n## Sources\n\nend\n"
    assert likeness.with_section("# x\n", "## Likeness\n\nnew") == "# x\n\n## Likeness\n\nnew\n"


def test_votes_of_several_files_are_joined_and_the_later_goes_first(tmp_path: Path) -> None:
    for name, mood in (("a", "sad"), ("b", "happy")):
        row = {"photo": f"folder/{name}/1.jpg", "reader": "scene", "mood": mood}
        (tmp_path / name).write_text(json.dumps(row) + "\n", encoding="utf-8")
    votes = read_votes([tmp_path / "a", tmp_path / "b"])
    assert votes["scene", "1.jpg"]["mood"] == "happy"
