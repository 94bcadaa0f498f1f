"""What the figures of the scene reader rest on: honest folds and an honest head."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from miso_desktop.photos.mood_scenes import PLAIN, Scenes
from miso_desktop.photos.numbers import softmax
from miso_desktop.training import scene_evaluation as judge
from miso_desktop.training.scene_head import (
    KernelRidge,
    Lesson,
    Projection,
    TextTeacher,
    best_temperature,
    fit,
)


def lesson(photos: int = 60, soft: int = 30) -> Lesson:
    """Features of which two directions are valence and arousal, and moods that follow them."""
    rng = np.random.default_rng(0)
    hidden, soft_hidden = rng.uniform(-1, 1, (photos, 2)), rng.uniform(-1, 1, (soft, 2))
    picture, words = rng.normal(size=(2, 40)), rng.normal(size=(2, 12))
    moods = np.floor((np.arctan2(hidden[:, 1], hidden[:, 0]) / np.pi + 1) * 2.4999).astype(int)
    moods[::7] = -1
    groups = np.where(moods[:20] < 0, PLAIN, moods[:20])
    scenes = Scenes(("",) * 20, groups, hidden[:20], hidden[:20] @ words + 0.01)
    return Lesson(
        hidden @ picture,
        hidden @ words,
        hidden,
        moods,
        soft_hidden @ picture,
        soft_hidden @ words,
        scenes,
    )


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.one_of(st.none(), st.integers(0, 100)))
def test_no_theme_is_in_two_folds_and_no_photo_is_left_out(data_seed, seed):
    rng = np.random.default_rng(data_seed)
    themes = [f"theme {k}" for k in rng.integers(0, 30, 200)]
    themes += [f"theme {k}" for k in range(30)]
    moods = np.where(rng.random(230) < 0.5, rng.integers(0, 5, 230), -1)
    moods[[themes.index(f"theme {k}") for k in range(0, 20)]] = 0
    for k in range(20, 30):  # themes in which nothing has a mood
        moods[np.array(themes) == f"theme {k}"] = -1
    folds = judge.deal(themes, moods, seed)
    assert set(folds) == set(range(judge.FOLDS))
    assert all(len(set(folds[np.array(themes) == theme])) == 1 for theme in set(themes))


def test_the_teacher_never_sees_the_rated_photos_that_are_held_out():
    """Nonsense in the held-out rows must not change what is learned from the others."""
    whole = lesson()
    kept = np.arange(40)
    spoilt = replace(
        whole,
        feeling=np.concatenate([whole.feeling[:40], -whole.feeling[40:]]),
        embeddings=np.concatenate([whole.embeddings[:40], whole.embeddings[40:] * 9]),
    )
    first, second = (TextTeacher.fit(some.only(kept)) for some in (whole, spoilt))
    for a, b in zip(first(whole.soft_embeddings), second(whole.soft_embeddings), strict=True):
        assert np.array_equal(a, b)


def test_the_head_learns_what_is_there_to_learn():
    whole = lesson(200, 60)
    learn, test = np.arange(150), np.arange(150, 200)
    part = whole.only(learn)
    moods, feeling = fit(part, Projection.fit(part, directions=8))(whole.features[test])
    assert np.allclose(moods.sum(1), 1.0)
    for axis in range(2):
        assert np.corrcoef(feeling[:, axis], whole.feeling[test, axis])[0, 1] > 0.9
    known = whole.moods[test] >= 0
    assert (moods.argmax(1) == whole.moods[test])[known].mean() > 0.8


def test_kernel_ridge_is_scikit_learns():
    from sklearn.kernel_ridge import KernelRidge as Reference

    rng = np.random.default_rng(1)
    rows, targets, weights = (
        rng.normal(size=(30, 4)),
        rng.normal(size=(30, 2)),
        rng.random(30) + 0.1,
    )
    ours = KernelRidge.fit(rows, targets, weights, 0.3)
    theirs = Reference(alpha=0.3, kernel="rbf", gamma=ours.gamma)
    theirs.fit(rows, targets - ours.offset, sample_weight=weights)
    new = rng.normal(size=(9, 4))
    assert np.abs(ours(new) - theirs.predict(new) - ours.offset).max() < 1e-9


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_the_temperature_of_a_miscalibrated_reader_is_found(temperature):
    rng = np.random.default_rng(2)
    logits = rng.normal(size=(8000, 5)) * 2
    moods = np.array([rng.choice(5, p=row) for row in softmax(logits / temperature)])
    assert best_temperature(softmax(logits), moods) == pytest.approx(temperature, rel=0.1)


def test_calibration_error_of_the_honest_and_of_the_boastful():
    truth = np.repeat([0, 1], 50)
    honest = np.tile([0.5, 0.5, 0, 0, 0], (100, 1))
    honest[:, 0] += 1e-6
    boastful = np.tile([1.0, 0, 0, 0, 0], (100, 1))
    assert judge.calibration_error(honest, truth, bins=1) == pytest.approx(0.0, abs=1e-3)
    assert judge.calibration_error(boastful, truth, bins=1) == pytest.approx(0.5)


def test_predictions_have_the_shape_of_miso_read(tmp_path):
    found = np.eye(5)[:2], np.array([[0.25, -0.5], [2.0, 0.0]])
    table = tmp_path / "oof.jsonl"
    judge.write_predictions(table, [Path("a/b.jpg"), Path("a/c.jpg")], {"scene": found})
    rows = [json.loads(line) for line in table.read_text(encoding="utf-8").splitlines()]
    assert [row["photo"] for row in rows] == ["b.jpg", "c.jpg"]
    assert rows[0]["mood"] == "happy"
    assert rows[0]["scores"]["happy"] == 1.0
    assert (rows[0]["valence"], rows[1]["valence"]) == (0.25, 1.0)
    assert rows[0]["reader"] == "scene"
