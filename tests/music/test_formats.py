"""Every format passes the same tests: its sound is decoded, its tags are read."""

from __future__ import annotations

from pathlib import Path

import mutagen
import mutagen.id3
import mutagen.mp4
import numpy as np
import pytest

from miso_desktop.music import decode, tags, waveform
from tests.music import sounds

TITLE, ARTIST, ALBUM, ALBUM_ARTIST = "봄날의 노래", "가나다", "네 계절", "여러 사람"


class FormatSuite:
    """What every format can do. A subclass names the ending and how its tags are written."""

    suffix: str

    def tag(self, path: Path) -> None:
        raise NotImplementedError

    expected_gain = -7.25

    @pytest.fixture
    def untagged(self, tmp_path):
        return sounds.write(tmp_path / f"노래{self.suffix}", sounds.sine(2.0))

    @pytest.fixture
    def tagged(self, untagged):
        self.tag(untagged)
        return untagged

    def test_decodes_to_what_was_encoded(self, untagged):
        sound = decode.read(untagged)
        assert sound.seconds == pytest.approx(2.0, abs=0.1)
        assert sound.track_s == pytest.approx(2.0, abs=0.1)
        assert sound.samples.dtype == np.float32 and sound.samples.ndim == 1
        spectrum = np.abs(np.fft.rfft(sound.samples * np.hanning(len(sound.samples))))
        assert spectrum.argmax() / sound.seconds == pytest.approx(440, abs=1)

    def test_reads_hangul_tags(self, tagged):
        found = tags.read_tags(tagged)
        assert (found.title, found.artist) == (TITLE, ARTIST)
        assert (found.album, found.album_artist) == (ALBUM, ALBUM_ARTIST)
        assert found.genres == ("K-Pop", "발라드", "Soul")
        assert (found.year, found.track_number) == (2019, 3)

    def test_reads_the_gain(self, tagged):
        assert tags.read_tags(tagged).replay_gain_db == pytest.approx(self.expected_gain)

    def test_reads_the_duration(self, untagged):
        assert tags.read_tags(untagged).duration_s == pytest.approx(2.0, abs=0.1)

    def test_no_tags_is_no_error(self, untagged):
        found = tags.read_tags(untagged)
        assert found.title == found.artist == found.album == ""
        assert found.genres == () and found.replay_gain_db is None and found.year is None

    def test_reading_leaves_the_file_as_it_was(self, tagged):
        before, stamp = tagged.read_bytes(), tagged.stat().st_mtime_ns
        tags.read_tags(tagged)
        decode.read(tagged)
        waveform.peaks(tagged, 8)
        assert tagged.read_bytes() == before and tagged.stat().st_mtime_ns == stamp

    def test_a_file_that_breaks_off_still_gives_tags_without_an_error(self, tagged):
        whole = tagged.read_bytes()
        for share in (0.0, 0.02, 0.5):
            tagged.write_bytes(whole[: int(len(whole) * share)])
            assert isinstance(tags.read_tags(tagged).title, str)

    def test_outline(self, tmp_path):
        level = np.repeat([0.1, 0.8], sounds.RATE)
        path = sounds.write(tmp_path / f"a{self.suffix}", sounds.sine(2.0, level=1.0) * level)
        outline = waveform.peaks(path, 20)
        assert outline.max() == 1.0
        assert outline[12:18] == pytest.approx(1.0, abs=0.1)
        assert outline[2:8] == pytest.approx(0.125, abs=0.04)


class _Id3(FormatSuite):
    def tag(self, path):
        file = mutagen.File(path)
        if file.tags is None:
            file.add_tags()
        frames = {
            "TIT2": TITLE,
            "TPE1": ARTIST,
            "TALB": ALBUM,
            "TPE2": ALBUM_ARTIST,
            "TCON": "K-Pop;발라드/Soul",
            "TDRC": "2019-03-01",
            "TRCK": "3/12",
        }
        for name, text in frames.items():
            file.tags.add(getattr(mutagen.id3, name)(encoding=3, text=[text]))
        file.tags.add(mutagen.id3.TXXX(encoding=3, desc="replaygain_track_gain", text=["-7.25 dB"]))
        file.save()


class TestMp3(_Id3):
    suffix = ".mp3"


class TestWav(_Id3):
    suffix = ".wav"


class TestAiff(_Id3):
    suffix = ".aiff"


class _Vorbis(FormatSuite):
    gain = ("replaygain_track_gain", "-7.25 dB")

    def tag(self, path):
        file = mutagen.File(path)
        file["title"], file["artist"], file["album"] = TITLE, ARTIST, ALBUM
        file["albumartist"], file["date"], file["tracknumber"] = ALBUM_ARTIST, "2019", "3"
        file["genre"] = ["K-Pop", "발라드, Soul"]
        file[self.gain[0]] = self.gain[1]
        file.save()


class TestFlac(_Vorbis):
    suffix = ".flac"


class TestOgg(_Vorbis):
    suffix = ".ogg"


class TestOpus(_Vorbis):
    suffix = ".opus"
    gain = ("R128_TRACK_GAIN", str(round(-12.25 * 256)))


class TestM4a(FormatSuite):
    suffix = ".m4a"

    def tag(self, path):
        file = mutagen.File(path)
        file["\xa9nam"], file["\xa9ART"], file["\xa9alb"] = [TITLE], [ARTIST], [ALBUM]
        file["aART"], file["\xa9day"], file["trkn"] = [ALBUM_ARTIST], ["2019-03-01"], [(3, 12)]
        file["\xa9gen"] = ["K-Pop", "발라드;Soul"]
        file["----:com.apple.iTunes:replaygain_track_gain"] = [mutagen.mp4.MP4FreeForm(b"-7.25 dB")]
        file.save()
