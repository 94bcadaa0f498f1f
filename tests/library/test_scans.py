import os
import shutil
import sys
from pathlib import Path

import pytest

from miso_desktop.errors import AnalysisFailed, BundleError, FileMissing, UnreadableTrack
from miso_desktop.library import Library
from miso_desktop.library.files import below, encode, walk
from miso_desktop.moods import Mood
from miso_desktop.phrases import phrase
from miso_desktop.stamps import stamp_of
from tests.library.samples import BUNDLES, analysis, music, scan


def broken(path):
    inner = phrase("it holds {what}", what="no sound")
    return UnreadableTrack(phrase("{path}: {detail}", path=str(path), detail=inner), path)


def age(path, seconds):
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + seconds * 10**9))


def test_a_first_scan_finds_all_music_however_deep(library, folder):
    paths = music(folder, "a.mp3", "b/c/d.FLAC", "b/아침.m4a")
    music(folder, "cover.jpg", "notes.txt", "mp3", ".hidden.mp3", ".trash/x.mp3")
    plan = library.scans.plan(folder)
    assert plan.new == tuple(sorted(paths))
    assert (plan.changed, plan.unchanged, plan.missing, plan.failed) == ((), (), (), ())
    assert plan.todo == plan.new
    assert set(plan.stamps) == set(paths)


def test_the_endings_can_be_named(library, folder):
    wav, _ = music(folder, "a.wav", "b.mp3")
    assert library.scans.plan(folder, {".wav"}).new == (wav,)


def test_a_second_scan_has_nothing_to_do(library, folder):
    paths = music(folder, "a.mp3", "b.mp3")
    scan(library, folder)
    plan = library.scans.plan(folder)
    assert plan.todo == ()
    assert plan.unchanged == tuple(sorted(paths))


def test_an_interrupted_scan_goes_on_where_it_stopped(library, folder):
    paths = music(folder, *(f"{n}.mp3" for n in range(5)))
    for path in paths[:2]:
        library.tracks.store(analysis(path))
    assert library.scans.plan(folder).todo == tuple(paths[2:])


def test_a_changed_file_is_tagged_again(library, folder):
    first, second, third = music(folder, "a.mp3", "b.mp3", "c.mp3")
    scan(library, folder)
    first.write_bytes(b"longer than it was before, by some bytes")
    age(second, 5)
    plan = scan(library, folder)
    assert (plan.new, plan.changed, plan.unchanged) == ((), (first, second), (third,))
    assert library.scans.plan(folder).todo == ()


def test_a_file_that_changes_while_it_is_tagged_is_tagged_again(library, folder):
    (path,) = music(folder, "a.mp3")
    plan = library.scans.plan(folder)
    path.write_bytes(b"another piece")
    library.tracks.store(analysis(path), plan.stamps[path])
    assert library.scans.plan(folder).changed == (path,)


def test_a_newer_tagger_takes_all_tracks_again(library, folder):
    (path,) = music(folder, "a.mp3")
    scan(library, folder, bundles=BUNDLES)
    assert library.scans.plan(folder, bundles=BUNDLES).todo == ()
    assert library.scans.plan(folder, bundles=(("music-mood", "2.0.0"),)).changed == (path,)


def test_a_missing_file_is_kept_and_marked_until_it_is_back(library, folder):
    gone, there = music(folder, "a.mp3", "b.mp3")
    scan(library, folder)
    library.tracks.correct(library.tracks.by_path(gone).id, Mood.SAD)
    content, mtime = gone.read_bytes(), gone.stat().st_mtime_ns
    gone.unlink()
    plan = library.scans.plan(folder)
    assert (plan.missing, plan.unchanged) == ((gone,), (there,))
    assert {t.path: t.available for t in library.tracks.all()} == {gone: False, there: True}
    assert library.tracks.by_path(gone).corrected is Mood.SAD

    gone.write_bytes(content)
    os.utime(gone, ns=(mtime, mtime))
    plan = library.scans.plan(folder)
    assert (plan.missing, plan.todo) == ((), ())
    assert library.tracks.by_path(gone).available


def test_a_folder_that_is_gone_masks_its_tracks_and_says_so(library, folder, tmp_path):
    music(folder, "a.mp3", "b/c.mp3")
    scan(library, folder)
    folder.rename(tmp_path / "unplugged")
    with pytest.raises(FileMissing, match=r"music cannot be opened. Is its drive plugged in\?"):
        library.scans.plan(folder)
    assert [track.available for track in library.tracks.all()] == [False, False]

    (tmp_path / "unplugged").rename(folder)
    assert library.scans.plan(folder).todo == ()
    assert [track.available for track in library.tracks.all()] == [True, True]


def test_an_empty_mount_point_masks_its_tracks_too(library, folder):
    paths = music(folder, "a.mp3")
    scan(library, folder)
    paths[0].unlink()
    assert library.scans.plan(folder).missing == tuple(paths)


@pytest.mark.parametrize("neighbour", ["rock & pop", "rock2", "rock.old", "roc", "rocks", "락"])
def test_a_neighbour_with_a_similar_name_is_left_alone(library, tmp_path, neighbour):
    inside, beside = tmp_path / "rock", tmp_path / neighbour
    for place in (inside, beside):
        music(place, f"{place.name}.mp3")
        scan(library, place)
    shutil.rmtree(inside)
    with pytest.raises(FileMissing):
        library.scans.plan(inside)
    assert {track.path.parent: track.available for track in library.tracks.all()} == {
        inside: False,
        beside: True,
    }


@pytest.mark.parametrize("touched", [False, True])
def test_a_renamed_file_keeps_all_that_is_known_of_it(library, folder, touched):
    old, other = music(folder, "a.mp3", "b.mp3")
    scan(library, folder)
    number = library.tracks.by_path(old).id
    library.tracks.correct(number, Mood.ROMANTIC)
    library.history.add(number, at=1.0)
    new = folder / "new" / "name.mp3"
    new.parent.mkdir()
    old.rename(new)
    if touched:
        age(new, 100)
    plan = library.scans.plan(folder)
    assert (plan.todo, plan.missing, plan.moved) == ((), (), 1)
    assert plan.unchanged == tuple(sorted([new, other]))
    track = library.tracks.by_path(new)
    assert (track.id, track.corrected, track.plays) == (number, Mood.ROMANTIC, 1)
    assert track.available
    assert library.tracks.by_path(old) is None


def test_a_file_moved_to_another_folder_is_recognised(library, tmp_path):
    (old,) = music(tmp_path / "inbox", "a.mp3")
    scan(library, tmp_path / "inbox")
    (tmp_path / "sorted").mkdir()
    new = old.rename(tmp_path / "sorted" / "b.mp3")
    assert library.scans.plan(tmp_path / "sorted").moved == 1
    assert [track.path for track in library.tracks.all()] == [new]


def test_a_copy_is_not_a_move(library, folder):
    (path,) = music(folder, "a.mp3")
    scan(library, folder)
    copy = folder / "copy.mp3"
    shutil.copy2(path, copy)
    plan = library.scans.plan(folder)
    assert (plan.moved, plan.new, plan.unchanged) == (0, (copy,), (path,))


def test_a_copy_in_another_folder_is_not_a_move(library, tmp_path):
    (path,) = music(tmp_path / "inbox", "a.mp3")
    scan(library, tmp_path / "inbox")
    shutil.copytree(tmp_path / "inbox", tmp_path / "backup")
    plan = library.scans.plan(tmp_path / "backup")
    assert (plan.moved, len(plan.new)) == (0, 1)
    assert library.tracks.by_path(path).available


def test_a_stranger_of_the_same_size_is_not_a_move(library, folder):
    (path,) = music(folder, "a.mp3")
    scan(library, folder)
    stranger = folder / "b.mp3"
    stranger.write_bytes(bytes(len(path.read_bytes())))
    path.unlink()
    plan = library.scans.plan(folder)
    assert (plan.moved, plan.new, plan.missing) == (0, (stranger,), (path,))


def test_two_equal_files_that_move_are_both_recognised(library, folder):
    paths = music(folder, "a.mp3", "b.mp3")
    paths[1].write_bytes(paths[0].read_bytes())
    scan(library, folder)
    for path in paths:
        path.rename(path.with_name("moved " + path.name))
    assert library.scans.plan(folder).moved == 2
    assert all(track.path.name.startswith("moved ") for track in library.tracks.all())


def test_a_file_that_failed_is_named_and_not_tried_again_until_it_changes(library, folder):
    (path,) = music(folder, "a.mp3")
    plan = library.scans.plan(folder)
    library.scans.fail(path, broken(path), plan.stamps[path])
    plan = library.scans.plan(folder)
    assert plan.todo == ()
    (failure,) = plan.failed
    assert failure.path == path
    assert str(failure.error) == f"{path}: it holds no sound"
    assert library.scans.failures() == [failure]
    assert library.scans.plan(folder, retry_failed=True).new == (path,)

    age(path, 1)
    plan = library.scans.plan(folder)
    assert (plan.new, plan.failed) == ((path,), ())
    library.tracks.store(analysis(path), plan.stamps[path])
    assert library.scans.failures() == []


def test_a_drive_that_was_pulled_out_during_a_scan_is_no_failure_of_its_files(library, folder):
    (path,) = music(folder, "a.mp3")
    plan = library.scans.plan(folder)
    library.scans.fail(path, FileMissing(phrase("gone"), path), plan.stamps[path])
    assert library.scans.plan(folder).new == (path,)
    assert library.scans.failures() == []


def test_what_may_pass_is_tried_again_by_the_next_scan(library, folder):
    (path,) = music(folder, "a.mp3")
    plan = library.scans.plan(folder)
    for passing in (AnalysisFailed, BundleError):
        library.scans.fail(path, passing(phrase("not today"), path), plan.stamps[path])
        assert library.scans.plan(folder).new == (path,)
    assert library.scans.failures() == []


@pytest.mark.parametrize("year", [2500, 20_000, -20_000])
def test_a_date_far_off_is_kept_as_far_as_it_goes(library, folder, year):
    """ext4 counts to the year 2446, XFS further, and a broken clock wherever it likes."""
    (path,) = music(folder, "a.mp3")
    far = (year - 1970) * 31_556_952 * 10**9

    class Status:
        st_size, st_mtime_ns = 7, far

    stamp = stamp_of(Status())
    library.tracks.store(analysis(path), stamp)
    library.scans.fail(path, broken(path), stamp)
    assert library.scans.failures()
    assert stamp_of(Status()) == stamp


def test_a_file_in_place_of_a_folder_is_told(library, folder):
    (path,) = music(folder, "a.mp3")
    with pytest.raises(FileMissing, match="is no folder"):
        library.scans.plan(path)


def test_a_failure_is_forgotten_with_its_file(library, folder):
    (path,) = music(folder, "a.mp3")
    library.scans.fail(path, broken(path))
    path.unlink()
    library.scans.plan(folder)
    assert library.scans.failures() == []


def test_a_track_that_breaks_keeps_what_was_known(library, folder):
    (path,) = music(folder, "a.mp3")
    scan(library, folder)
    path.write_bytes(b"")
    library.scans.fail(path, broken(path), library.scans.plan(folder).stamps[path])
    plan = library.scans.plan(folder)
    assert (plan.todo, len(plan.failed)) == ((), 1)
    assert library.tracks.by_path(path).model_scores


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_links_are_followed_once_and_never_in_circles(library, folder, tmp_path):
    (path,) = music(folder, "album/a.mp3")
    (outside,) = music(tmp_path / "elsewhere", "b.mp3")
    (folder / "album" / "loop").symlink_to(folder)
    (folder / "a second name").symlink_to(folder / "album")
    (folder / "elsewhere").symlink_to(tmp_path / "elsewhere")
    (folder / "dead.mp3").symlink_to(folder / "nothing")
    assert set(library.scans.plan(folder).new) == {path, folder / "elsewhere" / "b.mp3"}
    assert outside not in library.scans.plan(folder).new


def test_a_folder_that_refuses_is_named_and_the_rest_goes_on(library, folder, monkeypatch):
    path, _ = music(folder, "a.mp3", "private/b.mp3")
    scandir = os.scandir

    def refusing(place):
        if str(place).endswith("private"):
            raise PermissionError(13, "Permission denied", str(place))
        return scandir(place)

    monkeypatch.setattr(os, "scandir", refusing)
    plan = library.scans.plan(folder)
    assert plan.new == (path,)
    assert [failure.path for failure in plan.failed] == [folder / "private"]
    assert "Check its permissions" in str(plan.failed[0].error)


def test_a_file_in_the_place_of_a_folder_is_an_error(library, folder):
    (path,) = music(folder, "a.mp3")
    with pytest.raises(FileMissing):
        library.scans.plan(path)


def test_the_root_is_a_folder_like_any_other():
    first, last = below(encode(Path(os.sep)))
    assert first <= encode(Path(os.sep) / "music") < last


def test_a_walk_needs_a_folder(folder):
    with pytest.raises(OSError, match="nothing"):
        walk(folder / "nothing", {".mp3"})


def test_a_scan_of_a_reopened_library_knows_its_files(tmp_path, folder):
    music(folder, "a.mp3")
    with Library(tmp_path / "l.db") as library:
        scan(library, folder)
    with Library(tmp_path / "l.db") as library:
        assert library.scans.plan(folder).todo == ()
