"""The scene reader, on the bundle that ships."""

from __future__ import annotations

import json
import math
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from miso_desktop import bundles
from miso_desktop.errors import BundleError
from miso_desktop.moods import MOODS, MoodScores
from miso_desktop.photos.scene import BUNDLE, CLASSES, SIZE, SceneReader, views

GOLDEN_MOODS = (0.0317, 0.0440, 0.0230, 0.0070, 0.8944)
GOLDEN_FEELING = (0.3925, -0.1982)
"""What the shipped bundle says of :func:`sunset`; a new bundle brings new numbers."""


@pytest.fixture(scope="module")
def reader() -> SceneReader:
    return SceneReader()


def sunset(width: int = 320, height: int = 240) -> Image.Image:
    """A sky from blue to orange over a dark sea, with a sun: the same on every machine."""
    rows, columns = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    sky = np.stack([80 + 175 * rows, 60 + 100 * rows, 140 - 60 * rows], -1)
    sea = np.stack([40 + 30 * columns, 40 + 0 * rows, 60 + 20 * rows], -1)
    picture = np.where(rows[..., None] < 0.65, sky, sea)
    sun = (rows - 0.5) ** 2 + ((columns - 0.4) * width / height) ** 2 < 0.01
    picture[sun] = (255, 240, 180)
    return Image.fromarray(picture.astype(np.uint8))


def test_views_follow_the_published_scale():
    black, white = (Image.new("RGB", (50, 40), colour) for colour in ("black", "white"))
    assert np.unique(views(black)).tolist() == [-127 / 128]
    assert np.unique(views(white)).tolist() == [1.0]


def test_views_equal_the_reference():
    """Written out by hand: squeezed, and the middle square; (x - 127) / 128; channels first."""
    photo = sunset(400, 300)
    squeezed = np.asarray(photo.resize((SIZE, SIZE), Image.Resampling.BICUBIC), np.float64)
    middle = photo.resize((SIZE, SIZE), Image.Resampling.BICUBIC, box=(50, 0, 350, 300))
    found = views(photo)
    assert found.shape == (2, 3, SIZE, SIZE)
    assert found.dtype == np.float32
    for view, expected in zip(found, (squeezed, np.asarray(middle, np.float64)), strict=True):
        for channel in range(3):
            reference = (expected[:, :, channel] - 127) / 128
            assert np.abs(view[channel] - reference).max() <= 1 / 128 + 1e-6


def test_golden_outputs(reader):
    """What the shipped bundle says of a picture made here, to a thousandth."""
    scores = reader.read(sunset()).scores
    assert scores.values == pytest.approx(GOLDEN_MOODS, abs=1e-3)
    assert (scores.valence, scores.arousal) == pytest.approx(GOLDEN_FEELING, abs=1e-3)


def test_the_vote_is_a_distribution_with_one_sentence(reader):
    vote = reader.read(sunset())
    assert vote.reader == "scene"
    assert vote.weight == 1.0
    assert math.isclose(sum(vote.scores.values), 1.0, abs_tol=1e-6)
    assert str(vote.reason).endswith(".")
    assert "{" not in str(vote.reason)


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (900, 3), (SIZE, SIZE), (1024, 768)])
def test_any_shape_is_read(reader, size):
    vote = reader.read(sunset(*size) if min(size) > 2 else Image.new("RGB", size, "grey"))
    assert -1 <= vote.scores.valence <= 1
    assert -1 <= vote.scores.arousal <= 1


def test_the_same_photo_gets_the_same_vote(reader):
    assert reader.read(sunset()) == reader.read(sunset())


def test_the_reason_survives_the_database(reader):
    reason = reader.read(sunset()).reason
    assert str(type(reason).from_json(json.loads(reason.dumps()))) == str(reason)


def classes_with(**shares: float) -> np.ndarray:
    names = json.loads(bundles.require(BUNDLE).file(CLASSES).read_text(encoding="utf-8"))
    found = np.full(1000, 1e-5, np.float32)
    for name, share in shares.items():
        found[names.index(f"a {name}")] = share
    return found


FEEL = MoodScores.of([1, 0, 0, 0, 0], 0.6, -0.5)


def test_things_are_named_when_the_encoder_is_sure(reader):
    reason = reader._reason(FEEL, classes_with(seashore=0.5, sandbar=0.3))
    assert str(reason) == "It looks like a seashore or a sandbar and feels pleasant and calm."


def test_one_thing_is_named_when_the_second_is_unlikely(reader):
    reason = reader._reason(FEEL, classes_with(seashore=0.6, sandbar=0.05))
    assert str(reason) == "It looks like a seashore and feels pleasant and calm."


def test_no_thing_is_named_when_none_is_likely(reader):
    reason = reader._reason(FEEL, classes_with(seashore=0.1))
    assert str(reason) == "The picture as a whole feels pleasant and calm."


@pytest.mark.parametrize(
    ("valence", "arousal", "words"),
    [
        (0.7, 0.6, "pleasant and lively"),
        (-0.7, 0.6, "tense and unpleasant"),
        (-0.7, -0.6, "dreary"),
        (0.7, -0.6, "pleasant and calm"),
    ],
)
def test_the_feel_follows_valence_and_arousal(reader, valence, arousal, words):
    scores = MoodScores.of([1] * 5, valence, arousal)
    assert words in str(reader._reason(scores, classes_with()))


def test_the_bundle_says_where_it_comes_from():
    bundle = bundles.require(BUNDLE)
    card = (bundle.folder / "CARD.md").read_text(encoding="utf-8")
    for figure in ("macro_f1", "valence_r", "arousal_r"):
        assert f"{bundle.figures['scene'][figure]:.3f}" in card
        assert f"{bundle.figures['baseline'][figure]:.3f}" in card
    assert all(source in card for source in bundle.sources)
    assert sum((bundle.folder / name).stat().st_size for name in bundle.files) < 30e6
    assert bundle.parameters["size"] == SIZE


def test_there_is_a_name_for_every_class():
    names = json.loads(bundles.require(BUNDLE).file(CLASSES).read_text(encoding="utf-8"))
    assert len(names) == 1000
    assert all(name == name.strip() and name for name in names)
    assert {"a golden retriever", "an acoustic guitar", "ice cream"} <= set(names)


def test_a_missing_bundle_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr("miso_desktop.paths.bundle_roots", lambda: (tmp_path,))
    with pytest.raises(BundleError, match="scene"):
        SceneReader()


def test_a_damaged_bundle_is_named(monkeypatch, tmp_path):
    source = bundles.require(BUNDLE).folder
    damaged = tmp_path / "scene"
    damaged.mkdir()
    for file in source.iterdir():
        (damaged / file.name).write_bytes(file.read_bytes()[:1000])
    (damaged / "manifest.json").write_bytes((source / "manifest.json").read_bytes())
    monkeypatch.setattr("miso_desktop.paths.bundle_roots", lambda: (tmp_path,))
    with pytest.raises(BundleError, match="scene"):
        SceneReader()


def test_reading_needs_no_training_library():
    """In a fresh process, because other tests may have imported them."""
    code = (
        "import sys; from PIL import Image; from miso_desktop.photos.scene import SceneReader; "
        "from miso_desktop.photos.light import LightReader; "
        "assert 'onnxruntime' not in sys.modules and 'PIL' in sys.modules; "
        "photo = Image.new('RGB', (64, 48)); SceneReader().read(photo); LightReader().read(photo); "
        "heavy = {'torch', 'sklearn', 'scipy', 'pandas', 'transformers', 'librosa'}; "
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_package_is_cheap_to_import():
    code = (
        "import sys; import miso_desktop.photos.scene, miso_desktop.photos.light, "
        "miso_desktop.photos.image; "
        "sys.exit(len({'PIL', 'onnxruntime', 'pillow_heif'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_order_of_the_moods_is_the_bundles(reader):
    assert len(MOODS) == len(reader.read(sunset()).scores.values)
