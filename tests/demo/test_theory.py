"""Chords, voice leading and the written forms of melodies and patterns."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miso_desktop.demo import harmony
from miso_desktop.demo.theory import frequency, melody, pattern, pitch, progression, shift, swell

ROOTS = ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"]
QUALITIES = ["", "m", "7", "m7", "maj7", "m9", "maj9", "sus4", "m7b5", "dim7", "add9"]
chords = st.builds(lambda root, quality: root + quality, st.sampled_from(ROOTS),
                   st.sampled_from(QUALITIES))  # fmt: skip


@pytest.mark.parametrize(
    ("name", "number"), [("C4", 60), ("A4", 69), ("Bb3", 58), ("Cb4", 59), ("B#3", 60)]
)
def test_notes_have_midi_numbers(name, number):
    assert pitch(name) == number


def test_a4_is_440_hertz():
    assert frequency(69) == pytest.approx(440.0)
    assert frequency(81) == pytest.approx(880.0)


@pytest.mark.parametrize("wrong", ["H4", "C", "c4", ""])
def test_what_is_no_note_is_refused(wrong):
    with pytest.raises(ValueError, match="not a note"):
        pitch(wrong)


@pytest.mark.parametrize("wrong", ["Cxyz", "H7", "maj7"])
def test_what_is_no_chord_is_refused(wrong):
    with pytest.raises(ValueError, match="not a chord"):
        progression(wrong)


@given(st.lists(chords, min_size=1, max_size=6))
def test_voicings_stay_in_range_and_in_the_chord(names):
    for chord in progression(" | ".join(names), low="G3", high="F5"):
        assert all(pitch("G3") <= p <= pitch("F5") for p in chord.voicing)
        assert {p % 12 for p in chord.voicing} <= set(chord.tones)
        assert list(chord.voicing) == sorted(set(chord.voicing))


def test_voices_move_by_small_steps():
    led = progression("C | Am | F | G | C", voices=4)
    for before, after in itertools.pairwise(led):
        moves = [abs(a - b) for a, b in zip(before.voicing, after.voicing, strict=True)]
        assert max(moves) <= 4


def test_a_slash_names_the_bass():
    (chord,) = progression("C/G")
    assert (chord.root, chord.bass) == (0, 7)
    (note,) = harmony.roots([chord], low=36)
    assert note.pitch == pitch("G2")


def test_chords_of_a_bar_share_it():
    assert [(c.beat, c.length) for c in progression("C | F G", at=8)] == [(8, 4), (12, 2), (14, 2)]


def test_melodies_keep_a_length_until_the_next_one():
    line = melody("C4:.5 D4 -:1 E4!:2 | F4?", velocity=0.5)
    assert [(n.beat, n.length, n.pitch) for n in line] == [
        (0, 0.5, 60),
        (0.5, 0.5, 62),
        (2, 2, 64),
        (4, 2, 65),
    ]
    assert line[2].velocity > 0.5 > line[3].velocity


def test_patterns_repeat_through_the_bars():
    hits = pattern("X..o", bars=2)
    assert len(hits) == 16
    assert hits[0].velocity > hits[1].velocity
    assert hits[2].beat == 1.0


def test_a_later_section_starts_its_pattern_anew():
    chords_ = progression("C | F", at=6)
    assert [n.beat for n in harmony.bass_line(chords_, "x.......5.......")] == [6, 8, 10, 12]


def test_broken_chords_climb_an_octave_beyond_the_voicing():
    (chord,) = progression("C")
    line = harmony.broken([chord], (0, 4), step=1.0)
    assert line[1].pitch == line[0].pitch + 12


def test_shift_and_swell_change_what_they_say():
    line = shift(melody("C4 D4 E4"), 4, transpose=12)
    assert [n.pitch for n in line] == [72, 74, 76]
    grown = swell(line, 0.5, 1.0)
    assert [n.velocity for n in grown] == pytest.approx([0.4, 0.6, 0.8])
