"""Tempo and beats are librosa's."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from miso_desktop.music import rhythm, spectral
from tests.music import sounds


def pulses(frames: int, every: float, seed: int = 0) -> np.ndarray:
    """Beats over a restless ground; as in any onset strength, the first three frames are 0."""
    onsets = np.random.default_rng(seed).random(frames).astype(np.float32)
    onsets[np.arange(5, frames, every).astype(int)] += 8
    onsets[:3] = 0
    return onsets


def tempo_by_librosa(onsets: np.ndarray) -> float:
    import librosa

    return float(librosa.feature.tempo(onset_envelope=onsets, sr=spectral.SAMPLE_RATE)[0])


def beats_by_librosa(onsets: np.ndarray) -> np.ndarray:
    import librosa

    return librosa.beat.beat_track(onset_envelope=onsets, sr=spectral.SAMPLE_RATE)[1]


@pytest.mark.parametrize("frames", [4, 20, 200, 1292])
@pytest.mark.parametrize("every", [9.3, 21.5, 40.0])
def test_tempo_and_beats_are_librosas(frames, every):
    onsets = pulses(frames, every)
    assert rhythm.tempo(onsets) == pytest.approx(tempo_by_librosa(onsets))
    np.testing.assert_array_equal(rhythm.beats(onsets), beats_by_librosa(onsets))


@settings(max_examples=30, deadline=None)
@given(st.integers(4, 400), st.floats(2, 200), st.integers(0, 1000))
def test_any_beats_are_librosas(frames, every, seed):
    onsets = pulses(frames, every, seed)
    np.testing.assert_array_equal(rhythm.beats(onsets), beats_by_librosa(onsets))


@pytest.mark.parametrize("beat_s", [0.35, 0.5, 0.6])
def test_a_click_is_a_beat(beat_s):
    log_mel = spectral.log_mel(spectral.magnitudes(sounds.clicks(12.0, every=beat_s)))
    found = rhythm.beats(spectral.onset_strength(log_mel, np.median)) / spectral.FRAMES_PER_SECOND
    assert len(found) >= 0.8 * 12 / beat_s
    assert np.diff(found) == pytest.approx(beat_s, abs=0.06)


@pytest.mark.parametrize("frames", [1, 2, 3, 100])
def test_where_nothing_begins_there_is_no_beat_and_the_likeliest_tempo(frames):
    still = np.zeros(frames, np.float32)
    assert len(rhythm.beats(still)) == 0
    assert rhythm.tempo(still) == pytest.approx(tempo_by_librosa(still))


@given(
    hnp.arrays(
        np.float32, st.integers(1, 100), elements=st.floats(0, 100, width=32, allow_subnormal=False)
    )
)
@example(np.eye(1, 11, dtype=np.float32)[0])  # no score of a beat is above zero
@settings(max_examples=60, deadline=None)
def test_any_onsets_give_beats_in_order_and_a_tempo_in_range(onsets):
    found = rhythm.beats(onsets)
    assert (np.diff(found) > 0).all()
    assert not len(found) or 0 <= found[0] <= found[-1] < len(onsets)
    assert 7 < rhythm.tempo(onsets) < 320
