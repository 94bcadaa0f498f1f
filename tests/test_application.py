"""What the product can do, behind its one door."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest
from PIL import Image

from miso_desktop import bundles, learning, packing
from miso_desktop.analysis import Workers
from miso_desktop.application import UNLISTED, Miso
from miso_desktop.errors import FileMissing, InstallFailed, LibraryError, NothingToPlay
from miso_desktop.moods import Mood
from miso_desktop.photos import CAPTIONER
from miso_desktop.phrases import phrase
from miso_desktop.taste import Taste
from miso_desktop.values import Genre, PlayerState, PlayerStatus, ScanProgress, TrackAnalysis
from tests import chat_server
from tests.bundle_samples import captioner
from tests.library.samples import SAD, analysis
from tests.library.samples import music as made_up_music
from tests.sound_files import sine, sweep, write


@pytest.fixture
def miso() -> Iterator[Miso]:
    with Miso(workers=1) as one:
        yield one


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "sea.png"
    Image.linear_gradient("L").convert("RGB").save(path)
    return path


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    for number in range(3):
        write(folder / f"{number}.flac", sine(2, 220 * (number + 1)))
    return folder


def test_a_reading_is_kept_and_a_correction_goes_before_it(miso: Miso, photo: Path) -> None:
    reading = miso.read_photo(photo)
    assert [r.photo for r in miso.recent_readings()] == [photo]

    corrected = miso.correct_photo(photo, Mood.SAD)
    assert corrected.scores.top is Mood.SAD
    assert "you said so" in str(corrected.why)
    assert corrected.scores.valence == reading.scores.valence
    assert miso.recent_readings()[0].scores == corrected.scores
    assert miso.read_photo(photo).scores == corrected.scores  # read again: still the person's word

    assert miso.correct_photo(photo, None).scores == reading.scores


def test_a_photo_that_is_gone_is_an_error_of_its_future(miso: Miso, tmp_path: Path) -> None:
    job = miso.start_reading(tmp_path / "gone.jpg")
    with pytest.raises(FileMissing, match=r"gone\.jpg"):
        job.result(60)
    assert miso.recent_readings() == []


def captioner_in_use(miso: Miso) -> str:
    (name,) = (m.name for m in miso.models() if m.role == CAPTIONER and m.in_use)
    return name


def test_a_captioner_that_is_added_describes_the_next_photo(
    miso: Miso, photo: Path, tmp_path: Path
) -> None:
    before = captioner_in_use(miso)
    assert miso.read_photo(photo)
    file = tmp_path / "blip.miso"
    packing.pack(bundles.load(captioner(tmp_path / "made", "blip")), file)
    told: list[tuple[int, int]] = []
    assert miso.add_model(file, lambda *much: told.append(much)).in_use
    assert told
    assert captioner_in_use(miso) == "blip"
    assert "blip" in [model.name for model in miso.models()]
    reading = miso.read_photo(photo)
    assert reading.caption
    assert "blip" in dict(reading.bundles)
    assert miso.remove_model("blip").name == "blip"
    assert captioner_in_use(miso) == before
    with pytest.raises(InstallFailed, match="blip"):
        miso.use_model("blip")


def test_a_scan_tells_how_far_it_is(miso: Miso, music: Path) -> None:
    told: list[ScanProgress] = []
    report = miso.scan(music, told.append)
    assert report.added == 3
    assert [p.done for p in told] == [0, 1, 2, 3]
    assert {p.total for p in told} == {3}
    assert miso.folders() == [music]
    assert [t.path.name for t in sorted(miso.tracks(), key=lambda t: t.path)] == [
        "0.flac", "1.flac", "2.flac",
    ]  # fmt: skip


def test_a_scan_that_was_cancelled_before_it_began_leaves_everything_for_the_next(
    miso: Miso, music: Path
) -> None:
    stop = threading.Event()
    stop.set()
    report = miso.scan(music, cancel=stop)
    assert report.interrupted
    assert report.added == 0
    assert miso.scan(music).added == 3


def test_a_changed_file_is_tagged_again_and_a_missing_one_kept(miso: Miso, music: Path) -> None:
    miso.scan(music)
    write(music / "1.flac", sweep(3))
    (music / "2.flac").unlink()
    report = miso.scan(music)
    assert (report.added, report.changed, report.unchanged, report.missing) == (0, 1, 1, 1)
    assert {t.path.name: t.available for t in miso.tracks()} == {
        "0.flac": True,
        "1.flac": True,
        "2.flac": False,
    }


def test_an_unplugged_folder_is_an_error_and_its_tracks_are_kept(miso: Miso, music: Path) -> None:
    miso.scan(music)
    music.rename(music.with_name("unplugged"))
    with pytest.raises(FileMissing):
        miso.scan(music)
    assert [t.available for t in miso.tracks()] == [False] * 3


@pytest.mark.parametrize("name", ["not there", "0.flac"])
def test_what_is_no_folder_does_not_join_the_library(miso: Miso, music: Path, name: str) -> None:
    with pytest.raises(FileMissing, match=name):
        miso.scan(music / name)
    assert miso.folders() == []


def test_a_bug_over_one_file_does_not_keep_the_others_waiting(
    miso: Miso, music: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tag = Workers.tag

    def stumble(workers: Workers, track: Path) -> Future[TrackAnalysis]:
        if track.name != "1.flac":
            return tag(workers, track)
        broken: Future[TrackAnalysis] = Future()
        broken.set_exception(ZeroDivisionError("a bug of ours"))
        return broken

    monkeypatch.setattr(Workers, "tag", stumble)
    report = miso.scan(music)
    assert (report.added, [failure.path.name for failure in report.failed]) == (2, ["1.flac"])
    assert "a bug of ours" in caplog.text
    monkeypatch.undo()
    assert miso.scan(music).added == 1


def test_files_that_failed_are_tried_again_where_the_person_asks(miso: Miso, music: Path) -> None:
    (music / "0.flac").write_bytes(b"no sound")
    assert len(miso.scan(music).failed) == 1
    assert miso.scan(music).seconds < miso.scan(music, retry_failed=True).seconds
    assert len(miso.scan(music, retry_failed=True).failed) == 1


def test_a_corrected_track_is_chosen_for_what_the_person_said(
    miso: Miso, music: Path, photo: Path
) -> None:
    miso.scan(music)
    reading = miso.correct_photo(photo, Mood.AGGRESSIVE)
    track = miso.tracks()[0]
    miso.correct_track(track.id, Mood.AGGRESSIVE)
    first = miso.queue_for(reading, seed=1)[0]
    assert first.track.id == track.id
    assert "you" in str(first.why)


def judge_a_library(miso: Miso, folder: Path) -> None:
    """Forty tracks that were heard as sad; the person calls all but four romantic."""
    for path in made_up_music(folder, *(f"{n}.mp3" for n in range(40))):
        miso.library.tracks.store(analysis(path, SAD))
    for track in miso.tracks()[:36]:
        miso.correct_track(track.id, Mood.ROMANTIC)


def test_corrections_teach_and_the_queue_says_so(
    miso: Miso, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, photo: Path
) -> None:
    monkeypatch.setattr(learning, "DELAY_S", 0.1)
    learned = threading.Event()
    miso.when_learned(learned.set)
    (tmp_path / "library").mkdir()
    judge_a_library(miso, tmp_path / "library")
    assert miso.tracks()[0].scores.top is Mood.ROMANTIC  # at once
    assert learned.wait(60)
    taste = miso.learned()
    assert taste.corrections == 36
    judged = {t.id: t for t in miso.tracks()}
    assert [t.scores.top for t in judged.values()] == [Mood.ROMANTIC] * 40
    reading = miso.correct_photo(photo, Mood.ROMANTIC)
    picks = miso.queue_for(reading, count=40)
    why = {str(p.why).split(" · ")[0] for p in picks if judged[p.track.id].corrected is None}
    assert len(why) == 1
    assert why.pop().endswith(", as you judge such tracks")

    miso.forget_learned()
    assert miso.learned() == Taste()
    assert [t.scores.top for t in miso.tracks()[36:]] == [Mood.SAD] * 4
    assert miso.tracks()[0].scores.top is Mood.ROMANTIC


def test_miso_can_be_closed_while_it_learns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(learning, "DELAY_S", 0.0)
    (tmp_path / "library").mkdir()
    for _ in range(3):
        with Miso(workers=1) as miso:
            judge_a_library(miso, tmp_path / "library")
    assert caplog.text == ""


def test_a_scan_that_tags_again_learns_again(miso: Miso, music: Path) -> None:
    miso.scan(music)
    for track in miso.tracks():
        miso.library.tracks.correct(track.id, Mood.DRAMATIC)
    miso.scan(music)
    assert miso.learned().judgements == 0
    write(music / "1.flac", sweep(3))
    miso.scan(music)
    assert miso.learned().judgements == 3


def test_a_track_that_was_heard_to_its_end_and_left_is_a_judgement(
    miso: Miso, music: Path, photo: Path
) -> None:
    miso.scan(music)
    corrected, left, _skipped = miso.tracks()
    miso.correct_track(corrected.id, Mood.DRAMATIC)
    miso.queue = miso.queue_for(miso.read_photo(photo))
    for index, pick in enumerate(miso.queue):
        miso._note(index, pick.track.id == left.id)
    miso._diary.submit(lambda: None).result()
    assert [t.plays for t in miso.tracks()] == [1, 1, 1]
    said, heard = miso.library.taste.lesson().judgements[::-1]
    assert (said.mood, said.said) == (Mood.DRAMATIC, True)
    assert (heard.mood, heard.said) == (left.scores.top, False)


def test_a_play_is_noted_with_the_mood_that_the_person_gave_it_meanwhile(
    miso: Miso, music: Path, photo: Path
) -> None:
    miso.scan(music)
    miso.queue = miso.queue_for(miso.read_photo(photo))
    first, second = miso.queue[0].track, miso.queue[1].track
    miso.correct_track(second.id, Mood.SAD)  # who has corrected one knows that it can be done
    other = next(mood for mood in Mood if mood is not first.scores.top)
    miso.correct_track(first.id, other)
    miso._note(0, True)
    miso._diary.submit(lambda: None).result()
    miso.correct_track(first.id, None)
    (heard,) = (j for j in miso.library.taste.lesson().judgements if not j.said)
    assert heard.mood is other


def test_nothing_to_play_says_what_to_do(miso: Miso, music: Path, photo: Path) -> None:
    reading = miso.read_photo(photo)
    with pytest.raises(NothingToPlay):
        miso.queue_for(reading)
    miso.scan(music)
    with pytest.raises(NothingToPlay, match="K-pop"):
        miso.queue_for(reading, Genre.KPOP)


def status(state: PlayerState, index: int, path: Path | None) -> PlayerStatus:
    return PlayerStatus(state, index, path, 0.0, 2.0, 1.0)


def test_the_queue_and_the_place_in_it_come_back(music: Path, photo: Path) -> None:
    with Miso(workers=1) as miso:
        miso.scan(music)
        picks = miso.queue_for(miso.read_photo(photo))
        player = miso.player
        miso.queue = picks
        miso.library.queue.save(picks, 0)
        miso._follow(status(PlayerState.PLAYING, 2, picks[2].track.path))
        assert player.status.state is PlayerState.STOPPED
    with Miso(workers=1) as miso:
        assert miso.player.status.index == 2
        assert [p.track.id for p in miso.queue] == [p.track.id for p in picks]
        assert [str(p.why) for p in miso.queue] == [str(p.why) for p in picks]


def test_a_library_that_cannot_be_written_does_not_stop_the_music(
    miso: Miso,
    music: Path,
    photo: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    miso.scan(music)
    miso.queue = miso.queue_for(miso.read_photo(photo))

    def full(*_: object) -> None:
        raise LibraryError(phrase("the disk is full"))

    monkeypatch.setattr(miso.library.queue, "move_to", full)
    miso._follow(status(PlayerState.PLAYING, 1, miso.queue[1].track.path))
    miso.close()
    assert "the disk is full" in caplog.text


def test_a_slow_library_does_not_hold_the_players_thread(
    miso: Miso, music: Path, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    miso.scan(music)
    miso.queue = miso.queue_for(miso.read_photo(photo))
    busy, written = threading.Event(), threading.Event()

    def slow(*_: object) -> None:
        busy.wait(30)
        written.set()

    monkeypatch.setattr(miso.library.queue, "move_to", slow)
    miso._follow(status(PlayerState.PLAYING, 1, miso.queue[1].track.path))
    assert not written.is_set()  # and yet we are here
    busy.set()
    miso.close()
    assert written.is_set()


def test_a_file_outside_the_library_can_be_played_by_name(miso: Miso, music: Path) -> None:
    pick = miso.unlisted(music / "0.flac")
    assert pick.track.id == UNLISTED
    assert pick.track.title == "0"
    miso.scan(music)
    assert miso.unlisted(music / "0.flac").track.id != UNLISTED


def test_settings_are_kept(home: Path) -> None:
    with Miso() as miso:
        miso.change_settings(volume=0.25, theme="dark")
    with Miso() as miso:
        assert (miso.settings.volume, miso.settings.theme) == (0.25, "dark")


def test_the_outline_of_a_track_for_the_seek_bar(miso: Miso, music: Path) -> None:
    peaks = miso.start_waveform(music / "0.flac").result(60)
    assert peaks.shape == (160,)
    assert peaks.min() >= 0
    assert peaks.max() <= 1


def test_language_models_that_are_set_join_the_panel(
    miso: Miso, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MISO_TRIPWIRE_ALLOWS", "loopback")
    with chat_server.serving(lambda asked: asked.argue("sad", "The sea is empty.")) as server:
        miso.change_settings(model_server=server.address, model_limit_s=30.0)
        miso.read_photo(photo, "an empty sea")
        (kept,) = miso.recent_readings()
        assert len(server.questions) == 5
        miso.change_settings(model_server="")
        without = miso.read_photo(photo, "an empty sea")
        assert len(server.questions) == 5
    (vote,) = (v for v in kept.votes if v.reader == "language_models")
    assert vote.mood is Mood.SAD
    assert "The sea is empty" in str(vote.reason)
    assert "language_models" not in {v.reader for v in without.votes}
