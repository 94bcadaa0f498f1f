import os
import sys
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from miso_desktop.errors import LibraryError
from miso_desktop.library.files import decode, encode, fingerprint
from miso_desktop.moods import Mood
from miso_desktop.stamps import GONE, Stamp
from miso_desktop.values import Tags
from tests.library.samples import HAPPY, SAD, analysis, music, scan


def test_a_stored_track_comes_back_as_it_was(library, folder):
    (path,) = music(folder, "노래.flac")
    tags = Tags("제목", "가수", "앨범", "여럿", ("K-Pop", "발라드"), 1994, 3, 201.5, -7.25)
    number = library.tracks.store(analysis(path, HAPPY, tags))
    (track,) = library.tracks.all()
    assert (track.id, track.path, track.tags) == (number, path, tags)
    assert track.model_scores == HAPPY
    assert (track.corrected, track.available, track.plays) == (None, True, 0)
    assert track.last_played_at is None
    assert library.tracks.by_path(path) == library.tracks.by_id(number) == track


def test_what_a_file_does_not_say_stays_unsaid(library, folder):
    (path,) = music(folder, "a.mp3")
    library.tracks.store(analysis(path, tags=Tags(title="", duration_s=0.0)))
    assert library.tracks.by_path(path).tags == Tags()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.text(st.characters(exclude_categories=[])), st.lists(st.text(), max_size=3))
def test_any_text_can_be_a_tag(library, folder, title, genres):
    (path,) = music(folder, "a.mp3")
    library.tracks.store(analysis(path, tags=Tags(title=title, genres=tuple(genres))))
    stored = library.tracks.by_path(path).tags
    assert stored.title == title.encode("utf-8", "replace").decode("utf-8")
    assert stored.genres == tuple(genres)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
@pytest.mark.parametrize("name", [b"caf\xe9.mp3", b"\xff\xfe.flac", b"new\nline.mp3", b"%s'\".ogg"])
def test_a_name_that_is_no_text_comes_back_byte_for_byte(library, folder, name):
    path = folder / os.fsdecode(name)
    path.write_bytes(b"sound")
    scan(library, folder)
    (track,) = library.tracks.all()
    assert os.fsencode(track.path) == os.fsencode(folder) + b"/" + name
    assert library.tracks.by_path(path) == track


@pytest.mark.skipif(sys.platform == "darwin", reason="there the two names are one file")
def test_the_two_unicode_forms_of_a_name_are_two_files(library, folder):
    names = [unicodedata.normalize(form, "한글.mp3") for form in ("NFC", "NFD")]
    music(folder, *names)
    scan(library, folder)
    assert {track.path.name for track in library.tracks.all()} == set(names)


def test_a_path_is_the_same_however_it_is_written(library, folder, monkeypatch):
    (path,) = music(folder, "a.mp3")
    monkeypatch.chdir(folder)
    library.tracks.store(analysis(folder / "x" / ".." / "a.mp3"))
    assert library.tracks.by_path(path) is not None
    assert library.tracks.by_path(type(path)("a.mp3")) == library.tracks.by_path(path)


def test_an_encoded_path_decodes_to_itself(tmp_path):
    assert decode(encode(tmp_path / "음악")) == tmp_path / "음악"


def test_tagging_again_replaces_the_models_word_and_keeps_the_persons(library, folder):
    (path,) = music(folder, "a.mp3")
    number = library.tracks.store(analysis(path, SAD))
    added_at = library.tracks.by_id(number).added_at
    library.tracks.correct(number, Mood.ROMANTIC)
    library.history.add(number, at=5.0)
    assert library.tracks.store(analysis(path, HAPPY, Tags(title="New"))) == number
    track = library.tracks.by_id(number)
    assert track.model_scores == HAPPY
    assert track.corrected is Mood.ROMANTIC
    assert track.scores.top is Mood.ROMANTIC
    assert (track.title, track.plays, track.added_at) == ("New", 1, added_at)


def test_a_correction_can_be_changed_and_taken_back(library, folder):
    (path,) = music(folder, "a.mp3")
    number = library.tracks.store(analysis(path))
    for mood in (Mood.HAPPY, Mood.DRAMATIC, None):
        library.tracks.correct(number, mood)
        assert library.tracks.by_id(number).corrected is mood
    assert library.tracks.by_id(number).model_scores == SAD


def test_a_track_that_is_not_there_cannot_be_corrected(library):
    with pytest.raises(LibraryError, match="no longer in the library"):
        library.tracks.correct(12, Mood.HAPPY)


def test_plays_and_the_last_of_them_follow_from_the_history(library, folder):
    first, second = (
        library.tracks.store(analysis(path)) for path in music(folder, "a.mp3", "b.mp3")
    )
    for at in (10.0, 30.0, 20.0):
        library.history.add(first, at=at)
    played, unplayed = library.tracks.all()
    assert (played.plays, played.last_played_at) == (3, 30.0)
    assert (unplayed.id, unplayed.plays, unplayed.last_played_at) == (second, 0, None)


def test_a_file_that_vanished_meanwhile_is_stored_as_missing(library, folder):
    library.tracks.store(analysis(folder / "gone.mp3"))
    assert not library.tracks.by_path(folder / "gone.mp3").available


def test_a_copy_of_a_track_starts_with_the_persons_word(library, folder):
    (path,) = music(folder, "a.mp3")
    library.tracks.correct(library.tracks.store(analysis(path)), Mood.HAPPY)
    copy = folder / "copy.mp3"
    copy.write_bytes(path.read_bytes())
    other = folder / "other.mp3"
    other.write_bytes(b"something else")
    library.tracks.store(analysis(copy))
    library.tracks.store(analysis(other))
    assert library.tracks.by_path(copy).corrected is Mood.HAPPY
    assert library.tracks.by_path(other).corrected is None


def test_taking_a_word_back_is_final_though_a_copy_has_it(library, folder):
    first, second = music(folder, "a.mp3", "b.mp3")
    second.write_bytes(first.read_bytes())
    library.tracks.correct(library.tracks.store(analysis(first)), Mood.HAPPY)
    number = library.tracks.store(analysis(second))
    library.tracks.correct(number, None)
    library.tracks.store(analysis(second))
    assert library.tracks.by_path(second).corrected is None


@pytest.mark.parametrize("size", [0, 10, 65_536, 65_537, 300_000])
def test_a_fingerprint_tells_length_beginning_and_end(folder, size):
    path = folder / "a.wav"
    content = bytearray(range(256)) * (size // 256 + 1)
    path.write_bytes(content[:size])
    original = fingerprint(path)
    assert original == fingerprint(path)
    path.write_bytes(content[: size + 1])
    assert fingerprint(path) != original
    for place in {0, size - 1} if size else ():
        changed = bytearray(content[:size])
        changed[place] ^= 1
        path.write_bytes(changed)
        assert fingerprint(path) != original


def test_a_file_that_is_not_there_has_neither_fingerprint_nor_stamp(library, folder):
    assert fingerprint(folder / "x") is None
    assert Stamp(0, 0) != GONE


def test_no_file_is_changed(library, folder):
    paths = music(folder, "a.mp3", "b/c.flac")
    before = [(path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_mode) for path in paths]
    for path in paths:
        path.chmod(0o444)
    scan(library, folder)
    library.tracks.correct(library.tracks.by_path(paths[0]).id, Mood.SAD)
    for path, (content, mtime, _) in zip(paths, before, strict=True):
        assert (path.read_bytes(), path.stat().st_mtime_ns) == (content, mtime)
    assert sorted(path for path in folder.rglob("*") if path.is_file()) == sorted(paths)
