from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from miso_desktop.audio import Samples
from miso_desktop.errors import MisoError
from miso_desktop.player.decoder import MAX_BOOST_DB, Chunk, Entry, QueueDecoder, level
from tests.sound_files import sine, write

RATE = 44100


def decode(
    entries: list[Entry], index: int = 0, position_s: float = 0.0, rate: int = RATE
) -> tuple[Samples, list[Chunk], list[tuple[Path, MisoError]]]:
    failures: list[tuple[Path, MisoError]] = []
    decoder = QueueDecoder(
        entries, index, position_s, rate, lambda e, error: failures.append((e.path, error))
    )
    chunks = []
    while (chunk := decoder.read()) is not None:
        chunks.append(chunk)
    samples = np.concatenate([np.zeros((0, 2), np.float32), *(c.samples for c in chunks)])
    return samples, chunks, failures


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mp3"])
def test_two_halves_of_a_sine_join_without_a_seam(tmp_path: Path, suffix: str) -> None:
    whole = sine(2)
    halves = [
        write(tmp_path / f"{number}{suffix}", part)
        for number, part in enumerate((whole[:41000], whole[41000:]))
    ]
    samples, _, _ = decode([Entry(path) for path in halves])
    assert len(samples) == len(whole)
    np.testing.assert_allclose(samples, whole, atol=0.05 if suffix == ".mp3" else 1e-4)


def test_every_chunk_knows_its_place(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{n}.flac", sine(1)) for n in range(2)]
    _, chunks, _ = decode([Entry(path) for path in paths], 0, 0.4)
    assert [c.index for c in chunks if c.first] == [0, 1]
    at = {0: 0.4, 1: 0.0}
    for chunk in chunks:
        assert chunk.position_s == pytest.approx(at[chunk.index], abs=1e-6)
        assert chunk.duration_s == 1.0
        at[chunk.index] += len(chunk.samples) / RATE
    assert at == {0: pytest.approx(1.0), 1: pytest.approx(1.0)}


def test_bad_tracks_are_named_and_passed_over(tmp_path: Path) -> None:
    good = write(tmp_path / "good.wav", sine(0.5))
    bad = tmp_path / "bad.mp3"
    bad.write_bytes(b"no music")
    gone = tmp_path / "gone.ogg"
    samples, chunks, failures = decode([Entry(p) for p in (gone, good, bad, good, gone)])
    assert [path for path, _ in failures] == [gone, bad, gone]
    assert [error.kind for _, error in failures] == ["missing", "unreadable-track", "missing"]
    assert [c.index for c in chunks if c.first] == [1, 3]
    assert len(samples) == RATE


def test_beyond_the_end_of_a_track_lies_the_next(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{n}.wav", sine(0.5)) for n in range(2)]
    _, chunks, failures = decode([Entry(path) for path in paths], 0, 30.0)
    assert {c.index for c in chunks} == {1}
    assert not failures


def test_an_empty_queue_ends_at_once() -> None:
    assert decode([])[0].size == 0


def test_the_gain_of_each_track_is_its_own(tmp_path: Path) -> None:
    path = write(tmp_path / "x.wav", sine(0.5, level=0.4))
    _, chunks, _ = decode([Entry(path, -6.0), Entry(path), Entry(path, 3.0)])
    peaks = [max(np.abs(c.samples).max() for c in chunks if c.index == index) for index in range(3)]
    assert peaks == pytest.approx([0.4 * 10**-0.3, 0.4, 0.4 * 10**0.15], abs=1e-3)


class TestLevel:
    blocks = npst.arrays(np.float32, (50, 2), elements=st.floats(-4, 4, width=32))

    @given(block=blocks, gain=st.one_of(st.none(), st.floats(allow_nan=True)))
    def test_never_clips_beyond_full_scale(self, block: Samples, gain: float | None) -> None:
        out = level(block, gain)
        assert out.dtype == np.float32
        assert np.abs(out).max() <= 1.0
        assert (np.sign(out) * np.sign(block) >= 0).all()

    def test_a_boost_is_held(self) -> None:
        quiet = sine(0.1, level=0.1)
        assert np.abs(level(quiet, 60.0)).max() == pytest.approx(
            0.1 * 10 ** (MAX_BOOST_DB / 20), rel=1e-3
        )

    def test_boosted_peaks_are_bent_not_cut(self) -> None:
        loud = level(sine(0.1, level=0.95), 6.0)
        assert 0.98 < np.abs(loud).max() < 1.0
        assert len(np.unique(np.abs(loud[:, 0])[np.abs(loud[:, 0]) > 0.97])) > 20

    def test_without_a_gain_nothing_changes(self) -> None:
        block = sine(0.1, level=1.0)
        np.testing.assert_array_equal(level(block, None), block)
        np.testing.assert_array_equal(level(block, 0.0), block)
