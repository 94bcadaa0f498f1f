"""Tags of old files, odd files and files that are none."""

import mutagen
import mutagen.id3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from miso_desktop.errors import FileMissing
from miso_desktop.music import tags
from tests.music import sounds

KOREAN = [
    "사랑",
    "아이유",
    "봄",
    "좋은 날",
    "IU 아이유",
    "BTS (방탄소년단) - 봄날",
    "똠방각하",
    "2집",
]


@pytest.fixture
def mp3(tmp_path):
    return sounds.write(tmp_path / "a.mp3", sounds.sine(0.5))


@pytest.mark.parametrize("text", KOREAN)
def test_korean_text_labelled_latin_1_is_mended(text):
    assert tags.mend_korean(text.encode("cp949").decode("latin-1")) == text


@pytest.mark.parametrize(
    "text",
    [
        *("Beyoncé", "Björk", "Mötley Crüe", "NAÇÃO", "Ágætis byrjun", "Sigur Rós", "Ångström"),
        *("Édith Piaf", "Señorita", "plain", "音楽", "Дождь", *KOREAN),
    ],
)
def test_other_text_is_left_alone(text):
    assert tags.mend_korean(text) == text


@given(st.text())
def test_mending_never_fails(text):
    assert isinstance(tags.tidy(text), str)


def test_an_old_mp3_with_cp949_in_its_frames(mp3):
    frames = mutagen.id3.ID3()
    raw = "좋은 날".encode("cp949").decode("latin-1")
    frames.add(mutagen.id3.TIT2(encoding=0, text=[raw]))
    frames.save(mp3)
    assert tags.read_tags(mp3).title == "좋은 날"


def test_an_old_mp3_with_only_the_128_bytes_at_its_end(mp3):
    def field(text, width):
        return text.encode("cp949").ljust(width, b"\0")

    with mp3.open("ab") as file:
        file.write(b"TAG" + field("봄날", 30) + field("가수", 30) + field("앨범", 30))
        file.write(b"1998" + field("", 30) + bytes([13]))
    found = tags.read_tags(mp3)
    assert (found.title, found.artist, found.album) == ("봄날", "가수", "앨범")
    assert (found.year, found.genres) == (1998, ("Pop",))


def test_decomposed_hangul_from_a_mac_is_composed(mp3):
    frames = mutagen.id3.ID3()
    frames.add(mutagen.id3.TIT2(encoding=3, text=["\u1112\u1161\u11ab"]))
    frames.save(mp3)
    assert tags.read_tags(mp3).title == "한"


def test_several_artists_are_joined_and_repeated_genres_counted_once(mp3):
    frames = mutagen.id3.ID3()
    frames.add(mutagen.id3.TPE1(encoding=3, text=["One", "Two"]))
    frames.add(mutagen.id3.TCON(encoding=3, text=["K-Pop;Pop", "Pop", "(13)"]))
    frames.save(mp3)
    found = tags.read_tags(mp3)
    assert found.artist == "One, Two"
    assert found.genres == ("K-Pop", "Pop")


@pytest.mark.parametrize(
    ("text", "gain"),
    [
        ("-6.5 dB", -6.5),
        ("+3,2 dB", 3.2),
        ("0", 0.0),
        ("loud", None),
        ("", None),
        ("-900 dB", None),
    ],
)
def test_replay_gain_as_it_is_found_in_the_wild(mp3, text, gain):
    frames = mutagen.id3.ID3()
    frames.add(mutagen.id3.TXXX(encoding=3, desc="REPLAYGAIN_TRACK_GAIN", text=[text]))
    frames.save(mp3)
    assert tags.read_tags(mp3).replay_gain_db == gain


@pytest.mark.parametrize(
    ("stored", "gain"), [("0", 5.0), ("-1280", 0.0), ("256", 6.0), ("x", None)]
)
def test_opus_gain_becomes_replay_gain(tmp_path, stored, gain):
    path = sounds.write(tmp_path / "a.opus", sounds.sine(0.5))
    file = mutagen.File(path)
    file["R128_TRACK_GAIN"] = stored
    file.save()
    assert tags.read_tags(path).replay_gain_db == gain


@pytest.mark.parametrize("content", [b"", b"\0" * 4000, b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + b"x" * 50])
@pytest.mark.parametrize("name", ["a.mp3", "a.flac", "a.ogg", "a.m4a", "a.txt"])
def test_a_file_that_is_no_music_has_no_tags(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    found = tags.read_tags(path)
    assert found.title == "" and found.duration_s >= 0


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileMissing, match=r"gone\.mp3"):
        tags.read_tags(tmp_path / "gone.mp3")
