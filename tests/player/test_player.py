"""What the player promises, on a device that the test steps by hand."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest

from miso_desktop.audio import AudioStream
from miso_desktop.errors import FileMissing, NoAudioDevice, UnreadableTrack
from miso_desktop.player import decoder
from miso_desktop.player.player import Player
from miso_desktop.values import PlayerState, PlayerStatus
from tests.player.conftest import Rig
from tests.player.fakes import RATE, Device, FakeOutput, RealTimeOutput, wait_until
from tests.sound_files import sine, write

PLAYING, PAUSED, STOPPED = PlayerState.PLAYING, PlayerState.PAUSED, PlayerState.STOPPED

BLOCK_S = Rig.BLOCK / RATE


def tone(samples: np.ndarray) -> float:
    """Frequency of the strongest partial, in Hz."""
    spectrum = np.abs(np.fft.rfft(samples[:, 0] * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * RATE / len(samples))


class TestPlaying:
    def test_a_new_player_has_nothing_to_play(self, rig: Rig) -> None:
        rig.player.play()
        rig.player.next()
        rig.player.previous()
        rig.player.seek(3)
        rig.player.pause()
        rig.player.stop()
        status = rig.player.status
        assert (status.state, status.index, status.path) == (STOPPED, -1, None)
        assert not rig.device.opened

    def test_loading_does_not_start(self, rig: Rig, tracks: list[Path]) -> None:
        rig.player.load(tracks, start=2)
        status = rig.player.status
        assert (status.state, status.index, status.path) == (STOPPED, 2, tracks[2])
        time.sleep(0.05)
        assert not rig.device.opened

    def test_the_wish_shows_in_the_status_at_once(self, rig: Rig, tracks: list[Path]) -> None:
        rig.player.load(tracks)
        rig.player.play()
        assert rig.player.status.state is PLAYING
        rig.player.jump(2)
        assert rig.player.status.index == 2
        rig.player.seek(0.5)
        assert rig.player.status.position_s == 0.5
        rig.player.pause()
        assert rig.player.status.state is PAUSED

    def test_what_is_heard_is_the_track(self, rig: Rig, tracks: list[Path]) -> None:
        rig.start(tracks)
        rig.pull(0.5)
        expected = sine(0.5, 200, RATE)
        np.testing.assert_allclose(rig.output.recording[800:], expected[800:], atol=1e-3)
        assert rig.position == pytest.approx(0.5, abs=0.01)
        assert rig.player.status.duration_s == 6.0

    def test_tracks_follow_without_a_gap(self, rig: Rig, tmp_path: Path) -> None:
        whole = sine(2, 330, RATE)
        halves = [
            write(tmp_path / f"{n}.flac", part, RATE)
            for n, part in enumerate((whole[:8123], whole[8123:]))
        ]
        rig.start(halves)
        rig.pull(2)
        np.testing.assert_allclose(rig.output.recording[800:], whole[800:], atol=1e-3)
        assert rig.player.underruns == 0

    def test_the_queue_ends_stopped_at_its_beginning(self, rig: Rig, tracks: list[Path]) -> None:
        rig.start(tracks, start=2)
        rig.player.seek(0)
        rig.player.jump(3)
        rig.player.seek(4.9)
        rig.until(lambda: rig.player.status.state is STOPPED)
        status = rig.player.status
        assert (status.index, status.position_s, status.error) == (0, 0.0, None)
        assert rig.player.underruns == 0

    def test_the_device_is_given_back_after_the_end(self, rig: Rig, tracks: list[Path]) -> None:
        rig.start(tracks, start=2)
        rig.until(lambda: rig.player.status.state is STOPPED)
        wait_until(lambda: rig.output.closed)
        rig.player.play()
        wait_until(lambda: len(rig.device.opened) == 2)

    def test_a_new_queue_replaces_the_old_one(self, rig: Rig, tracks: list[Path]) -> None:
        rig.start(tracks)
        rig.pull(0.2)
        rig.player.load(tracks[1:2])
        assert rig.player.status.state is STOPPED
        rig.player.play()
        rig.running()
        rig.flowing()
        rig.pull(0.5)
        assert tone(rig.output.recording[-2000:]) == pytest.approx(300, abs=8)

    def test_a_gain_for_every_track_or_none(self, rig: Rig, tracks: list[Path]) -> None:
        with pytest.raises(ValueError, match="shorter"):
            rig.player.load(tracks, gains_db=[0.0])
        rig.player.load(tracks[:1], gains_db=[-6.0])
        rig.player.play()
        rig.running()
        rig.pull(0.5)
        assert np.abs(rig.output.recording).max() == pytest.approx(0.5 * 10**-0.3, abs=0.01)

    @pytest.mark.parametrize("index", [-1, 4])
    def test_there_is_no_such_track(self, rig: Rig, tracks: list[Path], index: int) -> None:
        with pytest.raises(IndexError):
            rig.player.load(tracks, start=index)
        rig.player.load(tracks)
        with pytest.raises(IndexError):
            rig.player.jump(index)


class TestPause:
    def test_it_goes_on_where_it_was(self, rig: Rig, tracks: list[Path]) -> None:
        rig.start(tracks)
        rig.pull(0.5)
        rig.player.pause()
        rig.until(lambda: not rig.player._engine._feed.envelope)
        at = rig.position
        wait_until(lambda: not rig.output.running)
        assert rig.position == at
        rig.player.play()
        rig.running()
        before = len(rig.output.recording)
        rig.pull(0.5)
        after = rig.output.recording[before + 400 :]
        expected = sine(6, 200, RATE)[round(at * RATE) + 400 :][: len(after)]
        np.testing.assert_allclose(after, expected, atol=1e-3)

    def test_toggle(self, rig: Rig, tracks: list[Path]) -> None:
        rig.player.load(tracks)
        states = []
        for _ in range(3):
            rig.player.toggle()
            states.append(rig.player.status.state)
        assert states == [PLAYING, PAUSED, PLAYING]

    def test_pausing_what_does_not_play_changes_nothing(self, rig: Rig, tracks: list[Path]) -> None:
        rig.player.load(tracks)
        rig.player.pause()
        assert rig.player.status.state is STOPPED

    def test_stop_begins_anew(self, rig: Rig, tracks: list[Path]) -> None:
        rig.start(tracks, start=1)
        rig.pull(0.5)
        rig.player.stop()
        status = rig.player.status
        assert (status.state, status.index, status.position_s) == (STOPPED, 1, 0.0)
        wait_until(lambda: rig.output.closed)


class TestSeek:
    def test_it_lands_on_the_sample_within_100_ms(self, rig: Rig, tmp_path: Path) -> None:
        ramp = np.linspace(0, 0.9, 5 * RATE, dtype=np.float32)[:, None].repeat(2, axis=1)
        rig.start([write(tmp_path / "ramp.wav", ramp, RATE, codec="pcm_f32le")])
        rig.pull(0.3)
        before = time.monotonic()
        rig.player.seek(4.0)
        rig.flowing()
        assert time.monotonic() - before < 0.1
        rig.pull(0.1)
        count = len(rig.output.recording)
        at = np.searchsorted(ramp[:, 0], rig.output.recording[-1, 0])
        position = rig.position
        assert 4.0 < position < 4.3
        assert at / RATE == pytest.approx(position, abs=0.001)
        assert count == len(rig.output.recording)

    def test_the_old_sound_fades_and_is_not_heard_again(self, rig: Rig, tmp_path: Path) -> None:
        path = write(tmp_path / "slow.wav", sine(4, 20, RATE, level=0.9), RATE)
        rig.start([path])
        rig.pull(0.5)
        rig.player.seek(2.0)
        rig.flowing()
        rig.pull(0.3)
        steps = np.abs(np.diff(rig.output.recording[:, 0]))
        assert steps.max() < 0.9 * (2 * np.pi * 20 / RATE + 1 / (0.006 * RATE))

    def test_while_paused_it_waits_there(self, rig: Rig, tracks: list[Path]) -> None:
        rig.start(tracks)
        rig.pull(0.2)
        rig.player.pause()
        rig.player.seek(3.0)
        rig.until(lambda: rig.player._jump is None and not rig.output.running)
        assert rig.position == 3.0
        rig.player.play()
        rig.running()
        rig.pull(0.2)
        assert rig.position == pytest.approx(3.2, abs=0.02)

    def test_while_stopped_play_begins_there(self, rig: Rig, tracks: list[Path]) -> None:
        rig.player.load(tracks)
        rig.player.seek(2.0)
        assert rig.player.status.position_s == 2.0
        rig.player.play()
        rig.running()
        rig.pull(0.2)
        assert rig.position == pytest.approx(2.2, abs=0.02)

    def test_it_is_held_to_the_track(self, rig: Rig, tracks: list[Path]) -> None:
        rig.start(tracks)
        rig.pull(0.1)
        rig.player.seek(-5)
        assert rig.player.status.position_s == 0.0
        rig.flowing()
        rig.pull(0.1)
        rig.player.seek(1000)
        assert rig.player.status.position_s == 6.0
        rig.until(lambda: rig.player.status.index == 1)

    @pytest.mark.parametrize("seconds", [float("nan"), float("inf")])
    def test_a_place_is_a_number(self, rig: Rig, seconds: float) -> None:
        with pytest.raises(ValueError, match="finite"):
            rig.player.seek(seconds)

    def test_many_seeks_in_a_row_end_at_the_last(self, rig: Rig, tracks: list[Path]) -> None:
        rig.start(tracks)
        for tenth in range(50):
            rig.player.seek(tenth / 10)
        rig.flowing()
        rig.pull(0.1)
        assert rig.position == pytest.approx(5.0, abs=0.2)


class TestTheQueue:
    def test_next_keeps_playing(self, rig: Rig, tracks: list[Path]) -> None:
        rig.start(tracks)
        rig.pull(0.2)
        rig.player.next()
        rig.flowing()
        rig.pull(0.4)
        assert rig.player.status.path == tracks[1]
        assert tone(rig.output.recording[-2000:]) == pytest.approx(300, abs=8)

    def test_next_after_the_last_stops_at_the_first(self, rig: Rig, tracks: list[Path]) -> None:
        rig.start(tracks, start=3)
        rig.player.next()
        status = rig.player.status
        assert (status.state, status.index) == (STOPPED, 0)

    def test_previous_near_the_beginning_goes_back_one(self, rig: Rig, tracks: list[Path]) -> None:
        rig.start(tracks, start=1)
        rig.pull(0.5)
        rig.player.previous()
        assert rig.player.status.index == 0

    def test_previous_later_starts_the_track_again(self, rig: Rig, tracks: list[Path]) -> None:
        rig.start(tracks, start=1)
        rig.player.seek(3.2)
        rig.player.previous()
        status = rig.player.status
        assert (status.index, status.position_s) == (1, 0.0)

    def test_previous_of_the_first_starts_it_again(self, rig: Rig, tracks: list[Path]) -> None:
        rig.start(tracks)
        rig.pull(0.5)
        rig.player.previous()
        assert (rig.player.status.index, rig.player.status.position_s) == (0, 0.0)

    def test_the_track_changes_when_it_is_heard_not_when_it_is_decoded(
        self, tracks: list[Path]
    ) -> None:
        late = Device(lambda fill, lost: FakeOutput(fill, lost, latency_s=0.3))
        rig = Rig(late)
        rig.start([tracks[2], tracks[0]])
        rig.pull(1.2)  # the second track has been handed to the device, not to the ear
        assert rig.player.status.index == 0
        wait_until(lambda: rig.player.status.index == 1)
        assert 0 <= rig.player.status.position_s < 0.25
        rig.player.close()

    def test_the_position_never_goes_back(self, tracks: list[Path]) -> None:
        device = Device(lambda fill, lost: RealTimeOutput(fill, lost, latency_s=0.05))
        player = Player(device)
        player.load([tracks[2]])
        player.play()
        seen = []
        while (status := player.status).state is PLAYING:
            seen.append(status.position_s)
            time.sleep(0.005)
        player.close()
        assert len(seen) > 100
        assert min(np.diff(seen)) >= -BLOCK_S
        assert seen[-1] == pytest.approx(1.0, abs=0.1)

    def test_the_position_keeps_real_time(self, tracks: list[Path]) -> None:
        player = Player(Device(lambda fill, lost: RealTimeOutput(fill, lost)))
        player.load(tracks)
        player.play()
        wait_until(lambda: player.status.position_s > 0.1)
        first, begin = player.status.position_s, time.monotonic()
        time.sleep(0.8)
        heard, passed = player.status.position_s - first, time.monotonic() - begin
        player.close()
        assert heard == pytest.approx(passed, abs=0.05)


class TestBadTracks:
    def test_they_are_skipped_and_named(self, rig: Rig, tracks: list[Path], tmp_path: Path) -> None:
        bad = tmp_path / "bad.mp3"
        bad.write_bytes(b"dear diary")
        gone = tmp_path / "gone.flac"
        rig.start([bad, gone, tracks[1]])
        rig.pull(0.3)
        status = rig.player.status
        assert (status.state, status.index) == (PLAYING, 2)
        assert isinstance(status.error, FileMissing)
        assert status.error.path == gone
        assert [failure.path for failure in rig.player.skipped] == [bad, gone]

    def test_if_there_are_only_bad_ones_it_stops(self, rig: Rig, tmp_path: Path) -> None:
        bad = tmp_path / "bad.mp3"
        bad.write_bytes(b"dear diary")
        rig.player.load([bad, bad])
        rig.player.play()
        wait_until(lambda: rig.player.status.state is STOPPED)
        assert isinstance(rig.player.status.error, UnreadableTrack)
        assert len(rig.player.skipped) == 1

    def test_one_in_the_middle_leaves_no_gap(
        self, rig: Rig, tracks: list[Path], tmp_path: Path
    ) -> None:
        rig.start([tracks[2], tmp_path / "gone.wav", tracks[2]])
        rig.pull(1.9)
        expected = np.concatenate([sine(1, 400, RATE), sine(1, 400, RATE)])
        recording = rig.output.recording
        np.testing.assert_allclose(recording[800:], expected[800 : len(recording)], atol=1e-3)
        assert rig.player.status.index == 2

    def test_a_new_wish_clears_the_error(self, rig: Rig, tracks: list[Path]) -> None:
        rig.start([Path("gone.wav"), tracks[0]])
        rig.pull(0.1)
        assert rig.player.status.error is not None
        rig.player.jump(1)
        assert rig.player.status.error is None
        rig.player.load(tracks)
        assert rig.player.skipped == ()


class TestTheDevice:
    def test_without_one_it_pauses_and_says_so(self, rig: Rig, tracks: list[Path]) -> None:
        rig.device.present = False
        rig.player.load(tracks, start=1)
        rig.player.seek(2.0)
        rig.player.play()
        wait_until(lambda: rig.player.status.error)
        status = rig.player.status
        assert isinstance(status.error, NoAudioDevice)
        assert (status.state, status.index, status.position_s) == (PAUSED, 1, 2.0)

    def test_plugged_in_play_tries_again(self, rig: Rig, tracks: list[Path]) -> None:
        rig.device.present = False
        rig.player.load(tracks)
        rig.player.play()
        wait_until(lambda: rig.player.status.error)
        rig.device.present = True
        rig.player.play()
        rig.running()
        rig.pull(0.2)
        assert rig.player.status.error is None

    def test_pulled_out_it_pauses_where_it_was(self, rig: Rig, tracks: list[Path]) -> None:
        rig.start(tracks)
        rig.pull(1.0)
        rig.output.lost()
        wait_until(lambda: rig.player.status.state is PAUSED)
        assert isinstance(rig.player.status.error, NoAudioDevice)
        assert rig.output.closed
        assert rig.position == pytest.approx(1.0, abs=0.03)
        rig.player.play()
        wait_until(lambda: len(rig.device.opened) == 2)
        rig.running()
        rig.pull(0.5)
        assert rig.position == pytest.approx(1.5, abs=0.05)

    def test_one_that_asks_for_nothing_any_more_is_gone(
        self, rig: Rig, tracks: list[Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("miso_desktop.player.engine._SILENT_DEVICE_S", 0.2)
        rig.start(tracks)
        wait_until(lambda: rig.player.status.state is PAUSED)
        assert isinstance(rig.player.status.error, NoAudioDevice)

    def test_changed_during_a_pause_the_new_one_plays(self, rig: Rig, tracks: list[Path]) -> None:
        rig.start(tracks)
        rig.pull(1.0)
        rig.player.pause()
        wait_until(lambda: not rig.output.running)
        rig.output.refuses_to_start = True
        rig.player.play()
        wait_until(lambda: len(rig.device.opened) == 2)
        rig.running()
        rig.pull(0.2)
        assert rig.player.status.error is None
        assert rig.position == pytest.approx(1.2, abs=0.05)

    def test_one_that_never_starts_is_an_error(self, tracks: list[Path]) -> None:
        def stubborn(fill: object, lost: object) -> FakeOutput:
            output = FakeOutput(fill, lost)  # type: ignore[arg-type]
            output.refuses_to_start = True
            return output

        rig = Rig(Device(stubborn))
        rig.player.load(tracks)
        rig.player.play()
        wait_until(lambda: rig.player.status.state is PAUSED)
        assert "does not start" in str(rig.player.status.error)
        rig.player.close()
        assert len(rig.device.opened) == 1

    def test_another_rate_keeps_the_place(self, tracks: list[Path]) -> None:
        rates = iter([RATE, 2 * RATE])
        rig = Rig(Device(lambda fill, lost: FakeOutput(fill, lost, rate=next(rates))))
        rig.start(tracks)
        rig.pull(1.0)
        rig.output.lost()
        wait_until(lambda: rig.player.status.state is PAUSED)
        rig.player.play()
        wait_until(lambda: len(rig.device.opened) == 2)
        rig.running()
        rig.pull(1.0)  # of the old rate: half a second now
        assert rig.position == pytest.approx(1.5, abs=0.05)
        rig.player.close()


class TestVolume:
    def test_it_is_the_cube_of_the_setting(self, rig: Rig, tracks: list[Path]) -> None:
        rig.player.volume = 0.5
        rig.start(tracks)
        rig.pull(0.5)
        assert np.abs(rig.output.recording).max() == pytest.approx(0.5 / 8, abs=0.001)

    def test_it_changes_smoothly_while_playing(self, rig: Rig, tracks: list[Path]) -> None:
        rig.start(tracks)
        rig.pull(0.3)
        rig.player.volume = 0.0
        rig.pull(0.3)
        recording = rig.output.recording
        assert not recording[-500:].any()
        natural = 0.5 * 2 * np.pi * 200 / RATE
        assert np.abs(np.diff(recording[:, 0])).max() < natural + 0.5 / (0.02 * RATE)

    @pytest.mark.parametrize(("given", "kept"), [(-1, 0.0), (2, 1.0), (0.3, 0.3)])
    def test_it_is_held_between_0_and_1(self, rig: Rig, given: float, kept: float) -> None:
        rig.player.volume = given
        assert rig.player.volume == rig.player.status.volume == kept


class TestListeners:
    def test_they_hear_of_states_tracks_and_errors_in_order(
        self, rig: Rig, tracks: list[Path]
    ) -> None:
        told: list[PlayerStatus] = []
        threads: set[str] = set()
        rig.player.add_listener(told.append)
        rig.player.add_listener(lambda status: threads.add(threading.current_thread().name))
        rig.start([tracks[2], tracks[1]])
        rig.until(lambda: told and told[-1].index == 1)
        rig.player.pause()
        rig.until(lambda: told and told[-1].state is PAUSED)
        rig.player.stop()
        wait_until(lambda: told[-1].state is STOPPED)
        news = [(s.state, s.index) for s in told]
        assert news[-4:] == [(PLAYING, 0), (PLAYING, 1), (PAUSED, 1), (STOPPED, 1)]
        assert threads == {"miso-player"}

    def test_nothing_new_is_not_told(self, rig: Rig, tracks: list[Path]) -> None:
        told: list[PlayerStatus] = []
        rig.start(tracks)
        rig.pull(0.1)
        wait_until(lambda: rig.player._told[0] is PLAYING)
        rig.player.add_listener(told.append)
        rig.player.play()
        rig.player.seek(2.0)
        rig.flowing()
        rig.pull(0.3)
        assert told == []

    def test_removed_they_hear_no_more(self, rig: Rig, tracks: list[Path]) -> None:
        told: list[PlayerStatus] = []
        rig.player.add_listener(told.append)
        rig.player.remove_listener(told.append)
        rig.player.remove_listener(print)
        rig.start(tracks)
        rig.pull(0.2)
        assert told == []

    def test_a_listener_may_give_orders(self, rig: Rig, tracks: list[Path]) -> None:
        def skip_the_first(status: PlayerStatus) -> None:
            if status.state is PLAYING and status.index == 0:
                rig.player.next()

        rig.player.add_listener(skip_the_first)
        rig.player.load(tracks)
        rig.player.play()
        wait_until(lambda: rig.player.status.index == 1)

    def test_a_faulty_listener_does_not_stop_the_music(
        self, rig: Rig, tracks: list[Path], caplog: pytest.LogCaptureFixture
    ) -> None:
        def faulty(status: PlayerStatus) -> None:
            raise RuntimeError("a bug")

        rig.player.add_listener(faulty)
        rig.start(tracks)
        rig.until(lambda: "a listener of the player failed" in caplog.text)
        rig.pull(0.3)
        assert rig.player.status.state is PLAYING


class TestClosing:
    def test_it_releases_everything(self, rig: Rig, tracks: list[Path]) -> None:
        rig.start(tracks)
        rig.pull(0.1)
        rig.player.close()
        assert rig.output.closed
        rig.player.close()

    def test_a_listener_may_close(self, tracks: list[Path]) -> None:
        player = Player(Device(lambda fill, lost: RealTimeOutput(fill, lost)))
        player.add_listener(lambda status: player.close())
        player.load(tracks)
        player.play()
        wait_until(lambda: not player._thread.is_alive())

    def test_an_unused_player_closes(self) -> None:
        Player(Device()).close()

    def test_a_closed_player_does_nothing(self, tracks: list[Path]) -> None:
        player = Player(Device())
        player.load(tracks)
        player.close()
        player.play()
        assert player.status.state is STOPPED


class TestTrouble:
    def test_a_slow_drive_keeps_nobody_waiting(
        self, rig: Rig, tracks: list[Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        opened, go_on = threading.Event(), threading.Event()

        def slow(*args: object) -> AudioStream:
            opened.set()
            go_on.wait(5)
            return AudioStream(*args)  # type: ignore[arg-type]

        monkeypatch.setattr(decoder, "AudioStream", slow)
        rig.player.load(tracks)
        rig.player.play()
        assert opened.wait(5)
        before = time.monotonic()
        rig.player.seek(1.0)
        rig.player.volume = 0.3
        rig.player.next()
        assert rig.player.status.index == 1
        assert time.monotonic() - before < 0.1
        go_on.set()
        rig.running()
        rig.pull(0.2)
        assert rig.player.status.index == 1

    def test_a_bug_in_its_thread_ends_the_music_and_is_reported(
        self, tracks: list[Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reported: list[object] = []
        monkeypatch.setattr(threading, "excepthook", lambda args: reported.append(args.exc_value))

        def faulty(fill: object, lost: object) -> FakeOutput:
            raise RuntimeError("a bug")

        player = Player(faulty)
        player.load(tracks, start=1)
        player.play()
        wait_until(lambda: not player._thread.is_alive())
        assert (player.status.state, player.status.index) == (STOPPED, 1)
        assert [str(error) for error in reported] == ["a bug"]
        player.close()
