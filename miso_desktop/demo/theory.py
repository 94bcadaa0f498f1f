"""Notes, chords and voice leading: what a composer writes before anything sounds."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_QUALITIES = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "5": (0, 7),
    "6": (0, 4, 7, 9),
    "m6": (0, 3, 7, 9),
    "7": (0, 4, 7, 10),
    "m7": (0, 3, 7, 10),
    "maj7": (0, 4, 7, 11),
    "maj9": (0, 4, 7, 11, 14),
    "m9": (0, 3, 7, 10, 14),
    "9": (0, 4, 7, 10, 14),
    "add9": (0, 4, 7, 14),
    "madd9": (0, 3, 7, 14),
    "sus4": (0, 5, 7),
    "sus2": (0, 2, 7),
    "7sus4": (0, 5, 7, 10),
    "dim": (0, 3, 6),
    "dim7": (0, 3, 6, 9),
    "m7b5": (0, 3, 6, 10),
    "aug": (0, 4, 8),
    "7b9": (0, 4, 7, 10, 13),
}
_CHORD = re.compile(r"^([A-G][#b]?)([^/]*)(?:/([A-G][#b]?))?$")
_NOTE = re.compile(r"^([A-G])([#b]?)(-?\d)$")


@dataclass(frozen=True)
class Note:
    """One note of a part.

    Attributes
    ----------
    beat, length : float
        When it starts and how long it is held, in beats.
    pitch : int
        MIDI number; drums ignore it.
    velocity : float
        How hard it is played, 0 to 1.
    """

    beat: float
    length: float
    pitch: int
    velocity: float = 0.8


@dataclass(frozen=True)
class Chord:
    """A chord as it is held: root and bass as pitch classes, then its sounding pitches."""

    beat: float
    length: float
    root: int
    bass: int
    tones: tuple[int, ...]
    voicing: tuple[int, ...] = ()


def pitch(name: str) -> int:
    """MIDI number of a note such as ``"F#4"``; C4 is 60.

    Raises
    ------
    ValueError
        If it is not the name of a note.
    """
    match = _NOTE.match(name)
    if not match:
        raise ValueError(f"not a note: {name!r}")
    return pitch_class(match[1] + match[2], wrap=False) + 12 * (int(match[3]) + 1)


def pitch_class(name: str, *, wrap: bool = True) -> int:
    """Semitones above C of ``"F#"``, ``"Bb"`` ..."""
    step = _STEPS[name[0]] + name.count("#") - name.count("b")
    return step % 12 if wrap else step


def frequency(number: float) -> float:
    """Frequency in Hz of a MIDI number, equal temperament, A4 = 440 Hz."""
    return float(440.0 * 2.0 ** ((number - 69.0) / 12.0))


def progression(
    text: str,
    *,
    low: str = "G3",
    high: str = "E5",
    voices: int = 4,
    beats: float = 4.0,
    at: float = 0.0,
) -> list[Chord]:
    """Read chords and lead their voices.

    Parameters
    ----------
    text : str
        Bars divided by ``|``; chords in a bar share it evenly: ``"C | Am7 F | G7sus4 G7"``.
    low, high : str
        Range of the voicings.
    voices : int
        Notes in each voicing, 2 to 5.
    beats : float
        Beats in a bar.
    at : float
        Beat at which the first chord starts.

    Raises
    ------
    ValueError
        If a chord's name is not understood.
    """
    chords = []
    for bar, content in enumerate(text.split("|")):
        names = content.split()
        share = beats / len(names)
        chords += [
            _read_chord(name, at + bar * beats + place * share, share)
            for place, name in enumerate(names)
        ]
    return _lead(chords, pitch(low), pitch(high), voices)


def _read_chord(name: str, beat: float, length: float) -> Chord:
    match = _CHORD.match(name)
    if not match or match[2] not in _QUALITIES:
        raise ValueError(f"not a chord: {name!r}")
    root = pitch_class(match[1])
    bass = pitch_class(match[3]) if match[3] else root
    return Chord(beat, length, root, bass, tuple((root + i) % 12 for i in _QUALITIES[match[2]]))


def _lead(chords: Sequence[Chord], low: int, high: int, voices: int) -> list[Chord]:
    led: list[Chord] = []
    before = tuple(round(low + (high - low) * (i + 1) / (voices + 1)) for i in range(voices))
    for chord in chords:
        before = min(_voicings(chord, low, high, voices), key=lambda held: _movement(before, held))
        led.append(replace(chord, voicing=before))
    return led


def _voicings(chord: Chord, low: int, high: int, voices: int) -> list[tuple[int, ...]]:
    """Ways to hold a chord: every tone that fits, close but without semitone clusters."""
    tones = chord.tones
    if len(tones) > voices:  # the bass has the root, and the fifth colours least
        spare = [tones[2], tones[0]][: len(tones) - voices]
        tones = tuple(tone for tone in tones if tone not in spare)
    pitches = [p for p in range(low, high + 1) if p % 12 in tones]
    ways = [
        way
        for way in itertools.combinations(pitches, voices)
        if {p % 12 for p in way} >= set(tones) and way[-1] - way[0] <= 19
    ]
    smooth = [way for way in ways if way[-1] - way[-2] > 1 and way[1] - way[0] > 1]
    if not ways:
        raise ValueError(f"no voicing of {tones} with {voices} voices between {low} and {high}")
    return smooth or ways


def _movement(before: Sequence[int], after: Sequence[int]) -> float:
    steps = [abs(a - b) for a, b in zip(before, after, strict=True)]
    return sum(steps) + 0.5 * max(steps)


def melody(text: str, *, velocity: float = 0.8, transpose: int = 0) -> list[Note]:
    """Read a line such as ``"E5:1.5 D5:.5 -:1 C5!"``.

    A length stays until the next one; ``-`` rests; ``!`` accents, ``?`` plays softer;
    ``|`` may divide bars and means nothing.
    """
    notes: list[Note] = []
    beat, length = 0.0, 1.0
    for token in text.replace("|", " ").split():
        name, _, written = token.partition(":")
        weight = 1.2 if "!" in token else 0.75 if "?" in token else 1.0
        name, written = name.rstrip("!?"), written.rstrip("!?")
        length = float(written) if written else length
        if name != "-":
            strength = min(1.0, velocity * weight)
            notes.append(Note(beat, length, pitch(name) + transpose, strength))
        beat += length
    return notes


def pattern(text: str, *, bars: float = 1, step: float = 0.25, number: int = 60) -> list[Note]:
    """Repeat a row of steps: ``X`` loud, ``x`` plain, ``o`` ghost, ``.`` rest."""
    row = text.replace(" ", "").replace("|", "")
    strength = {"X": 1.0, "x": 0.75, "o": 0.4}
    total = round(bars * 4.0 / step)
    return [
        Note(i * step, step, number, strength[row[i % len(row)]])
        for i in range(total)
        if row[i % len(row)] != "."
    ]


def shift(notes: Sequence[Note], beats: float, *, transpose: int = 0) -> list[Note]:
    """The same notes, later and perhaps higher."""
    return [replace(n, beat=n.beat + beats, pitch=n.pitch + transpose) for n in notes]


def repeat(notes: Sequence[Note], times: int, beats: float) -> list[Note]:
    """The same notes again and again, every ``beats`` beats."""
    return [note for i in range(times) for note in shift(notes, i * beats)]


def swell(notes: Sequence[Note], start: float, end: float) -> list[Note]:
    """Scale velocities from ``start`` at the first note to ``end`` at the last."""
    first, last = notes[0].beat, max(notes[-1].beat, notes[0].beat + 1e-9)
    return [
        replace(
            n,
            velocity=min(
                1.0, n.velocity * (start + (end - start) * (n.beat - first) / (last - first))
            ),
        )
        for n in notes
    ]
