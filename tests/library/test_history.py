import pytest

from miso_desktop.errors import LibraryError
from miso_desktop.values import Played
from tests.library.samples import music, scan


def test_history_is_read_newest_first(library, folder, tmp_path):
    music(folder, "a.mp3", "b.mp3")
    scan(library, folder)
    first, second = (track.id for track in library.tracks.all())
    photo = tmp_path / "해변.jpg"
    library.history.add(first, at=10.0, photo=photo)
    library.history.add(second, at=30.0)
    library.history.add(first, at=20.0, photo=photo)
    a, b = library.tracks.all()
    assert library.history.recent(10) == [
        Played(b, 30.0, None),
        Played(a, 20.0, photo),
        Played(a, 10.0, photo),
    ]
    assert library.history.recent(1) == [Played(b, 30.0, None)]


def test_a_track_that_is_not_in_the_library_has_no_history(library, tmp_path):
    with pytest.raises(LibraryError, match="no longer in the library"):
        library.history.add(7, photo=tmp_path / "a.jpg")
    assert library.history.recent(10) == []


def test_tracks_that_are_missing_stay_in_the_history(library, folder):
    (path,) = music(folder, "a.mp3")
    scan(library, folder)
    library.history.add(library.tracks.by_path(path).id, at=1.0)
    path.unlink()
    library.scans.plan(folder)
    (line,) = library.history.recent(1)
    assert (line.track.path, line.track.available) == (path, False)
