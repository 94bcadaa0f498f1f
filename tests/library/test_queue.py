from dataclasses import replace

import pytest

from miso_desktop.library import Library
from miso_desktop.moods import Mood
from miso_desktop.phrases import phrase
from miso_desktop.values import Pick
from tests.library.samples import music, scan


@pytest.fixture
def picks(library, folder):
    """Five tracks in an order of their own; two of them carry the person's word."""
    music(folder, *(f"{n}.mp3" for n in range(5)))
    library.folders.add(folder)
    scan(library, folder)
    tracks = library.tracks.all()
    for track in (tracks[1], tracks[4]):
        library.tracks.correct(track.id, Mood.SAD)
    tracks = library.tracks.all()
    return [
        Pick(tracks[n], n / 10, phrase("you called it {mood}", mood=phrase("sad")))
        for n in (3, 1, 4, 0, 2)
    ]


def test_a_new_library_has_an_empty_queue(library):
    assert library.queue.load() == ([], -1)


def test_a_queue_comes_back_in_its_order_with_place_and_reasons(library, picks):
    library.queue.save(picks, 2)
    assert library.queue.load() == (picks, 2)


def test_a_queue_is_there_after_reopening(library, picks):
    library.queue.save(picks, 1)
    with Library(library.path) as again:
        assert again.queue.load() == (picks, 1)


def test_a_new_queue_replaces_the_old_one(library, picks):
    library.queue.save(picks, 4)
    library.queue.save(picks[:2], 0)
    assert library.queue.load() == (picks[:2], 0)
    library.queue.save([], -1)
    assert library.queue.load() == ([], -1)


def test_the_place_can_be_stored_alone(library, picks):
    library.queue.save(picks, 0)
    for position in (3, -1, 0):
        library.queue.move_to(position)
        assert library.queue.load() == (picks, position)


@pytest.mark.parametrize(
    ("position", "afterwards"),
    [(0, 0), (1, 0), (2, 1), (3, 1), (4, 1), (-1, -1)],
)
def test_tracks_that_left_the_library_leave_the_queue_and_the_place_follows(
    library, folder, picks, position, afterwards
):
    library.queue.save(picks, position)
    library.folders.forget(folder)  # the tracks with the person's word remain: places 1, 2
    left, place = library.queue.load()
    assert [pick.track.id for pick in left] == [picks[1].track.id, picks[2].track.id]
    assert place == afterwards


def test_files_that_are_not_in_the_library_are_left_out_and_the_place_still_fits(library, picks):
    guest = replace(picks[0], track=replace(picks[0].track, id=-1))
    library.queue.save([guest, *picks], 0)
    library.queue.move_to(3)
    assert library.queue.load() == (picks, 2)


def test_a_queue_shows_tracks_as_they_are_now(library, picks):
    library.queue.save(picks, 0)
    library.tracks.correct(picks[0].track.id, Mood.HAPPY)
    assert library.queue.load()[0][0].track.corrected is Mood.HAPPY
