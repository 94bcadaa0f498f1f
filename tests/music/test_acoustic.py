"""The acoustic and the structural numbers are librosa's, on sounds of every kind."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from miso_desktop.music import acoustic, decode, features, spectral, structural
from tests.music import sounds

RATE = {"sr": spectral.SAMPLE_RATE}
SOUNDS = {
    "music: First Sunny Day": lambda: sounds.album(1, 10.0),
    "music: 밤의 편지": lambda: sounds.album(4, 10.0),
    "music: Black Engine": lambda: sounds.album(8, 10.0),
    "music, as the tagger prepares it": lambda: features.prepare(sounds.album(12, 10.0)),
    "a sine with faint hiss": lambda: sounds.sine(3.0) + sounds.noise(3.0, level=1e-4),
    "noise": lambda: sounds.noise(3.0),
    "clicks": lambda: sounds.clicks(3.0),
    "silence": lambda: np.zeros(30_000, np.float32),
    # Four frames: of two or three, SciPy's running median reads beyond the array.
    "shorter than a window": lambda: sounds.music(0.09, seed=3),
    "one sample": lambda: np.array([0.5], np.float32),
    "samples that are no numbers": lambda: decode.finite(
        np.where(np.arange(40_000) % 7, sounds.noise(2.0)[:40_000], np.nan).astype(np.float32)
    ),
}


def ours(samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    magnitude = spectral.magnitudes(samples)
    mel = spectral.log_mel(magnitude)
    flux = spectral.onset_strength(mel)
    return (
        acoustic.features(acoustic.rows(samples), flux),
        structural.features(structural.rows(magnitude, mel), flux),
    )


def acoustic_by_librosa(samples: np.ndarray) -> list[float]:
    import librosa

    rms = librosa.feature.rms(y=samples).astype(np.float64)
    crossings = librosa.feature.zero_crossing_rate(samples)
    tempo = librosa.feature.tempo(y=samples, **RATE)[0]
    return [tempo, rms.mean(), rms.std(), rms.max(), crossings.mean(), crossings.std()]


def structural_by_librosa(samples: np.ndarray) -> list[float]:
    import librosa

    beats = librosa.beat.beat_track(y=samples, **RATE)[1]
    onsets = librosa.onset.onset_strength(y=samples, **RATE)
    intervals = np.diff(librosa.frames_to_time(beats, **RATE)) if len(beats) > 1 else np.zeros(1)
    parts = librosa.decompose.hpss(np.abs(librosa.stft(samples)))
    harmonic, percussive = (float(librosa.feature.rms(S=part).mean()) for part in parts)
    return [
        len(beats) / (len(onsets) * spectral.HOP / spectral.SAMPLE_RATE),
        intervals.mean(),
        intervals.std(),
        onsets[beats].mean() if len(beats) else 0.0,
        harmonic,
        percussive,
        percussive / ((harmonic + percussive) or 1),
    ]


@pytest.mark.filterwarnings("ignore:n_fft=")  # librosa's remark about the short sounds
@pytest.mark.parametrize("name", SOUNDS)
def test_every_number_is_librosas(name):
    samples = SOUNDS[name]()
    found = ours(samples)
    np.testing.assert_allclose(found[0], acoustic_by_librosa(samples), rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(found[1], structural_by_librosa(samples), rtol=1e-4, atol=1e-7)


@settings(max_examples=40, deadline=None)
@given(
    hnp.arrays(
        np.float32,
        st.integers(1, 6000),
        elements=st.floats(-1, 1, width=32, allow_subnormal=False),
    )
)
def test_any_sound_gives_numbers(samples):
    for found in ours(samples):
        assert np.isfinite(found).all() and (found >= 0).all()


def test_names_are_unique_and_as_many_as_the_numbers():
    found = ours(sounds.music(2.0))
    assert len(set(acoustic.FEATURE_NAMES)) == len(found[0]) == 6
    assert len(set(structural.FEATURE_NAMES)) == len(found[1]) == 7


def test_a_tone_is_harmonic_and_clicks_are_percussive():
    share = structural.FEATURE_NAMES.index("percussive_share")
    tone, strokes = ours(sounds.sine(4.0))[1], ours(sounds.clicks(4.0))[1]
    assert tone[share] < 0.05
    assert strokes[share] > 0.8


def test_the_crossings_of_a_sine_tell_its_pitch():
    rate = acoustic.FEATURE_NAMES.index("zero_crossing_rate_mean")
    found = ours(sounds.sine(4.0, hertz=1000.0))[0]
    assert found[rate] == pytest.approx(2000 / spectral.SAMPLE_RATE, rel=0.02)
