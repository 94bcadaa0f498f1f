"""Sad: minor, slow and sparse; more silence than notes."""

from __future__ import annotations

from miso_desktop.demo import harmony
from miso_desktop.demo.instruments import electronic, keys, plucked, sustained
from miso_desktop.demo.mixing import Master
from miso_desktop.demo.pieces.band import groove
from miso_desktop.demo.song import Song
from miso_desktop.demo.theory import Note, melody, progression, shift, swell

_BARE = Master(
    loudness=-19.5, glue=1.4, body=-14.0, warmth=2.0,
    air=((28, -12), (45, 1), (200, 2), (1000, 0), (2500, -2), (8000, 0)),
)  # fmt: skip


def empty_chair() -> Song:
    """Piano in C minor, a falling bass, one cello; it slows down and stays open."""
    song = Song("empty chair", 58, reverb_s=2.6, master=_BARE, ring_s=5.0)
    walk = "Cm | Cm/Bb | Abmaj7 | G7sus4 G7 | Cm | Gm/Bb | Ab Fm7 | Gsus4 G"
    form = progression(walk, low="G3", high="D5", voices=3)
    ending = progression("Abmaj7 Fm7 | Cm", low="G3", high="D5", voices=3, at=32)
    chords = harmony.broken(form + ending[:2], (0, 1, 2, 1), step=1.0, length=2.2)
    left = harmony.roots([*form, *ending], low=36, velocity=0.45)
    last = [Note(36 + 0.2 * i, 6, n, 0.35) for i, n in enumerate((48, 55, 63, 67))]
    song.add("piano", keys.piano, [*swell(chords, 0.55, 0.75), *last], level=-9, room=0.35,
             loose=0.02)  # fmt: skip
    song.add("left hand", keys.piano, left, level=-8, room=0.35, loose=0.015)
    tune = melody(
        "-:1 G4:.5 C5 Eb5:1.5 D5:.5 | D5:2 -:2 | -:1 C5:.5 Eb5 G5:1.5 Eb5:.5 | "
        "F5:1 Eb5:.5 D5 D5:2 |"
        "-:1 G5:.5 F5 Eb5:1.5 C5:.5 | D5:1.5 Bb4:.5 G4:2 | -:.5 C5 Eb5 C5 Ab4:2 | "
        "G4:1 C5:.5 D5 B4:2 |"
        "C5:2 Ab4:1 F4 | G4:4",
        velocity=0.5,
    )
    song.add("right hand", keys.piano, tune[:17], level=-6, room=0.4, loose=0.02)
    song.add("cello", sustained.voice, shift(tune[17:], 0, transpose=-12), level=-9, place=0.2,
             room=0.45)  # fmt: skip
    song.add("strings", sustained.strings, harmony.held([*form[4:], *ending], velocity=0.3),
             level=-15, room=0.5)  # fmt: skip
    song.tempo(30, 58)
    song.tempo(37, 42)
    return song


def window_seat() -> Song:
    """Fingerpicked guitar in A minor, a voice, rain-like shaker, low strings."""
    song = Song("window seat", 76, reverb_s=2.0, master=_BARE, ring_s=5.0)
    verse = "Am | Am/G | Fmaj7 | E7sus4 E7 | Am | C/G | Dm9 | E7sus4 E7"
    first = progression(verse, low="A3", high="E5")
    second = progression("Fmaj7 | C/G | Dm7 | Am | Fmaj7 | Em7", low="A3", high="E5", at=32)
    ending = progression("Dm9 E7 | Am", low="A3", high="E5", at=56)
    form = [*first, *second, *ending[:2]]
    picking = harmony.broken(form, (0, 2, 1, 3, 0, 2, 1, 2), step=0.5, length=1.4)
    thumb = harmony.bass_line(form, "x.......5.......", length=1.8, low=40)
    last = [Note(60 + 0.15 * i, 6, n, 0.45) for i, n in enumerate((45, 52, 57, 60, 64, 69))]
    guitar = [*picking, *thumb]
    song.add("guitar", plucked.steel_guitar, [*swell(guitar, 0.6, 0.75), *last], level=-6,
             place=-0.15, room=0.25, loose=0.012)  # fmt: skip
    tune = melody(
        "-:2 E5:.5 D5 C5:1 | B4:1.5 A4:.5 G4:2 | -:1 A4:.5 C5 E5:1 D5:.5 C5 | B4:2 G#4:2 |"
        "-:2 E5:.5 F5 E5:1 | G5:1.5 E5:.5 C5:2 | -:1 F5:.5 E5 D5:1 C5:.5 A4 | "
        "B4:1 D5 C5:.5 B4:1.5 |"
        "A4:1 C5 E5:1.5 D5:.5 | E5:1.5 D5:.5 C5:2 | D5:1.5 C5:.5 A4:1 F4 | A4:3 -:1 |"
        "A4:1 C5 E5:1.5 D5:.5 | B4:1.5 G4:.5 E4:2 | F4:1 A4 G#4:2 | A4:5",
        velocity=0.5,
    )
    song.add("voice", sustained.voice, tune, level=-11, room=0.4, loose=0.02)
    low = harmony.held([*second, *ending], velocity=0.3)
    song.add("strings", sustained.strings, shift(low, 0, transpose=-12), level=-19, room=0.45)
    song.add("pad", electronic.pad, harmony.held([*first, *second, *ending], velocity=0.2),
             level=-26, room=0.5)  # fmt: skip
    song.add("bass", plucked.electric_bass, harmony.roots([*second, *ending], low=28, velocity=0.5),
             level=-11, room=0.1)  # fmt: skip
    groove(song, "brushes", 0, 15, brush="o.x.o.x.", soft_kick="x.....o.x.......", gain=2)
    song.tempo(54, 76)
    song.tempo(61, 50)
    return song
