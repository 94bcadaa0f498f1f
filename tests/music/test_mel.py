"""The network's spectrograms are librosa's: each frame, on sounds of every kind."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from miso_desktop.audio import resample
from miso_desktop.music import mel
from tests.music import sounds

RATE = mel.SAMPLE_RATE

SOUNDS = {
    "chords": sounds.music(6.0, seed=1),
    "a sine": sounds.sine(4.0, rate=RATE),
    "noise": sounds.noise(4.0),
    "clicks": sounds.clicks(4.0),
    "silence": np.zeros(4 * RATE, np.float32),
    "full scale": np.sign(sounds.sine(4.0, rate=RATE)),
}


def librosa_log_mel(samples: np.ndarray) -> np.ndarray:
    import librosa

    power = librosa.feature.melspectrogram(
        y=samples, sr=RATE, n_fft=512, hop_length=256, n_mels=96, pad_mode="reflect"
    )
    return np.log10(1 + 10_000 * power).T


@pytest.mark.parametrize("name", SOUNDS)
def test_every_frame_equals_librosas(name):
    ours, theirs = mel.log_mel(SOUNDS[name]), librosa_log_mel(SOUNDS[name])
    assert ours.shape == theirs.shape and ours.dtype == np.float32
    np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-4)


def test_patches_follow_one_another():
    sound = sounds.noise(8.0)
    cut = mel.patches(sound)
    assert cut.shape == ((1 + len(sound) // 256) // 187, 187, 96) == (3, 187, 96)
    np.testing.assert_array_equal(cut.reshape(-1, 96), mel.log_mel(sound)[: 3 * 187])


@pytest.mark.parametrize("length", [mel.PATCH_SAMPLES, 2 * mel.PATCH_SAMPLES + mel.HOP])
def test_a_patch_that_ends_with_the_sound_is_whole(length):
    sound = sounds.noise(8.0)[:length]
    cut = mel.patches(sound)
    np.testing.assert_allclose(
        cut.reshape(-1, 96), librosa_log_mel(sound)[: len(cut) * 187], rtol=1e-3, atol=1e-4
    )


def test_a_short_sound_is_repeated_and_no_silence_is_put_behind_it():
    sound = sounds.noise(1.0)
    (patch,) = mel.patches(sound)
    levels = patch.mean(axis=1)
    assert levels.min() > 0.9 * levels.mean()
    period = len(sound) // mel.HOP
    np.testing.assert_allclose(levels[5 : period - 5].mean(), levels[-50:].mean(), rtol=0.02)


@pytest.mark.parametrize("length", [1, 2, 255, 256, 511, 512, 47_615])
def test_the_shortest_sounds_give_one_patch(length):
    for sound in (np.zeros(length, np.float32), np.full(length, 0.5, np.float32)):
        cut = mel.patches(sound)
        assert cut.shape == (1, 187, 96) and np.isfinite(cut).all()


def test_what_is_no_number_counts_as_silence():
    sound = sounds.noise(4.0)
    holes = sound.copy()
    holes[10_000:30_000] = np.nan
    quiet = np.where(np.isnan(holes), np.float32(0), holes)
    np.testing.assert_array_equal(mel.patches(holes), mel.patches(quiet))
    endless = np.full(60_000, np.inf, np.float32)
    assert np.isfinite(mel.patches(endless)).all()


@settings(max_examples=30, deadline=None)
@given(hnp.arrays(np.float32, st.integers(1, 3000), elements=st.floats(-1, 1, width=32)))
def test_any_sound_gives_finite_levels(samples):
    cut = mel.patches(samples)
    assert np.isfinite(cut).all() and cut.min() >= 0 and cut.max() < 8


def test_a_tone_is_the_same_after_resampling():
    """The tagger decodes at 22.05 kHz; the network must not hear the difference."""
    at_once = sounds.sine(4.0, hertz=1000.0, rate=RATE)
    later = resample(sounds.sine(4.0, hertz=1000.0, rate=22_050), 22_050, RATE)
    assert abs(len(later) - len(at_once)) <= 1
    middle = slice(40, 200)
    a, b = mel.log_mel(at_once)[middle], mel.log_mel(later)[middle]
    loud = a > 1
    np.testing.assert_allclose(b[loud], a[loud], atol=0.01)


def test_resampling_leaves_out_what_the_lower_rate_cannot_hold():
    high = resample(sounds.sine(2.0, hertz=9500.0), 22_050, RATE)
    assert np.abs(high[2000:-2000]).max() < 0.01
    assert len(resample(np.ones(1, np.float32), 22_050, RATE)) <= 1
