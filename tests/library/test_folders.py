from miso_desktop.moods import Mood
from tests.library.samples import music, scan


def test_folders_are_listed_in_the_order_in_which_they_came(library, tmp_path):
    for name in ("b", "a", "b"):
        library.folders.add(tmp_path / name)
    assert library.folders.all() == [tmp_path / "b", tmp_path / "a"]


def test_a_forgotten_folder_takes_its_tracks_with_it(library, tmp_path):
    for name in ("kept", "gone"):
        music(tmp_path / name, "a.mp3")
        library.folders.add(tmp_path / name)
        scan(library, tmp_path / name)
    library.folders.forget(tmp_path / "gone")
    assert library.folders.all() == [tmp_path / "kept"]
    assert [track.path.parent.name for track in library.tracks.all()] == ["kept"]
    assert (tmp_path / "gone" / "a.mp3").exists()


def test_corrections_and_history_outlive_a_forgotten_folder(library, folder):
    corrected, played, plain = music(folder, "a.mp3", "b.mp3", "c.mp3")
    library.folders.add(folder)
    scan(library, folder)
    library.tracks.correct(library.tracks.by_path(corrected).id, Mood.SAD)
    library.history.add(library.tracks.by_path(played).id, at=7.0)
    library.folders.forget(folder)
    assert library.tracks.all() == []
    assert [line.track.path for line in library.history.recent(5)] == [played]

    library.folders.add(folder)
    plan = scan(library, folder)
    assert plan.new == (plain,)
    assert library.tracks.by_path(corrected).corrected is Mood.SAD
    assert library.tracks.by_path(played).plays == 1
    assert len(library.tracks.all()) == 3


def test_tracks_that_lie_in_another_folder_too_stay(library, folder):
    music(folder, "a.mp3", "album/b.mp3")
    library.folders.add(folder)
    library.folders.add(folder / "album")
    scan(library, folder)
    library.folders.forget(folder)
    assert [track.path.name for track in library.tracks.all()] == ["b.mp3"]
    library.folders.forget(folder / "album")
    assert library.tracks.all() == []


def test_forgetting_an_inner_folder_of_another_changes_no_track(library, folder):
    music(folder, "a.mp3", "album/b.mp3")
    library.folders.add(folder)
    library.folders.add(folder / "album")
    scan(library, folder)
    library.folders.forget(folder / "album")
    assert len(library.tracks.all()) == 2


def test_forgetting_an_unknown_folder_changes_nothing(library, folder, tmp_path):
    music(folder, "a.mp3")
    library.folders.add(folder)
    scan(library, folder)
    library.folders.forget(tmp_path / "elsewhere")
    assert len(library.tracks.all()) == 1
