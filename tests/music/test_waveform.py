"""The outline of a track for the seek bar."""

import numpy as np
import pytest

from miso_desktop.errors import FileMissing
from miso_desktop.music import waveform
from tests.music import sounds


def test_bars_follow_the_loudness(tmp_path):
    rising = sounds.sine(10.0) * np.linspace(0, 1, 10 * sounds.RATE, dtype=np.float32)
    outline = waveform.peaks(sounds.write(tmp_path / "a.wav", rising), 10)
    assert outline == pytest.approx(np.arange(1, 11) / 10, abs=0.02)
    assert outline.dtype == np.float32


def test_a_single_click_is_not_lost(tmp_path):
    sound = np.zeros(20 * sounds.RATE, np.float32)
    sound[5 * sounds.RATE : 5 * sounds.RATE + 60] = 0.5
    outline = waveform.peaks(sounds.write(tmp_path / "a.wav", sound), 160)
    assert outline[40] == 1.0
    assert np.delete(outline, [39, 40]).max() < 0.05


def test_silence_is_flat(tmp_path):
    path = sounds.write(tmp_path / "a.wav", np.zeros(4000, np.float32))
    assert (waveform.peaks(path) == np.zeros(160)).all()


@pytest.mark.parametrize("length", [100, 4000])
def test_a_track_shorter_than_its_bars_fills_them(tmp_path, length):
    path = sounds.write(tmp_path / "a.wav", np.full(length, 0.5, np.float32))
    outline = waveform.peaks(path, 160)
    assert outline.shape == (160,)
    assert outline.max() == 1.0 and outline.min() >= 0.0


def test_at_least_one_bar_is_asked_for(tmp_path):
    with pytest.raises(ValueError, match="at least one"):
        waveform.peaks(tmp_path / "a.wav", 0)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileMissing, match=r"gone\.wav"):
        waveform.peaks(tmp_path / "gone.wav")
