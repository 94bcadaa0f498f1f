"""From chords to the notes of an accompaniment."""

from __future__ import annotations

from collections.abc import Sequence

from miso_desktop.demo.theory import Chord, Note, pattern, shift


def held(chords: Sequence[Chord], *, velocity: float = 0.7, overlap: float = 0.0) -> list[Note]:
    """Every voice for the whole of its chord; ``overlap`` beats into the next."""
    return [
        Note(chord.beat, chord.length + overlap, number, velocity)
        for chord in chords
        for number in chord.voicing
    ]


def top_line(chords: Sequence[Chord], *, octave: int = 0, velocity: float = 0.6) -> list[Note]:
    """The highest voice alone, as a counter-melody."""
    return [Note(c.beat, c.length, c.voicing[-1] + 12 * octave, velocity) for c in chords]


def struck(
    chords: Sequence[Chord], row: str, *, step: float = 0.25, length: float = 0.25
) -> list[Note]:
    """The whole chord at every hit of a pattern that runs through the bars."""
    return [
        Note(hit.beat, length, number, hit.velocity)
        for hit, chord in _under(chords, row, step)
        for number in chord.voicing
    ]


def strummed(
    chords: Sequence[Chord], row: str, *, step: float = 0.5, length: float = 1.0
) -> list[Note]:
    """Chords strummed string after string: down on the beat, up between beats."""
    notes = []
    for hit, chord in _under(chords, row, step):
        down = ((hit.beat - chords[0].beat) / step) % 2 == 0
        strings = chord.voicing if down else chord.voicing[::-1][:3]
        lag = 0.025 if down else 0.016
        notes += [
            Note(hit.beat + i * lag, length, number, hit.velocity * (1.0 - 0.05 * i))
            for i, number in enumerate(strings)
        ]
    return notes


def broken(
    chords: Sequence[Chord], order: Sequence[int], *, step: float = 0.5, length: float = 1.0
) -> list[Note]:
    """Voices one after another in ``order``; numbers beyond the voicing go an octave up.

    The order starts anew with every chord; the first note of a chord is a little louder.
    """
    notes = []
    for chord in chords:
        for i in range(round(chord.length / step)):
            octave, voice = divmod(order[i % len(order)], len(chord.voicing))
            number = chord.voicing[voice] + 12 * octave
            notes.append(Note(chord.beat + i * step, length, number, 0.8 if i == 0 else 0.65))
    return notes


def bass_line(
    chords: Sequence[Chord], row: str, *, step: float = 0.25, length: float = 0.5, low: int = 28
) -> list[Note]:
    """The bass at every hit: ``x`` root, ``5`` fifth, ``8`` octave, ``.`` rest.

    ``X`` and ``o`` are the root too, louder and softer. ``low`` is the lowest MIDI number.
    """
    plain = "".join("x" if sign in "58" else sign for sign in row)
    signs = row.replace(" ", "").replace("|", "")
    notes = []
    for hit, chord in _under(chords, plain, step):
        root = low + (chord.bass - low) % 12
        sign = signs[round((hit.beat - chords[0].beat) / step) % len(signs)]
        number = root + {"5": 7, "8": 12}.get(sign, 0)
        notes.append(Note(hit.beat, length, number, hit.velocity))
    return notes


def roots(chords: Sequence[Chord], *, low: int = 28, velocity: float = 0.8) -> list[Note]:
    """One bass note a chord, held."""
    return [Note(c.beat, c.length, low + (c.bass - low) % 12, velocity) for c in chords]


def _under(chords: Sequence[Chord], row: str, step: float) -> list[tuple[Note, Chord]]:
    """Hits of a pattern, counted from the first chord, with the chord that sounds at each."""
    start = chords[0].beat
    bars = (chords[-1].beat + chords[-1].length - start) / 4.0
    hits = shift(pattern(row, bars=bars, step=step), start)
    return [(hit, next(c for c in reversed(chords) if c.beat <= hit.beat + 1e-9)) for hit in hits]
