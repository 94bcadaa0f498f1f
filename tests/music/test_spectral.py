"""The features are librosa's: each row, each frame, on sounds of every kind."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from miso_desktop.music import decode, spectral
from tests.music import sounds

SOUNDS = {
    "music: Bicycle Bell": sounds.album(3, 6.0),
    "music: 검은 파도": sounds.album(12, 6.0),
    "major chords": sounds.music(6.0, seed=1),
    "minor chords, quick": sounds.music(6.0, seed=2, minor=True, beat_s=0.2),
    "a sine with faint hiss": sounds.sine(3.0) + sounds.noise(3.0, level=1e-4),
    "noise": sounds.noise(3.0),
    "clicks": sounds.clicks(3.0),
    "shorter than a window": sounds.music(0.05, seed=3),
    "silence": np.zeros(5000, np.float32),
    "one sample": np.array([0.5], np.float32),
    "samples that are no numbers": decode.finite(
        np.where(np.arange(40_000) % 7, sounds.noise(2.0)[:40_000], np.nan).astype(np.float32)
    ),
}


def librosa_rows(samples: np.ndarray) -> np.ndarray:
    import librosa

    rate = {"sr": spectral.SAMPLE_RATE}
    grid = {"n_fft": spectral.N_FFT, "hop_length": spectral.HOP}
    magnitude = np.abs(librosa.stft(samples, **grid))
    feature = librosa.feature
    return np.concatenate(
        (
            feature.spectral_centroid(S=magnitude, **rate, **grid),
            feature.spectral_bandwidth(S=magnitude, **rate, **grid),
            feature.spectral_flatness(S=magnitude),
            feature.spectral_rolloff(S=magnitude, **rate, **grid),
            librosa.onset.onset_strength(y=samples, **rate)[None],
            feature.spectral_contrast(S=magnitude, **rate, **grid),
            feature.mfcc(y=samples, n_mfcc=spectral.N_MFCC, **rate, **grid),
            feature.chroma_stft(S=magnitude**2, tuning=0, **rate, **grid),
        )
    )


@pytest.mark.filterwarnings("ignore:n_fft=")  # librosa's remark about the short sound
@pytest.mark.parametrize("name", SOUNDS)
def test_each_row_equals_librosas_in_every_frame(name):
    theirs = librosa_rows(SOUNDS[name])
    ours = spectral.rows(spectral.magnitudes(SOUNDS[name]))
    assert ours.shape == theirs.shape
    largest = np.abs(theirs).max(axis=1)
    apart = np.abs(ours - theirs).max(axis=1)
    worst = {
        row: (float(gap), float(size))
        for row, gap, size in zip(spectral.ROW_NAMES, apart, largest, strict=True)
        if gap > 1e-3 * size + 1e-4
    }
    assert not worst


@pytest.mark.parametrize("name", SOUNDS)
@pytest.mark.filterwarnings("ignore:n_fft=")
def test_the_54_features_are_statistics_of_librosas_rows(name):
    theirs = librosa_rows(SOUNDS[name])
    shape, vectors = theirs[:5], theirs[5:]
    expected = np.concatenate(
        (shape.mean(axis=1), shape.std(axis=1), np.median(shape, axis=1), vectors.mean(axis=1))
    )
    np.testing.assert_allclose(spectral.features(SOUNDS[name]), expected, rtol=1e-3, atol=2e-3)


def test_there_are_54_features_and_their_names_say_what_they_are():
    assert len(spectral.FEATURE_NAMES) == len(set(spectral.FEATURE_NAMES)) == 54
    assert spectral.FEATURE_NAMES[:2] == ("centroid_mean", "bandwidth_mean")
    assert {"flux_std", "rolloff_median", "contrast_6_mean", "mfcc_19_mean", "chroma_11_mean"} <= (
        set(spectral.FEATURE_NAMES)
    )
    assert spectral.features(sounds.sine(0.2)).shape == (54,)


def test_a_sine_is_found_where_it_is():
    named = dict(
        zip(spectral.FEATURE_NAMES, spectral.features(sounds.sine(2.0, hertz=880.0)), strict=True)
    )
    assert named["centroid_median"] == pytest.approx(880, rel=0.02)
    assert named["rolloff_median"] == pytest.approx(880, rel=0.03)
    assert named["chroma_9_mean"] == pytest.approx(1.0)  # A
    assert max(named[f"chroma_{i}_mean"] for i in range(12) if i not in (8, 9, 10)) < 0.2


@pytest.mark.parametrize("length", [1, 2, 511, 512, 2048, 5000])
def test_silence_gives_numbers(length):
    assert np.isfinite(spectral.features(np.zeros(length, np.float32))).all()


@settings(max_examples=40, deadline=None)
@given(
    hnp.arrays(
        np.float32,
        st.integers(1, 3000),
        elements=st.floats(-1, 1, width=32, allow_subnormal=False),
    )
)
def test_any_sound_gives_numbers_in_their_ranges(samples):
    rows = dict(zip(spectral.ROW_NAMES, spectral.rows(spectral.magnitudes(samples)), strict=True))
    assert all(np.isfinite(row).all() for row in rows.values())
    nyquist = spectral.SAMPLE_RATE / 2
    for name in ("centroid", "bandwidth", "rolloff"):
        assert rows[name].min() >= 0 and rows[name].max() <= nyquist * 1.001
    assert rows["flatness"].min() >= 0 and rows["flatness"].max() <= 1.001
    assert rows["flux"].min() >= 0
    assert all(0 <= rows[f"chroma_{i}"].min() <= rows[f"chroma_{i}"].max() <= 1 for i in range(12))


def test_only_level_dependent_rows_follow_the_volume():
    loud, quiet = sounds.noise(1.0, level=0.2), sounds.noise(1.0, level=0.02)
    a, b = (spectral.rows(spectral.magnitudes(s)) for s in (loud, quiet))
    changed = {
        name
        for name, x, y in zip(spectral.ROW_NAMES, a, b, strict=True)
        if not np.allclose(x, y, rtol=1e-3, atol=1e-2)
    }
    assert changed == {"mfcc_0"}
