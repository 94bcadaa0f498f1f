"""Synthesis, mixing and rendering: pitch, level, and the same bytes every time."""

import inspect

import numpy as np
import pytest

from miso_desktop import demo
from miso_desktop.audio import AudioStream
from miso_desktop.demo import synth
from miso_desktop.demo.instruments import drums, electronic, keys, plucked, sustained
from miso_desktop.demo.mixing import Master, limit, loudness, master, reverb
from miso_desktop.demo.pieces import PIECES
from miso_desktop.demo.render import render
from miso_desktop.demo.song import Song
from miso_desktop.demo.theory import Note, melody

PITCHED = [
    keys.piano, keys.electric_piano, plucked.steel_guitar, plucked.nylon_guitar,
    plucked.electric_bass, plucked.harp, sustained.strings, sustained.brass, sustained.flute,
    sustained.voice, sustained.choir, electronic.pad, electronic.synth_bass, electronic.lead,
]  # fmt: skip


def instruments_of(module):
    return [
        function
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if not name.startswith("_") and function.__module__ == module.__name__
        and list(inspect.signature(function).parameters)[:2] == ["frequency", "hold"]
    ]  # fmt: skip


EVERY = [f for m in (drums, electronic, keys, plucked, sustained) for f in instruments_of(m)]


def sine(hz, seconds=1.0, level=0.5):
    mono = level * np.sin(2 * np.pi * hz * synth.times(seconds))
    return np.stack([mono, mono], axis=1)


def fundamental(tone):
    """Pitch in Hz by autocorrelation, refined with a parabola."""
    mono = tone.mean(axis=1) if tone.ndim == 2 else tone
    piece = mono[9600:24_000] * np.hanning(14_400)
    spectrum = np.abs(np.fft.rfft(piece, 65_536)) ** 2
    correlation = np.fft.irfft(spectrum)
    lags = slice(48_000 // 500, 48_000 // 100)
    best = int(np.argmax(correlation[lags])) + lags.start
    a, b, c = correlation[best - 1 : best + 2]
    return 48_000 / (best + 0.5 * (a - c) / (a - 2 * b + c))


@pytest.mark.parametrize("instrument", PITCHED, ids=lambda f: f.__name__)
@pytest.mark.parametrize("hz", [146.83, 220.0])
def test_instruments_are_in_tune(instrument, hz):
    tone = instrument(hz, 1.0, 0.8, np.random.default_rng(1))
    assert 1200 * abs(np.log2(fundamental(tone) / hz)) < 20


@pytest.mark.parametrize("instrument", EVERY, ids=lambda f: f.__name__)
def test_every_instrument_sounds_and_falls_silent(instrument):
    tone = instrument(110.0, 0.4, 0.9, np.random.default_rng(1))
    assert np.isfinite(tone).all()
    assert 0.02 < np.abs(tone).max() < 4.0
    assert np.abs(tone[-48:]).max() < 0.02


@pytest.mark.parametrize("instrument", EVERY, ids=lambda f: f.__name__)
def test_playing_harder_is_louder(instrument):
    soft, hard = (instrument(110.0, 0.4, v, np.random.default_rng(1)) for v in (0.3, 1.0))
    assert (hard**2).sum() > (soft**2).sum()


def test_a_harmonic_table_holds_no_aliases():
    table = synth.harmonic_table(5000.0, synth.saw(20_000.0))
    spectrum = np.abs(np.fft.rfft(table[:-1]))
    assert spectrum[4:].max() < 1e-9 * spectrum[1]


def test_equalise_follows_its_curve():
    quieter = synth.equalise(sine(1000.0), (500, 0), (1000, -12), (2000, 0))
    middle = slice(12_000, 36_000)
    ratio = quieter[middle].std() / sine(1000.0)[middle].std()
    assert 20 * np.log10(ratio) == pytest.approx(-12, abs=0.2)


def test_full_scale_sine_has_the_loudness_of_the_standard():
    # ITU-R BS.1770: 0 dB at 997 Hz in one channel reads -3.01; two channels give 0.0.
    assert loudness(sine(997.0, 2.0, 1.0)) == pytest.approx(0.0, abs=0.3)


def test_silence_has_no_loudness():
    assert loudness(np.zeros((48_000, 2))) == -70.0


def test_the_limiter_keeps_the_ceiling():
    loud = 3.0 * sine(80.0) * np.linspace(0, 1, 48_000)[:, None]
    assert np.abs(limit(loud, -1.0)).max() <= 10 ** (-1 / 20) + 1e-12


def test_mastering_reaches_the_loudness_asked_for():
    rng = np.random.default_rng(3)
    mix = rng.standard_normal((96_000, 2)) * np.abs(np.sin(np.arange(96_000) / 9000))[:, None]
    assert loudness(master(mix, Master(loudness=-16.0))[:48_000]) == pytest.approx(-16.0, abs=1.5)


def test_reverb_rings_for_its_time():
    click = np.zeros((144_000, 2))
    click[0] = 1.0
    tail = reverb(click, 1.0, np.random.default_rng(0))
    early = (tail[4800:9600] ** 2).sum()
    late = (tail[43_200:48_000] ** 2).sum()
    assert -60 < 10 * np.log10(late / early) < -35


def little_song(name="little"):
    song = Song(name, 120, reverb_s=0.4, ring_s=0.5)
    song.add("piano", keys.piano, melody("C4:.5 E4 G4"))
    song.add("kick", drums.kick, [Note(0, 0.5, 60), Note(1, 0.5, 60)])
    return song


def test_a_song_sounds_the_same_every_time():
    assert np.array_equal(little_song().render(), little_song().render())


def test_songs_of_other_names_are_played_a_little_differently():
    assert not np.array_equal(little_song().render(), little_song("other").render())


def test_a_song_lasts_as_long_as_its_tempo_says():
    slow = little_song()
    slow.tempo(0, 60)
    assert len(little_song().render()) == round((0.75 + 0.5) * 48_000)
    assert len(slow.render()) == round((1.5 + 0.5) * 48_000)


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.function)
def test_every_piece_is_composed(piece):
    assert isinstance(piece.compose(), Song)


@pytest.mark.slow
def test_rendering_a_piece_again_gives_the_same_bytes_and_the_shipped_sound(tmp_path):
    piece = next(p for p in PIECES if p.function == "empty_chair")
    files = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        files.append(render(piece, folder))
    assert files[0].read_bytes() == files[1].read_bytes()
    again, shipped = (decoded(path) for path in (files[0], demo.album() / piece.file_name))
    assert len(again) == len(shipped)
    assert np.corrcoef(again.ravel(), shipped.ravel())[0, 1] > 0.999


def decoded(path):
    with AudioStream(path, rate=48_000, channels=2) as stream:
        return np.concatenate(list(stream.blocks()))
