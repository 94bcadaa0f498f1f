from __future__ import annotations

import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from miso_desktop.audio import Samples
from miso_desktop.player.feed import Feed
from miso_desktop.player.ring import RingBuffer
from tests.sound_files import sine

RATE = 48000
STEP = 2 * np.pi * 100 / RATE
"""Largest step between two samples of a 100 Hz sine at full level."""

FADE_STEP = 1 / (0.004 * RATE)
"""What a fade may add to it."""


def a_feed(seconds: float = 1.0, gain: float = 1.0) -> Feed:
    """Playing a loud, slow sine."""
    ring = RingBuffer(RATE * 2)
    ring.write(sine(seconds, 100, RATE, level=1.0))
    feed = Feed(ring, RATE, gain)
    feed.playing = True
    return feed


def pull(feed: Feed, frames: int, block: int = 512) -> Samples:
    parts = [np.zeros((0, 2), np.float32)]
    while frames > 0:
        out = np.full((min(block, frames), 2), np.nan, np.float32)
        feed.fill(out)
        parts.append(out)
        frames -= len(out)
    return np.concatenate(parts)


def largest_step(samples: Samples) -> float:
    return float(np.abs(np.diff(samples[:, 0], prepend=0.0)).max())


def test_sound_passes_unchanged_after_a_short_fade() -> None:
    out = pull(a_feed(), RATE // 2)
    np.testing.assert_array_equal(out[RATE // 50 :], sine(0.5, 100, RATE, 1.0)[RATE // 50 :])


def test_nothing_flows_before_it_shall_play() -> None:
    feed = a_feed()
    feed.playing = False
    assert not pull(feed, 1000).any()
    assert feed.ring.consumed == 0


@given(at=st.integers(0, 20000), block=st.integers(1, 2000))
@settings(max_examples=60, deadline=None)
def test_pause_and_resume_make_no_click_and_lose_nothing(at: int, block: int) -> None:
    feed = a_feed()
    before = pull(feed, at, block)
    feed.playing = False
    silence = pull(feed, 4000, block)
    held = feed.ring.consumed
    assert not silence[-1000:].any()
    feed.playing = True
    after = pull(feed, 8000, block)
    joined = np.concatenate([before, silence, after])
    assert largest_step(joined) <= STEP + FADE_STEP
    assert feed.ring.consumed == held + len(after)


@given(at=st.integers(0, 20000), block=st.integers(1, 2000))
@settings(max_examples=60, deadline=None)
def test_a_jump_makes_no_click(at: int, block: int) -> None:
    feed = a_feed()
    before = pull(feed, at, block)
    feed.ring.discard()
    feed.ring.write(sine(0.3, 100, RATE, 1.0)[RATE // 400 :])  # begins on a crest
    after = pull(feed, 8000, block)
    joined = np.concatenate([before, after])
    assert largest_step(joined) <= STEP + FADE_STEP
    assert np.abs(after[-2000:]).max() > 0.9


def test_running_dry_fades_out_and_is_counted_once() -> None:
    feed = a_feed(seconds=0.1025)  # ends on a crest
    out = pull(feed, RATE // 2)
    assert feed.underruns == 1
    assert largest_step(out) <= STEP + FADE_STEP
    assert not out[RATE // 5 :].any()


def test_running_dry_after_the_last_frame_is_no_underrun() -> None:
    feed = a_feed(seconds=0.1)
    feed.ended = True
    pull(feed, RATE // 2)
    assert feed.underruns == 0


def test_waiting_for_the_first_frames_is_no_underrun() -> None:
    feed = Feed(RingBuffer(100), RATE)
    feed.playing = True
    pull(feed, 1000)
    assert feed.underruns == 0


def test_a_change_of_volume_is_a_ramp() -> None:
    feed = a_feed()
    before = pull(feed, 4800)
    feed.gain = 0.0
    after = pull(feed, 4800)
    assert largest_step(np.concatenate([before, after])) <= STEP + 1 / (0.02 * RATE)
    assert not after[-1000:].any()


def test_a_volume_set_in_silence_holds_from_the_first_frame() -> None:
    feed = a_feed()
    feed.playing = False
    pull(feed, 512)
    feed.gain = 0.25
    pull(feed, 512)
    feed.playing = True
    assert np.abs(pull(feed, 9600)).max() == pytest.approx(0.25, abs=1e-4)


def test_the_volume_holds_in_blocks_of_any_size() -> None:
    feed = a_feed(gain=0.5)
    out = pull(feed, 30_000, block=30_000)
    assert np.abs(out[1000:]).max() == pytest.approx(0.5, abs=1e-4)
    assert largest_step(out) <= STEP


def test_heard_is_behind_by_the_latency_and_catches_up() -> None:
    feed = a_feed()
    pull(feed, 4800, block=4800)
    assert feed.heard(latency_s=0.2) == 0
    time.sleep(0.25)
    assert 1500 <= feed.heard(latency_s=0.2) <= 4800
    time.sleep(0.1)
    assert feed.heard(latency_s=0.2) == 4800


def test_heard_never_lies_before_a_jump() -> None:
    feed = a_feed()
    pull(feed, 4800)
    feed.ring.discard()
    target = feed.ring.written
    feed.ring.write(sine(0.5, 100, RATE))
    pull(feed, 512, block=512)
    assert feed.heard(latency_s=10.0) == target


def test_the_callback_makes_no_arrays() -> None:
    feed = a_feed(gain=0.7)
    out = np.zeros((4096, 2), np.float32)
    feed.fill(out)
    tracemalloc.start()
    try:
        for playing in (True, False, True):
            feed.playing = playing
            feed.gain *= 0.9
            feed.fill(out)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < out.nbytes / 4
