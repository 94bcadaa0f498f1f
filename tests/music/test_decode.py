"""Which part of a track is heard, and what happens to odd ones."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from miso_desktop.errors import FileMissing, UnreadableTrack
from miso_desktop.music import decode
from tests.music import sounds


def two_tone(tmp_path, seconds, suffix=".flac"):
    """Each second has a pitch of its own: 200 Hz and 20 Hz more for each second."""
    tones = [sounds.sine(1.0, hertz=200 + 20 * i) for i in range(seconds)]
    return sounds.write(tmp_path / f"a{suffix}", np.concatenate(tones))


def pitch_of_each_second(samples):
    seconds = samples[: len(samples) // sounds.RATE * sounds.RATE].reshape(-1, sounds.RATE)
    return np.abs(np.fft.rfft(seconds, axis=1)).argmax(axis=1)


def test_a_short_track_is_heard_whole(tmp_path):
    sound = decode.read(two_tone(tmp_path, 12))
    assert sound.seconds == pytest.approx(12.0)
    assert list(pitch_of_each_second(sound.samples)) == [200 + 20 * i for i in range(12)]


@pytest.mark.parametrize("suffix", [".flac", ".mp3", ".wav"])
def test_a_long_track_is_heard_in_three_places(tmp_path, suffix):
    sound = decode.read(two_tone(tmp_path, 70, suffix))
    assert sound.seconds == pytest.approx(30.0)
    assert sound.track_s == pytest.approx(70.0, abs=0.2)
    heard = pitch_of_each_second(sound.samples)
    expected = [200 + 20 * i for start in (10, 30, 50) for i in range(start, start + 10)]
    assert heard == pytest.approx(expected, abs=21 if suffix == ".mp3" else 1)


@given(st.floats(0, 36_000))
def test_excerpts_lie_inside_the_track_in_order_and_never_exceed_the_cap(length):
    places = decode.excerpts(length)
    assert sum(span for _, span in places) == pytest.approx(decode.MAX_SECONDS)
    ends = 0.0
    for start, span in places:
        assert start >= ends
        ends = start + span
    assert len(places) == 1 or ends < length


def test_what_is_left_out_falls_into_equal_parts():
    (a, _), (b, _), (c, span) = decode.excerpts(230.0)
    assert (a, b - a - span, c - b - span, 230 - c - span) == pytest.approx((50, 50, 50, 50))


def test_one_sample_is_a_sound(tmp_path):
    path = sounds.write(tmp_path / "one.wav", np.array([0.5], np.float32))
    assert decode.read(path).samples == pytest.approx([0.5], abs=1e-3)


def test_samples_that_are_no_numbers_become_silence():
    odd = np.array([0.1, np.nan, np.inf, -np.inf], np.float32)
    assert decode.finite(odd) == pytest.approx([0.1, 0, 1, -1])


def test_stereo_at_another_rate_becomes_mono(tmp_path):
    left = sounds.sine(1.0, hertz=500, rate=48_000)
    path = sounds.write(tmp_path / "a.wav", np.stack((left, left), axis=1), rate=48_000)
    sound = decode.read(path)
    assert len(sound.samples) == pytest.approx(sounds.RATE, abs=50)
    assert np.abs(np.fft.rfft(sound.samples)).argmax() == pytest.approx(500, abs=1)


def test_memory_does_not_grow_with_the_track(tmp_path):
    path = sounds.write(tmp_path / "long.flac", np.tile(sounds.sine(10.0), 60))
    decode.read(path)  # imports
    tracemalloc.start()
    decode.read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    whole = 4 * sounds.RATE * 600
    assert peak < whole / 3


def test_text_is_no_sound_and_the_error_names_the_file(tmp_path):
    path = tmp_path / "가사.mp3"
    path.write_text("la la la")
    with pytest.raises(UnreadableTrack, match="가사"):
        decode.read(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileMissing, match=r"gone\.mp3"):
        decode.read(tmp_path / "gone.mp3")
