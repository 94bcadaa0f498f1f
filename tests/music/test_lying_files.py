"""Files that are not what they say: each gets a mood or a named error, and the next goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import mutagen.id3
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from miso_desktop.analysis import TRACK_LIMIT_S, Workers
from miso_desktop.errors import MisoError, UnreadableTrack
from miso_desktop.music import Tagger
from tests import sound_files
from tests.music import sounds


def song(seconds: float = 3.0, channels: int = 2, seed: int = 0) -> np.ndarray:
    return np.repeat(sounds.music(seconds, seed=seed)[:, None], channels, axis=1)


def half(path: Path) -> Path:
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


def wrong_ending(folder: Path) -> Path:
    return sound_files.write(folder / "a.flac", song(), sounds.RATE).rename(folder / "a.mp3")


def truncated(suffix: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        return half(sounds.write(folder / f"a{suffix}", song(6.0)))

    return make


def zero_bytes(folder: Path) -> Path:
    (folder / "a.mp3").touch()
    return folder / "a.mp3"


def text(folder: Path) -> Path:
    (folder / "a.mp3").write_text("do re mi " * 1000)
    return folder / "a.mp3"


def eight_bits(folder: Path) -> Path:
    return sound_files.write(folder / "a.wav", song(), sounds.RATE, codec="pcm_u8")


def very_high_rate(folder: Path) -> Path:
    return sound_files.write(folder / "a.flac", np.tile(song(), (5, 1)), 192_000)


def eight_speakers(folder: Path) -> Path:
    return sound_files.write(folder / "a.wav", song(channels=8), 48_000, layout="7.1")


def variable_bit_rate(folder: Path) -> Path:
    """Silence, music and noise at three bit rates, one after the other, without a header."""
    whole = b""
    for number, part in enumerate((np.zeros((300_000, 2), np.float32), song(12.0), song(9.0))):
        made = sounds.write(folder / f"{number}.mp3", part)
        whole += made.read_bytes()
        made.unlink()
    (folder / "a.mp3").write_bytes(whole)
    return folder / "a.mp3"


def large_cover(folder: Path) -> Path:
    path = sounds.write(folder / "a.mp3", song())
    tags = mutagen.id3.ID3()
    picture = np.random.default_rng(0).bytes(30_000_000)
    tags.add(mutagen.id3.APIC(encoding=3, mime="image/jpeg", type=3, desc="", data=picture))
    tags.add(mutagen.id3.TIT2(encoding=3, text=["노래"]))
    tags.save(path)
    return path


def an_hour_of_silence(folder: Path) -> Path:
    return sound_files.write(folder / "a.flac", np.zeros((3600 * 8000, 1), np.float32), 8000)


JUDGED = {
    "wrong ending": wrong_ending,
    "truncated mp3": truncated(".mp3"),
    "truncated flac": truncated(".flac"),
    "truncated wav": truncated(".wav"),
    "truncated opus": truncated(".opus"),
    "8 bits": eight_bits,
    "192 kHz": very_high_rate,
    "7.1 channels": eight_speakers,
    "variable bit rate": variable_bit_rate,
    "cover of 30 MB": large_cover,
    "an hour of silence": an_hour_of_silence,
}
REFUSED = {"zero bytes": zero_bytes, "text": text, "m4a without its end": truncated(".m4a")}


@pytest.fixture
def workers() -> Iterator[Workers]:
    pool = Workers(1)
    yield pool
    pool.close()


def make(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    return {**JUDGED, **REFUSED}[name](folder / name)


@pytest.mark.slow
def test_one_worker_gives_each_a_mood_or_names_it(workers: Workers, tmp_path: Path) -> None:
    files = {name: make(tmp_path, name) for name in (*REFUSED, *JUDGED)}
    results = {name: workers.tag(file) for name, file in files.items()}
    for name in REFUSED:
        with pytest.raises(UnreadableTrack) as caught:
            results[name].result(TRACK_LIMIT_S)
        assert str(files[name]) in str(caught.value) and caught.value.path == files[name]
    for name in JUDGED:
        found = results[name].result(TRACK_LIMIT_S)
        assert found.path == files[name]
        assert sum(found.scores.values) == pytest.approx(1.0)
        assert found.seconds > 1 and found.tags.duration_s > 1


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger()


@pytest.mark.slow
def test_an_hour_of_silence_is_judged_even(tagger: Tagger, tmp_path: Path) -> None:
    found = tagger.tag(an_hour_of_silence(tmp_path))
    assert found.scores.values == pytest.approx([0.2] * 5)
    assert found.seconds == pytest.approx(30.0)
    assert found.tags.duration_s == pytest.approx(3600.0, abs=1)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("whole")
    return {
        suffix: sounds.write(folder / f"a{suffix}", song(0.6)).read_bytes()
        for suffix in (".mp3", ".flac", ".wav", ".m4a", ".opus")
    }


@st.composite
def damage(draw: st.DrawFn) -> tuple[str, str, float, list[tuple[float, bytes]]]:
    """What a file is, what it says it is, how much of it is left, and what is written over it."""
    return (
        draw(st.sampled_from([".mp3", ".flac", ".wav", ".m4a", ".opus"])),
        draw(st.sampled_from([".mp3", ".flac", ".wav"])),
        draw(st.floats(0, 1)),
        draw(st.lists(st.tuples(st.floats(0, 0.999), st.binary(min_size=1, max_size=40)))),
    )


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(done=damage())
def test_any_damage_ends_in_a_mood_or_a_named_error(
    tagger: Tagger, tmp_path: Path, whole: dict[str, bytes], done: tuple
) -> None:
    suffix, ending, kept, scribbles = done
    damaged = bytearray(whole[suffix][: round(kept * len(whole[suffix]))])
    for place, scribble in scribbles:
        at = int(place * len(damaged))
        damaged[at : at + len(scribble)] = scribble
    path = tmp_path / f"damaged{ending}"
    path.write_bytes(damaged)
    try:
        scores = tagger.tag(path).scores
    except MisoError as error:
        outcome = str(error)
    else:
        assert sum(scores.values) == pytest.approx(1.0)
        assert np.isfinite([*scores.values, scores.valence, scores.arousal]).all()
        outcome = str(path)
    assert str(path) in outcome
