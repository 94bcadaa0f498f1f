import shutil
import sqlite3

import pytest

from miso_desktop import paths
from miso_desktop.library import Library
from miso_desktop.library.database import Database
from miso_desktop.moods import Mood
from miso_desktop.taste import Judgement, Shift, Taste
from tests.library.samples import HAPPY, SAD, analysis, music

OTHER = (("music-mood", "2.0.0"),)
TASTE = Taste(34, 12, 0.47, 0.61, (Shift(Mood.SAD, Mood.ROMANTIC, 0.9),))


@pytest.fixture
def tracks(library, folder):
    """Numbers of three tracks, all heard as sad."""
    files = music(folder, "a.mp3", "b.mp3", "c.mp3")
    return [library.tracks.store(analysis(path, SAD)) for path in files]


def learned(library, taste=TASTE):
    return library.taste.store(library.taste.lesson(), taste)


def test_what_was_said_is_a_judgement_and_can_be_taken_back(library, tracks):
    library.tracks.correct(tracks[0], Mood.ROMANTIC)
    library.tracks.correct(tracks[1], Mood.SAD)
    assert library.taste.lesson().judgements == (
        Judgement(SAD, Mood.ROMANTIC),
        Judgement(SAD, Mood.SAD),
    )
    library.tracks.correct(tracks[0], None)
    assert library.taste.lesson().judgements == (Judgement(SAD, Mood.SAD),)


def test_what_was_heard_to_its_end_and_left_is_one_too_once_the_person_corrects(library, tracks):
    library.history.add(tracks[1], mood=Mood.SAD)
    assert library.taste.lesson().judgements == ()
    library.tracks.correct(tracks[0], Mood.ROMANTIC)
    assert [j.said for j in library.taste.lesson().judgements] == [True]
    library.history.add(tracks[1], mood=Mood.SAD)
    library.history.add(tracks[2])  # left before its end
    left = Judgement(SAD, Mood.SAD, said=False)
    assert set(library.taste.lesson().judgements) == {Judgement(SAD, Mood.ROMANTIC), left}


def test_the_last_hearing_counts_and_a_word_goes_before_any(library, tracks):
    library.tracks.correct(tracks[0], Mood.ROMANTIC)
    library.history.add(tracks[0], mood=Mood.ROMANTIC)
    library.history.add(tracks[1], mood=Mood.SAD)
    library.history.add(tracks[1], mood=Mood.ROMANTIC)
    assert set(library.taste.lesson().judgements) == {
        Judgement(SAD, Mood.ROMANTIC),
        Judgement(SAD, Mood.ROMANTIC, said=False),
    }


def test_copies_of_a_piece_are_judged_once(library, tracks, folder):
    library.tracks.correct(tracks[0], Mood.ROMANTIC)
    copy = folder / "copy.mp3"
    shutil.copy(folder / "a.mp3", copy)
    library.tracks.store(analysis(copy, SAD))
    assert library.tracks.by_path(copy).corrected is Mood.ROMANTIC
    assert len(library.taste.lesson().judgements) == 1


def test_what_was_learned_is_there_after_reopening(tmp_path, library, tracks):
    assert library.taste.load() == Taste()
    assert learned(library)
    with Library(library.path) as again:
        assert again.taste.load() == TASTE


def test_tracks_have_what_was_learned_beside_what_the_tagger_said(library, tracks):
    assert library.tracks.by_id(tracks[0]).learned_scores is None
    learned(library)
    library.tracks.correct(tracks[1], Mood.DRAMATIC)
    first, second, _ = library.tracks.all()
    assert first.model_scores == SAD
    assert first.learned_scores == first.scores == TASTE.apply(SAD)
    assert first.scores.top is Mood.ROMANTIC
    assert second.scores.top is Mood.DRAMATIC
    library.history.add(tracks[0])
    assert library.history.recent(1)[0].track.scores.top is Mood.ROMANTIC


def test_a_layer_that_does_not_help_is_kept_as_a_word_only(library, tracks):
    none = Taste(34, 12, 0.6, 0.6)
    learned(library, none)
    assert library.taste.load() == none
    assert library.tracks.by_id(tracks[0]).learned_scores is None


def test_another_taggers_scores_are_left_alone(library, tracks, folder):
    learned(library)
    library.tracks.store(analysis(folder / "a.mp3", HAPPY, bundles=OTHER))
    assert library.tracks.by_id(tracks[0]).scores == HAPPY
    assert library.tracks.by_id(tracks[1]).scores == TASTE.apply(SAD)
    assert library.taste.load() == TASTE  # most of the library is still the first one's


def test_once_another_tagger_has_judged_most_the_layer_is_stale(library, tracks, folder):
    library.tracks.correct(tracks[0], Mood.ROMANTIC)
    library.tracks.correct(tracks[2], Mood.ROMANTIC)
    learned(library)
    for name in ("a.mp3", "b.mp3"):
        library.tracks.store(analysis(folder / name, HAPPY, bundles=OTHER))
    assert library.taste.load() == Taste()
    assert library.taste.lesson().judgements == (Judgement(HAPPY, Mood.ROMANTIC),)


def test_forgetting_keeps_corrections_but_learns_from_new_ones_only(library, tracks):
    library.tracks.correct(tracks[0], Mood.ROMANTIC)
    library.history.add(tracks[2], mood=Mood.SAD)
    learned(library)
    library.taste.forget()
    assert library.taste.load() == Taste()
    assert library.taste.lesson().judgements == ()
    assert library.tracks.by_id(tracks[0]).scores.top is Mood.ROMANTIC
    assert library.tracks.by_id(tracks[1]).scores == SAD
    library.tracks.correct(tracks[1], Mood.DRAMATIC)
    assert library.taste.lesson().judgements == (Judgement(SAD, Mood.DRAMATIC),)


def test_a_lesson_from_before_the_forgetting_comes_too_late(library, tracks):
    lesson = library.taste.lesson()
    library.taste.forget()
    assert not library.taste.store(lesson, TASTE)
    assert library.taste.load() == Taste()


def test_a_library_of_the_first_version_keeps_everything_and_can_learn(tmp_path, folder):
    first = tmp_path / "migrations"
    first.mkdir()
    shutil.copy(paths.catalog("migrations", "0001_library.sql"), first)
    path = tmp_path / "old.db"
    Database(path, first).close()
    connection = sqlite3.connect(path)
    (song,) = music(folder, "a.mp3")
    with connection:
        connection.execute(
            "INSERT INTO tracks (id, path, size, mtime_ns, title, artist, album, album_artist,"
            " genres, duration_s, added_at) VALUES (7, ?, 1, 1, 't', '', '', '', '[]', 9, 5)",
            (bytes(song),),
        )
        connection.execute(
            "INSERT INTO model_moods VALUES (7, 0.1, 0.2, 0.6, 0, 0.1, -0.4, -0.2, 9, ?, 5)",
            ('[["music-mood", "1.0.0"]]',),
        )
        connection.execute("INSERT INTO person_moods VALUES (7, 'romantic', 6)")
        connection.execute("INSERT INTO plays (track_id, at) VALUES (7, 8)")
    connection.close()
    with Library(path) as library:
        (track,) = library.tracks.all()
        assert (track.id, track.path, track.plays, track.corrected) == (7, song, 1, Mood.ROMANTIC)
        assert track.learned_scores is None
        lesson = library.taste.lesson()
        assert [(j.mood, j.said) for j in lesson.judgements] == [(Mood.ROMANTIC, True)]
        assert library.taste.store(lesson, TASTE)
        assert library.tracks.by_id(7).learned_scores is not None
    backup = sqlite3.connect(tmp_path / "old.db.v1.bak")
    assert backup.execute("SELECT mood FROM person_moods").fetchall() == [("romantic",)]
    backup.close()
