"""The 107 numbers that the ensemble reads of the sound itself."""

import numpy as np
import pytest

from miso_desktop.music import features, movement, spectral
from tests.music import sounds


def named(samples):
    return dict(zip(features.NAMES, features.vector(samples), strict=True))


def test_names_are_unique_and_begin_with_the_54():
    assert len(set(features.NAMES)) == len(features.NAMES) == 107
    assert features.NAMES[:54] == spectral.FEATURE_NAMES


def test_volume_changes_nothing():
    music = sounds.music(5.0)
    loud, quiet = (features.vector(music * np.float32(g)) for g in (1.0, 0.01))
    np.testing.assert_allclose(loud, quiet, rtol=1e-3, atol=2e-3)


def test_the_same_sound_gives_the_same_numbers():
    music = sounds.music(2.0)
    assert (features.vector(music) == features.vector(music)).all()


def test_what_a_codec_leaves_of_the_treble_hardly_matters():
    """Two files without treble, but for noise 90 and 110 dB down, are the same music."""
    music = sounds.sine(3.0) + sounds.sine(3.0, hertz=1500.0, level=0.2)
    a, b = (named(music + sounds.noise(3.0, seed=8, level=level)) for level in (2e-6, 2e-5))
    for name in ("flatness_mean", "contrast_6_mean", "mfcc_1_mean", "flux_mean"):
        assert a[name] == pytest.approx(b[name], rel=0.01, abs=0.01)


@pytest.mark.parametrize("beat_s", [0.25, 0.5, 0.8])
def test_the_pulse_is_found(beat_s):
    rate = named(sounds.clicks(12.0, every=beat_s))["pulse_hz"]
    beats = 1 / rate / beat_s
    assert beats == pytest.approx(round(beats), abs=0.1) and 1 <= round(beats) <= 4


def test_more_onsets_are_more_onsets():
    slow, quick = (named(sounds.clicks(10.0, every=s)) for s in (1.0, 0.2))
    assert slow["onsets_per_s"] == pytest.approx(1.0, abs=0.25)
    assert quick["onsets_per_s"] == pytest.approx(5.0, abs=0.5)


def test_dynamics_are_told_from_evenness():
    even = sounds.noise(8.0)
    swelling = even * np.linspace(0.01, 1, len(even), dtype=np.float32)
    assert named(swelling)["level_std_db"] > 4 * named(even)["level_std_db"]
    assert named(swelling)["low_energy_share"] > 0.2 > named(even)["low_energy_share"]


def test_the_loudest_band_is_the_one_with_the_sound():
    low, high = named(sounds.sine(2.0, hertz=100)), named(sounds.sine(2.0, hertz=5000))
    assert low["band_0_db"] == 0 > low["band_3_db"] + 30
    assert high["band_3_db"] == 0 > high["band_0_db"] + 30


@pytest.mark.parametrize("length", [1, 2, 600, 1100, 5000])
@pytest.mark.parametrize("level", [0.0, 1.0])
def test_short_and_silent_sounds_give_numbers(length, level):
    vector = features.vector(np.full(length, level, np.float32))
    assert vector.shape == (107,) and np.isfinite(vector).all()


def test_movement_of_exact_silence_is_finite():
    rows = spectral.rows(spectral.magnitudes(np.zeros(4000, np.float32)))
    bands = movement.band_levels(spectral.magnitudes(np.zeros(4000, np.float32)))
    assert np.isfinite(movement.features(rows, bands)).all()
