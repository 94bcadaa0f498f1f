"""The demo album as it ships: complete, tagged, loud enough, and ours to give away."""

import numpy as np
import pytest

from miso_desktop import demo
from miso_desktop.audio import AudioStream
from miso_desktop.demo.mixing import loudness
from miso_desktop.demo.pieces import ALBUM, PIECES
from miso_desktop.moods import MOODS, Mood

BUDGET = 12_000_000


def decoded(path):
    with AudioStream(path, rate=48_000, channels=2) as stream:
        return np.concatenate(list(stream.blocks())).astype(np.float64)


def test_every_mood_has_two_or_three_pieces():
    moods = list(demo.intended_moods().values())
    assert len(moods) == 12
    assert all(2 <= moods.count(mood) <= 3 for mood in MOODS)


def test_the_folder_holds_the_album_and_nothing_else():
    found = {path.name for path in demo.album().iterdir()}
    assert found == set(demo.intended_moods())


def test_album_and_photos_fit_the_budget():
    files = [path for path in demo.album().parent.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < BUDGET


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.function)
def test_files_carry_their_tags(piece):
    import mutagen

    tags = mutagen.File(demo.album() / piece.file_name, easy=True).tags
    assert tags["title"] == [piece.title]
    assert tags["artist"] == [piece.artist]
    assert tags["album"] == [ALBUM]
    assert tags["genre"] == [piece.genre]
    number = (tags.get("tracknumber") or tags["track"])[0]
    assert number.split("/")[0] == str(piece.number)


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.function)
def test_pieces_last_long_enough_are_heard_and_ring_out(piece):
    sound = decoded(demo.album() / piece.file_name)
    level = np.abs(sound)
    assert 30.0 <= len(sound) / 48_000 <= 62.0
    assert level.max() < 1.0
    assert -24.0 < loudness(sound) < -8.0
    assert level[-2400:].max() < 0.01, "it must end in silence, not in a cut"
    assert np.abs(sound.mean(axis=0)).max() < 0.01
    assert not np.array_equal(sound[:, 0], sound[:, 1]), "it must be stereo"


def test_aggressive_pieces_are_louder_than_sad_ones():
    levels = {mood: [] for mood in MOODS}
    for name, mood in demo.intended_moods().items():
        levels[mood].append(loudness(decoded(demo.album() / name)))
    assert min(levels[Mood.AGGRESSIVE]) > max(levels[Mood.SAD]) + 4.0


def test_genres_give_the_choice_something_to_choose():
    genres = [piece.genre for piece in PIECES]
    assert genres.count("K-Pop") >= 3
    assert genres.count("Pop") >= 2
    assert any(not piece.title.isascii() for piece in PIECES)
