"""The shipped tagger, from file to mood."""

import json
import shutil
import subprocess
import sys

import mutagen
import numpy as np
import pytest

from miso_desktop import bundles, paths
from miso_desktop.errors import BundleError, UnreadableTrack
from miso_desktop.moods import MOODS
from miso_desktop.music import NETWORK, Tagger, ensemble
from miso_desktop.music.network import AudioNetwork
from miso_desktop.music.tagger import describe
from tests.music import sounds


@pytest.fixture(scope="module")
def tagger():
    return Tagger()


@pytest.fixture
def song(tmp_path):
    return sounds.write(tmp_path / "노래.flac", sounds.music(8.0))


def test_a_track_gets_scores_its_tags_and_the_bundle(tagger, song):
    file = mutagen.File(song)
    file["title"] = "노래"
    file.save()
    found = tagger.tag(song)
    assert found.path == song
    assert found.tags.title == "노래"
    assert found.seconds == pytest.approx(8.0)
    assert found.ms > 0
    assert [name for name, _ in found.bundles] == ["music_mood", "music_network"]
    assert sum(found.scores.values) == pytest.approx(1.0)


@pytest.mark.parametrize("suffix", sounds.CODECS)
def test_every_format_gets_nearly_the_same_scores(tagger, tmp_path, suffix, song):
    same = tagger.tag(sounds.write(tmp_path / f"a{suffix}", sounds.music(8.0))).scores
    assert same.values == pytest.approx(tagger.tag(song).scores.values, abs=0.12)


def test_volume_changes_nothing(tagger, tmp_path, song):
    quiet = sounds.write(tmp_path / "quiet.flac", sounds.music(8.0) * np.float32(0.2))
    assert tagger.tag(quiet).scores.distance(tagger.tag(song).scores) < 0.05


def test_silence_is_judged_even(tagger, tmp_path):
    found = tagger.tag(sounds.write(tmp_path / "a.wav", np.zeros(30_000, np.float32)))
    assert found.scores.values == pytest.approx([0.2] * 5)
    assert (found.scores.valence, found.scores.arousal) == (0.0, 0.0)


def test_one_sample_is_judged(tagger, tmp_path):
    found = tagger.tag(sounds.write(tmp_path / "a.wav", np.array([0.5], np.float32)))
    assert len(found.scores.values) == len(MOODS)


def test_calm_and_wild_music_lie_apart(tagger):
    album = paths.resource("demo", "album")
    calm, wild = (tagger.tag(next(album.glob(name))).scores for name in ("06 *", "09 *"))
    assert wild.arousal > calm.arousal + 0.3


def test_what_is_no_music_is_an_error_with_its_name(tagger, tmp_path):
    path = tmp_path / "notes.mp3"
    path.write_text("do re mi")
    with pytest.raises(UnreadableTrack, match=r"notes\.mp3"):
        tagger.tag(path)


def test_a_bundle_for_other_features_is_refused(tmp_path, monkeypatch):
    shipped = paths.shipped() / "models_onnx" / ensemble.BUNDLE
    mine = tmp_path / "models" / ensemble.BUNDLE
    shutil.copytree(shipped, mine)
    manifest = json.loads((mine / bundles.MANIFEST).read_text(encoding="utf-8"))
    manifest["parameters"]["features"].reverse()
    (mine / bundles.MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    monkeypatch.setenv("MISO_HOME", str(tmp_path))
    with pytest.raises(BundleError, match="another version"):
        Tagger()


def without_the_network(tmp_path, monkeypatch):
    """The shipped models less the audio network."""
    shipped = paths.shipped() / "models_onnx" / ensemble.BUNDLE
    shutil.copytree(shipped, tmp_path / "models_onnx" / ensemble.BUNDLE)
    monkeypatch.setattr(
        paths, "bundle_roots", lambda: (tmp_path / "models", tmp_path / "models_onnx")
    )


def test_without_the_audio_network_the_features_decide_and_it_is_said(
    tagger, tmp_path, monkeypatch, song
):
    with_it = tagger.tag(song)
    without_the_network(tmp_path, monkeypatch)
    found = Tagger().tag(song)
    assert [name for name, _ in found.bundles] == ["music_mood"]
    assert found.scores != with_it.scores
    assert sum(found.scores.values) == pytest.approx(1.0)


def test_a_damaged_audio_network_is_passed_over(tmp_path, monkeypatch, song):
    without_the_network(tmp_path, monkeypatch)
    shutil.copytree(paths.shipped() / "models_onnx" / NETWORK, tmp_path / "models_onnx" / NETWORK)
    (tmp_path / "models_onnx" / NETWORK / "network.onnx").write_bytes(b"no graph")
    assert [name for name, _ in Tagger().tag(song).bundles] == ["music_mood"]


def test_a_bundle_that_was_taught_with_another_network_is_refused():
    shipped = bundles.load(paths.shipped() / "models_onnx" / ensemble.BUNDLE)
    with pytest.raises(BundleError, match="another version"):
        ensemble.Ensemble(shipped, ("music_network", "0.0.1"))


def test_sharpening_keeps_the_order_and_the_sum():
    flat = np.array([[0.3, 0.25, 0.2, 0.15, 0.1], [0.0, 1.0, 0.0, 0.0, 0.0]])
    bold = ensemble.sharpen(flat, 2.0)
    assert bold.sum(axis=1) == pytest.approx([1, 1])
    assert (np.diff(bold[0]) < 0).all() and bold[0, 0] > 0.3
    assert ensemble.sharpen(flat, 1.0) == pytest.approx(flat, abs=1e-5)


def test_tagging_loads_nothing_heavy(song):
    program = (
        "import sys; from pathlib import Path; from miso_desktop.music import Tagger;"
        "Tagger().tag(Path(sys.argv[1]));"
        "print([m for m in ('librosa','sklearn','scipy','pandas','torch','PySide6')"
        " if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(song)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_importing_the_room_is_cheap():
    program = (
        "import sys; import miso_desktop.music;"
        "print([m for m in ('onnxruntime','av','mutagen') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


GOLDEN = {
    "major, slow": (0.3099, 0.3121, 0.2951, 0.0358, 0.0471, 0.3496, -0.6336),
    "minor, quick": (0.3248, 0.2847, 0.211, 0.0513, 0.1281, 0.3696, -0.4753),
    "noise": (0.1909, 0.129, 0.0923, 0.1427, 0.4451, -0.1056, 0.5926),
}
"""The five moods, valence and arousal of clips that :mod:`tests.music.sounds` makes."""


@pytest.mark.parametrize("name", GOLDEN)
def test_the_shipped_trees_give_the_golden_scores(name):
    clip = {
        "major, slow": lambda: sounds.music(6.0, seed=7),
        "minor, quick": lambda: sounds.music(6.0, seed=8, minor=True, beat_s=0.2),
        "noise": lambda: sounds.noise(6.0),
    }[name]()
    shipped = bundles.load(paths.shipped() / "models_onnx" / ensemble.BUNDLE)
    network = bundles.load(paths.shipped() / "models_onnx" / NETWORK)
    heard = describe(clip, AudioNetwork(network))
    found = ensemble.Ensemble(shipped, network.used).scores(heard)
    assert (*found.values, found.valence, found.arousal) == pytest.approx(GOLDEN[name], abs=1e-3)


def test_the_bundle_is_small_and_its_card_tells_what_was_measured():
    shipped = bundles.load(paths.shipped() / "models_onnx" / ensemble.BUNDLE)
    assert sum(file.stat().st_size for file in shipped.folder.iterdir()) < 25_000_000
    assert shipped.licence == "GPL-3.0-or-later" and "Panda" in " ".join(shipped.sources)
    card = (shipped.folder / "CARD.md").read_text(encoding="utf-8")
    for model in ("vote", "kernel", "gradient boosting", "strict", "unheard: vote"):
        figures = shipped.figures[model]
        assert f"{figures['accuracy']:.3f} ± {figures['accuracy_sd']:.3f}" in card
    confusion = np.array(shipped.figures["confusion"])
    assert confusion.shape == (5, 5) and confusion.sum() == shipped.figures["tracks"]
