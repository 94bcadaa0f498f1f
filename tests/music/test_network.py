"""The audio network that ships, against what the original network gives."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from miso_desktop import bundles
from miso_desktop.audio import AudioStream
from miso_desktop.errors import BundleError
from miso_desktop.music import mel
from miso_desktop.music.network import BUNDLE, AudioImpression, AudioNetwork
from tests.music import sounds

ROOT = Path(__file__).parents[2]
ALBUM = ROOT / "resources" / "demo" / "album"
GOLDENS = ROOT / "tests" / "data" / "music_network.npz"


@pytest.fixture(scope="module")
def network() -> AudioNetwork:
    return AudioNetwork(bundles.require(BUNDLE))


def song(start: str, seconds: float = 12.0) -> np.ndarray:
    (path,) = ALBUM.glob(f"{start} *")
    with AudioStream(path, mel.SAMPLE_RATE, channels=1) as stream:
        stream.seek(20.0)
        heard = []
        for block in stream.blocks():
            heard.append(block[:, 0])
            if sum(map(len, heard)) > seconds * mel.SAMPLE_RATE:
                break
    return np.concatenate(heard)


def test_it_gives_what_the_original_gives(network: AudioNetwork) -> None:
    """The goldens come from a plain computation with all of the package's weights."""
    with np.load(GOLDENS) as stored:
        given = network.hear(stored["mel"].astype(np.float32))
        assert len(stored["mel"]) == 2
        for name, ours in zip(("embedding", "dense", "tags"), given, strict=True):
            assert ours.shape == stored[name].shape
            assert np.ptp(stored[name], axis=0).max() > 0.1
            np.testing.assert_allclose(ours, stored[name], rtol=1e-3, atol=1e-3)


def test_every_song_is_heard_alone(network: AudioNetwork) -> None:
    """Other patches in the same call change nothing."""
    cut = mel.patches(song("08", 16.0))
    assert len(cut) == 5
    together = network.hear(cut)
    for i, patch in enumerate(cut):
        for ours, alone in zip(together, network.hear(patch[None]), strict=True):
            np.testing.assert_allclose(ours[i], alone[0], rtol=1e-4, atol=1e-5)


def test_an_impression_sums_up_the_patches(network: AudioNetwork) -> None:
    sound = song("04")
    impression = network.listen(sound)
    embedding, dense, tags = network.hear(mel.patches(sound))
    np.testing.assert_allclose(impression.embedding, embedding.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(impression.spread, embedding.std(axis=0), rtol=1e-5)
    np.testing.assert_allclose(impression.dense, dense.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(impression.tags, tags.mean(axis=0), rtol=1e-5)
    assert impression.embedding.shape == (network.channels,)
    assert impression.names == network.names and len(network.names) == 50
    assert 0 <= impression.tags.min() <= impression.tags.max() <= 1


def test_it_hears_what_kind_of_music_it_is(network: AudioNetwork) -> None:
    loud, quiet = network.listen(song("08")), network.listen(song("04"))

    def chance(impression: AudioImpression, *tags: str) -> float:
        return sum(float(impression.tags[network.names.index(tag)]) for tag in tags)

    rough = ("metal", "hard rock", "heavy metal", "punk", "rock")
    soft = ("Mellow", "chillout", "ambient", "jazz", "acoustic", "easy listening", "beautiful")
    assert chance(loud, *rough) > 2 * chance(quiet, *rough)
    assert chance(quiet, *soft) > 2 * chance(loud, *soft)


def test_the_top_tags_are_the_likeliest_in_order() -> None:
    none = np.zeros(3, np.float32)
    tags = np.array([0.2, 0.9, 0.5], np.float32)
    impression = AudioImpression(none, none, none, tags, ("jazz", "rock", "pop"))
    assert [name for name, _ in impression.top_tags(2)] == ["rock", "pop"]
    assert [p for _, p in impression.top_tags(9)] == pytest.approx([0.9, 0.5, 0.2])
    assert impression.top_tags(0) == ()


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(1, np.float32),
        np.zeros(100_000, np.float32),
        np.full(100_000, np.nan, np.float32),
        np.full(100_000, np.inf, np.float32),
        sounds.noise(0.1),
        sounds.noise(4.0, level=50.0),
    ],
    ids=["one sample", "silence", "NaN", "infinity", "a tenth of a second", "far too loud"],
)
def test_any_sound_gives_numbers(network: AudioNetwork, sound: np.ndarray) -> None:
    impression = network.listen(sound)
    for values in (impression.embedding, impression.spread, impression.dense, impression.tags):
        assert np.isfinite(values).all() and values.dtype == np.float32


def test_a_track_played_over_and_over_gives_one_impression(network: AudioNetwork) -> None:
    """Memory and answer do not depend on how often a patch comes again."""
    once = mel.patches(song("08", 3.5))
    again = network.hear(np.repeat(once, 9, axis=0))
    assert np.ptp(again[2], axis=0).max() < 1e-5


@pytest.mark.parametrize(
    "parameters",
    [{}, {"tags": "rock", "channels": 424}, {"tags": ["rock"]}, {"tags": [1], "channels": 424}],
)
def test_a_bundle_of_something_else_is_told_at_once(parameters: dict[str, object]) -> None:
    with pytest.raises(BundleError, match=BUNDLE):
        AudioNetwork(replace(bundles.require(BUNDLE), parameters=parameters))


def test_a_network_of_other_tags_is_told_when_it_listens() -> None:
    shipped = bundles.require(BUNDLE)
    other = replace(shipped, parameters={**shipped.parameters, "tags": ["rock"]})
    with pytest.raises(BundleError, match=r"network\.onnx"):
        AudioNetwork(other).listen(np.zeros(1, np.float32))


def test_the_network_is_loaded_when_it_first_listens() -> None:
    code = (
        "import sys; from miso_desktop import bundles;"
        "from miso_desktop.music.network import BUNDLE, AudioNetwork;"
        "AudioNetwork(bundles.require(BUNDLE)); print('onnxruntime' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
