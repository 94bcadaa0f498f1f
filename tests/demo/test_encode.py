"""Writing: every format keeps the sound and the tags, and the same bytes come out twice."""

from dataclasses import replace

import numpy as np
import pytest

from miso_desktop.audio import AudioStream
from miso_desktop.demo.encode import write
from miso_desktop.demo.pieces import PIECES
from miso_desktop.demo.synth import times

FORMATS = [".opus", ".ogg", ".m4a", ".mp3", ".flac"]


@pytest.fixture
def samples():
    t = times(0.5)
    return 0.3 * np.stack([np.sin(2 * np.pi * 440 * t), np.sin(2 * np.pi * 660 * t)], axis=1)


@pytest.mark.parametrize("suffix", FORMATS)
def test_sound_and_tags_survive(tmp_path, samples, suffix):
    import mutagen

    piece = replace(PIECES[1], suffix=suffix)
    path = tmp_path / piece.file_name
    write(samples, path, piece)

    tags = mutagen.File(path, easy=True).tags
    assert tags["title"] == [piece.title]
    assert tags["genre"] == [piece.genre]
    with AudioStream(path, rate=48_000, channels=2) as stream:
        heard = np.concatenate(list(stream.blocks()))
    assert len(heard) == pytest.approx(24_000, abs=3000)
    for channel, hz in enumerate((440, 660)):
        spectrum = np.abs(np.fft.rfft(heard[4800:19_200, channel]))
        assert np.argmax(spectrum) * 48_000 / 14_400 == pytest.approx(hz, abs=4)


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_same_bytes_come_out_twice(tmp_path, samples, suffix):
    one, two = tmp_path / f"one{suffix}", tmp_path / f"two{suffix}"
    for path in (one, two):
        write(samples, path, PIECES[0])
    assert one.read_bytes() == two.read_bytes()


def test_an_unknown_format_is_refused(tmp_path, samples):
    with pytest.raises(KeyError):
        write(samples, tmp_path / "x.xyz", PIECES[0])
