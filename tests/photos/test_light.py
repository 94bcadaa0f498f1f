"""What brightness and colour alone say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from miso_desktop.moods import MOODS
from miso_desktop.photos.light import LightReader, _lab, measure


def plain(colour: tuple[int, int, int], size: tuple[int, int] = (40, 30)) -> Image.Image:
    return Image.new("RGB", size, colour)


def test_lab_is_what_scikit_image_says():
    from skimage.color import rgb2lab

    colours = np.random.default_rng(0).random((8, 8, 3))
    assert np.abs(_lab(colours) - rgb2lab(colours)).max() < 0.05


@pytest.mark.parametrize(
    ("colour", "brightness"), [((0, 0, 0), 0.0), ((255, 255, 255), 1.0), ((119, 119, 119), 0.5)]
)
def test_brightness_is_lightness_as_the_eye_counts_it(colour, brightness):
    assert measure(plain(colour)).brightness == pytest.approx(brightness, abs=0.01)


@pytest.mark.parametrize(
    ("colour", "hue"),
    [
        ((220, 30, 60), "reds"),
        ((250, 190, 40), "yellows"),
        ((40, 160, 50), "greens"),
        ((40, 110, 220), "blues"),
        ((170, 40, 190), "purples"),
    ],
)
def test_a_colour_belongs_to_its_hue(colour, hue):
    found = measure(plain(colour))
    shares = {
        name: getattr(found, name) for name in ("reds", "yellows", "greens", "blues", "purples")
    }
    assert shares[hue] == pytest.approx(1.0)
    assert sum(shares.values()) == pytest.approx(1.0)


def test_orange_is_warm_and_blue_is_cool():
    assert measure(plain((240, 150, 60))).warmth > 0.8
    assert measure(plain((60, 120, 220))).warmth < -0.5


def test_grey_has_no_colour():
    found = measure(plain((128, 128, 128)))
    assert found.saturation < 0.01
    assert abs(found.warmth) <= 1.0


def test_contrast_and_detail_of_a_checkerboard():
    board = (np.indices((40, 40)).sum(0) % 2 * 255).astype(np.uint8)
    found = measure(Image.fromarray(board).convert("RGB"))
    assert found.contrast == pytest.approx(0.5, abs=0.01)
    assert found.detail == pytest.approx(10.0, abs=0.1)
    assert (found.shadows, found.highlights) == (0.5, 0.5)


def test_size_counts_for_little():
    rng = np.random.default_rng(1)
    small = Image.fromarray(rng.integers(0, 256, (15, 20, 3), np.uint8))
    large = small.resize((1600, 1200), Image.Resampling.NEAREST)
    a, b = measure(small.resize((160, 120), Image.Resampling.NEAREST)), measure(large)
    assert a.brightness == pytest.approx(b.brightness, abs=0.02)
    assert a.saturation == pytest.approx(b.saturation, abs=0.02)


def test_the_photo_itself_is_left_as_it_is():
    photo = plain((10, 20, 30), (800, 600))
    measure(photo)
    assert photo.size == (800, 600)


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(st.integers(1, 12), st.integers(1, 12)),
    st.integers(0, 2**32 - 1),
    st.floats(0, 1),
)
def test_every_picture_gives_a_vote(size, seed, share):
    pixels = np.random.default_rng(seed).random((*size, 3)) * 255 * share
    vote = LightReader().read(Image.fromarray(pixels.astype(np.uint8)))
    assert vote.reader == "light"
    assert vote.weight == 1.0
    assert math.isclose(sum(vote.scores.values), 1.0, abs_tol=1e-6)
    assert -1 <= vote.scores.valence <= 1
    assert str(vote.reason).startswith("The photo has ")


@pytest.mark.parametrize(
    ("colour", "words"),
    [
        ((12, 10, 14), ("low light", "hardly any colour")),
        ((40, 25, 10), ("low light", "warm")),
        ((250, 250, 250), ("bright", "hardly any colour")),
        ((130, 210, 255), ("bright", "cool")),
        ((255, 120, 0), ("vivid, warm",)),
        ((120, 125, 135), ("soft, even light", "muted, cool")),
    ],
)
def test_the_reason_names_what_is_there(colour, words):
    reason = str(LightReader().read(plain(colour)).reason)
    assert all(word in reason for word in words), reason


def test_bright_saturated_colours_please_more_than_dark_dull_ones():
    """The direction of Valdez and Mehrabian's finding survives the fit."""
    bright, dark = (plain(colour) for colour in ((255, 190, 90), (45, 42, 40)))
    assert LightReader().read(bright).scores.valence > LightReader().read(dark).scores.valence


def test_a_hint_stays_a_hint():
    """What light says is little; it must not shout on an odd picture."""
    for colour in ((255, 0, 0), (0, 0, 0), (255, 255, 255), (0, 0, 255), (0, 255, 0)):
        assert max(LightReader().read(plain(colour)).scores.values) < 0.75


def test_the_model_has_a_weight_for_every_measure():
    model = LightReader().model
    n = measure(plain((1, 2, 3))).vector().size
    assert model.mean.shape == model.deviation.shape == (n,)
    assert model.moods.shape == (len(MOODS), n + 1)
    assert model.feeling.shape == (2, n + 1)
    assert (model.deviation > 0).all()
