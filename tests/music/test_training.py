"""What the training of the tagger is built from."""

import csv

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

from miso_desktop.moods import MOODS
from miso_desktop.music import features
from miso_desktop.training import evaluation, music_augment, music_data, music_ensemble
from tests.music import sounds

COLUMNS = ("file", "mood", "strict", "quadrant", "artist_group", "mood_words", "genres")


@pytest.fixture
def labelled(tmp_path):
    """Four short clips, one of them without a mood."""
    rows = [
        ("a.wav", "happy", "1", "Q1", "one"),
        ("b.wav", "sad", "0", "Q3", "two"),
        ("c.wav", "", "0", "Q4", "two"),
        ("d.wav", "aggressive", "1", "Q2", "three"),
    ]
    with (tmp_path / "labels.csv").open("w", encoding="utf-8", newline="") as table:
        writer = csv.writer(table)
        writer.writerow(COLUMNS)
        writer.writerows([*row, "", ""] for row in rows)
    for seed, (name, *_) in enumerate(rows):
        sounds.write(tmp_path / name, sounds.music(1.0, seed=seed))
    return tmp_path


def test_figures_are_scikit_learns():
    rng = np.random.default_rng(3)
    truth, guess = rng.integers(0, 5, 200), rng.integers(0, 5, 200)
    table = evaluation.confusion(truth, guess, 5)
    assert evaluation.accuracy(table) == pytest.approx(accuracy_score(truth, guess))
    assert evaluation.macro_f1(table) == pytest.approx(f1_score(truth, guess, average="macro"))
    assert evaluation.f1_scores(table) == pytest.approx(f1_score(truth, guess, average=None))


def test_a_class_that_never_occurs_scores_nothing():
    assert evaluation.f1_scores(evaluation.confusion([0, 1], [0, 1], 3))[2] == 0.0


def test_a_table_reads_by_rows_of_truth():
    text = evaluation.markdown(evaluation.confusion([0, 0, 1], [0, 1, 1], 2), ["calm", "wild"])
    assert "| calm | 1 | 1 | 0.67 |" in text and "| wild | 0 | 1 | 0.67 |" in text


def test_labels_are_read(labelled):
    tracks = music_data.read_tracks(labelled)
    assert [path.name for path in tracks.files] == ["a.wav", "b.wav", "c.wav", "d.wav"]
    assert list(tracks.moods) == [0, 2, music_data.UNLABELLED, 3]
    assert tracks.plane.tolist() == [[1, 1], [-1, -1], [1, -1], [-1, 1]]
    assert list(tracks.labelled) == [True, True, False, True]
    assert list(tracks.strict) == [True, False, False, True]
    assert len(set(tracks.strata.tolist())) == 4


def test_features_are_measured_once_and_then_read(labelled, tmp_path):
    tracks, work = music_data.read_tracks(labelled), tmp_path / "work"
    first = music_data.measure(tracks, work)
    for path in tracks.files:
        path.unlink()
    again = music_data.measure(tracks, work)
    assert set(first) == set(music_data.DRESSES)
    for name, table in first.items():
        assert table.shape == (4, len(features.NAMES))
        assert (again[name] == table).all()
    assert np.abs(first["plain"] - first["remaster_0"]).max() > 1


@pytest.mark.parametrize("dress", [music_augment.remaster, music_augment.stranger])
def test_another_mastering_is_repeatable_and_stays_the_same_music(dress):
    music = sounds.music(3.0)
    a, b, c = (dress(music, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert (a == b).all() and np.abs(a - c).max() > 0
    assert a.dtype == np.float32 and len(a) == len(music) and np.isfinite(a).all()
    assert np.corrcoef(np.abs(a), np.abs(music))[0, 1] > 0.5


def test_no_artist_is_in_two_parts_of_a_split(monkeypatch):
    rng = np.random.default_rng(0)
    n = 60
    tracks = music_data.Tracks(
        files=(),
        moods=np.arange(n) % 5,
        plane=np.ones((n, 2), np.float32),
        strict=np.ones(n, bool),
        artists=np.array([f"artist {i // 3}" for i in range(n)]),
    )
    seen = []

    def watch(tracks, measured, train, test, seed):
        seen.append((set(tracks.artists[train]), set(tracks.artists[test])))
        return {music_ensemble.VOTE: np.ones((len(test), len(MOODS)))}

    monkeypatch.setattr(music_ensemble, "_fold", watch)
    monkeypatch.setattr(music_ensemble, "fit_plane", lambda X, plane, seed: _Even())
    table = rng.normal(size=(n, 3)).astype(np.float32)
    held = music_ensemble.cross_validate(tracks, dict.fromkeys(music_data.DRESSES, table), 0)
    assert len(seen) == music_ensemble.FOLDS
    assert all(not (train & test) for train, test in seen)
    assert (held.moods[music_ensemble.VOTE] == 1).all()  # every track was held out once


class _Even:
    def predict(self, X):
        return np.zeros((len(X), 2))
