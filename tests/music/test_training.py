"""What the training of the tagger is built from."""

import csv
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

from miso_desktop import bundles, paths
from miso_desktop.music import features, spectral
from miso_desktop.music.ensemble import HEARD
from miso_desktop.music.kernel import Kernel
from miso_desktop.music.network import BUNDLE, AudioNetwork
from miso_desktop.training import (
    evaluation,
    music_augment,
    music_data,
    music_ensemble,
    music_kernel,
)
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
        writer.writerows([*row, "calm; tender", ""] for row in rows)
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
    assert tracks.words[0] == ("calm", "tender")


def test_features_are_measured_once_and_then_read(labelled, tmp_path):
    tracks, work = music_data.read_tracks(labelled), tmp_path / "work"
    network = AudioNetwork(bundles.load(paths.shipped() / "models_onnx" / BUNDLE))
    first = music_data.measure(tracks, work, network)
    for path in tracks.files:
        path.unlink()
    again = music_data.measure(tracks, work, network)
    assert set(first) == set(music_data.DRESSES)
    for name, table in first.items():
        assert table.shape == (4, len(features.NAMES) + 250)
        assert (again[name] == table).all()
    assert np.abs(first["plain"] - first["remaster_0"]).max() > 1


@pytest.mark.parametrize("dress", [music_augment.remaster, music_augment.stranger])
def test_another_mastering_is_repeatable_and_stays_the_same_music(dress):
    music = sounds.music(3.0)
    for seed in range(6):
        a, b = (dress(music, np.random.default_rng(seed)) for _ in range(2))
        assert (a == b).all()
        assert a.dtype == np.float32 and np.isfinite(a).all()
        assert len(a) == pytest.approx(len(music), rel=0.07)
        alike = np.corrcoef(in_bands(a), in_bands(music))[0, 1]
        assert 0.4 < alike < 0.99999
    assert np.abs(in_bands(dress(music, np.random.default_rng(7))) - in_bands(a)).max() > 0.1


def in_bands(sound):
    """Mean level of each mel band, in dB."""
    return spectral.log_mel(spectral.magnitudes(sound)).mean(axis=0)


def test_a_codec_takes_the_treble_away_and_little_else():
    noise = sounds.noise(2.0)
    left = music_augment.encoded(noise, 32_000)
    assert len(left) >= len(noise)
    before, after = in_bands(noise), in_bands(left)
    assert before[-1] - after[-1] > 10 > abs(before[20] - after[20])


def tracks_of(n):
    """Of twenty artists and five moods, two words each; the last ten have no mood."""
    moods = np.arange(n) % 5
    moods[-10:] = music_data.UNLABELLED
    return music_data.Tracks(
        files=(),
        moods=moods,
        plane=np.where(np.arange(n)[:, None] % 2, 1.0, -1.0).repeat(2, 1).astype(np.float32),
        strict=np.ones(n, bool),
        artists=np.array([f"artist {i // 3}" for i in range(n)]),
        words=tuple((f"word {i % 5}", "loud") for i in range(n)),
    )


def test_no_artist_is_in_two_parts_of_a_split_and_every_track_is_told_once():
    tracks, told = tracks_of(60), []
    for train, test in music_ensemble.folds(tracks, seed=0):
        assert not set(tracks.artists[train]) & set(tracks.artists[test])
        assert not train[test].any()
        told += test.tolist()
    assert sorted(told) == list(range(60))


def test_the_kernel_learns_from_words_what_a_track_without_a_mood_is_like():
    tracks = tracks_of(60)
    wanted, weights = music_kernel.targets(tracks, np.ones(60, bool))
    assert wanted.shape == (60, 7) and (weights > 0).all()
    np.testing.assert_allclose(wanted[:, :5].sum(axis=1), 1, rtol=1e-5)
    assert (wanted[:-10, :5].argmax(axis=1) == tracks.moods[:-10]).all()
    # Word 2 goes with mood 2, and "loud" with all of them.
    assert [row.argmax() for row in wanted[-10:, :5]] == [0, 1, 2, 3, 4] * 2
    assert (wanted[:, 5:] == tracks.plane).all()


def test_the_kernel_never_looks_at_the_moods_that_are_held_out():
    tracks, train = tracks_of(60), np.arange(60) < 40
    other = replace(tracks, moods=np.where(train, tracks.moods, (tracks.moods + 1) % 5))
    for one, two in zip(
        music_kernel.targets(tracks, train), music_kernel.targets(other, train), strict=True
    ):
        assert (one[train] == two[train]).all()


def test_the_kernel_tells_what_it_was_taught_and_knows_nothing_of_the_rest():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(50, 6)).astype(np.float32)
    wanted = np.eye(7, dtype=np.float32)[np.arange(50) % 7]
    kernel = music_kernel.fit(vectors, wanted, np.full(50, 1e5, np.float32))
    np.testing.assert_allclose(kernel.answers(vectors), wanted, atol=0.05)
    far = np.where(np.arange(6) % 2, 1e6, -1e6).astype(np.float32)[None]
    np.testing.assert_allclose(kernel.answers(far)[0], kernel.offset, atol=0.05)


def test_a_kernel_of_other_shapes_is_refused():
    mean, weights = np.ones(3), np.ones((5, 7))
    arrays = {"mean": mean, "scale": mean, "supports": np.ones((4, 3)), "offset": weights[0]}
    with pytest.raises(ValueError, match="weights"):
        Kernel.of({**arrays, "weights": weights}, 0.5)


@pytest.mark.slow
def test_the_graph_of_the_trees_says_what_the_trees_say():
    pytest.importorskip("skl2onnx", reason="needs the extra [train]")
    from miso_desktop.training.music_mood import tree_graph

    rng, tracks = np.random.default_rng(0), tracks_of(60)
    table = rng.normal(size=(60, 4)).astype(np.float32)
    measured = dict.fromkeys(music_data.DRESSES, table)
    models = music_ensemble.fit_models(tracks, measured, np.ones(60, bool), HEARD, seed=0)
    assert len(tree_graph(models, table)) > 1000  # it compares them itself
    answers = models.moods_of(table)
    np.testing.assert_allclose(answers[music_ensemble.VOTE].sum(axis=1), 1, rtol=1e-5)
    assert models.places_of(table).shape == (60, 2)
