"""Romantic: slow, warm, ninth chords; nobody is in a hurry."""

from __future__ import annotations

from miso_desktop.demo import harmony
from miso_desktop.demo.instruments import drums, electronic, keys, plucked, sustained
from miso_desktop.demo.mixing import Master
from miso_desktop.demo.pieces.band import groove
from miso_desktop.demo.song import Song, chorus
from miso_desktop.demo.theory import Note, melody, progression, shift, swell

_WARM = Master(
    loudness=-17.0, glue=1.6, body=-14.0, warmth=4.0,
    air=((28, -12), (45, 2), (150, 3), (500, 0), (1500, -3), (4000, 1), (10_000, 4)),
)  # fmt: skip


def letter_at_night() -> Song:
    """Ballad in D flat: piano alone, then strings and a soft kit beneath a voice."""
    song = Song("letter at night", 68, reverb_s=2.2, master=_WARM, ring_s=4.5)
    intro = progression("Gbmaj7 | Ab/Gb | Fm7 | Bbm9", low="F3", high="F5")
    verse = progression(
        "Gbmaj7 | Ab6 | Fm7 Bbm7 | Ebm9 Ab7sus4 | Gbmaj7 | Ab6 | Fm7 Bb7 | Ebm7 Ab7",
        low="F3", high="F5", at=16,
    )  # fmt: skip
    ending = progression("Gbmaj7 Gbm6 | Dbmaj9", low="F3", high="F5", at=48)
    form = [*intro, *verse, *ending]
    rolling = harmony.broken(form[:-1], (0, 1, 2, 3, 2, 1, 2, 1), step=0.5, length=1.6)
    last = [
        Note(52 + 0.12 * i, 7, number, 0.55)
        for i, number in enumerate((37, 44, *form[-1].voicing, 77, 80))
    ]
    song.add("piano", keys.piano, [*rolling, *last], level=-7, room=0.3, loose=0.012)
    low = harmony.roots(form[:-1], low=34)
    song.add("left hand", keys.piano, low, level=-8, room=0.25)
    strings = harmony.held([*verse, *ending], velocity=0.5)
    song.add("strings", sustained.strings, swell(strings, 0.7, 1.1), level=-12, room=0.4)
    song.add("cellos", sustained.strings, shift(low[-11:], 0, transpose=0), level=-15, place=0.3)
    song.add("pad", electronic.pad, harmony.held(form, velocity=0.35), level=-17, room=0.4)
    song.add("bass", plucked.electric_bass, harmony.roots([*verse, *ending], low=30, velocity=0.55),
             level=-8, room=0.05)  # fmt: skip
    groove(
        song, "soft", 16, 8, soft_kick="x.....o.x.......", rim="....x.......x...",
        shaker="o.o.", hat="x.o.", gain=-2,
    )  # fmt: skip
    groove(song, "lift", 32, 4, snare="....o.......o...", hat="..o.", gain=-5)
    glints = harmony.broken(verse, (0, 2, 3, 2), step=1.0)
    song.add("glints", keys.celesta, shift(glints, 0, transpose=12), level=-19, room=0.5)
    tune = melody(
        "-:1 F5:.5 Eb5 Db5:1 Ab4:.5 Bb4 | C5:2.5 Bb4:.5 Ab4:1 | -:.5 Ab4 C5 Eb5 Db5:1.5 F4:.5 |"
        "Gb4:1 Bb4:.5 Db5 Db5:1 C5 | -:1 F5:.5 Gb5 Ab5:1 F5:.5 Eb5 | Eb5:2.5 F5:.5 C5:1 |"
        "-:.5 C5 Eb5 Ab5 F5:1.5 D5:.5 | Gb5:1 F5:.5 Eb5 Eb5:1 C5 | Db5:2 A4:2 | Ab4:4",
        velocity=0.6,
    )
    song.add("voice", sustained.voice, shift(tune, 16), level=-9, room=0.4, loose=0.015)
    answer = melody("Ab5:.5 F5 Db5:1 -:2 | -:2 Ab5:.5 Bb5 C6:1 | -:4 | Bb5:.5 F5 Db5:1 -:2")
    song.add("piano right", keys.piano, answer, level=-10, room=0.35)
    song.tempo(44, 68)
    song.tempo(53, 54)
    return song


def late_afternoon() -> Song:
    """Bossa in E for nylon guitar and electric piano, brushes, a flute."""
    song = Song("late afternoon", 78, reverb_s=1.7, master=_WARM, ring_s=4.0)
    turn = "Emaj9 | C#m9 | F#m9 | B9 | Emaj7 | G#m7 C#7b9 | F#m9 | Am6 B7sus4"
    first = progression(turn, low="E3", high="C#5")
    second = progression(turn, low="E3", high="C#5", at=32)
    ending = progression("Emaj9", low="E3", high="C#5", at=64)
    row = "x..x..x...x..x.." + "x...x..x..x...x."
    guitar = harmony.struck([*first, *second], row, length=0.9)
    rolled = [Note(64 + 0.1 * i, 6, n, 0.6) for i, n in enumerate((40, 47, *ending[0].voicing))]
    song.add("guitar", plucked.nylon_guitar, [*guitar, *rolled], level=-8, place=-0.3, room=0.25)
    song.add("electric piano", keys.electric_piano,
             harmony.held([*first, *second, *ending], velocity=0.45), level=-10, place=0.3,
             room=0.3, insert=chorus())  # fmt: skip
    bass = harmony.bass_line([*first, *second], "x.....x.5.....5.", length=1.1, low=28)
    song.add("bass", plucked.electric_bass, [*bass, Note(64, 6, 28, 0.7)], level=-6, room=0.06)
    groove(song, "bossa", 0, 16, soft_kick="x.....oxx.....ox", shaker="xoxo", hat="x.o.", gain=-4)
    groove(song, "rim", 16, 12, rim="x..x..x...x..x..", brush="....x.......x...", gain=-3)
    tune = melody(
        "-:1 B4:.5 C#5 D#5:1 G#5:1 | F#5:.5 E5 B4:3 | -:.5 A4 C#5 E5 G#5:1 E5:.5 F#5 | C#5:3 -:1 |"
        "-:1 B4:.5 D#5 F#5:1 B5 | A#5:.5 F#5 D#5:1 D5:.5 F5 G#5:1 | A5:1.5 G#5:.5 E5:1 C#5 |"
        "C5:1.5 E5:.5 C#5:2",
        velocity=0.65,
    )
    song.add("flute", sustained.flute, shift(tune, 0), level=-9, place=0.1, room=0.4, loose=0.015)
    song.add("voice", sustained.voice, [*shift(tune, 32), Note(64, 5, 71, 0.5)],
             level=-10, room=0.4, loose=0.015)  # fmt: skip
    lush = harmony.held([*second, *ending], velocity=0.45)
    song.add("strings", sustained.strings, swell(lush, 0.6, 1.0), level=-10, room=0.45)
    song.add("cymbal", drums.swelled_cymbal, [Note(29, 3, 60, 0.35)], level=-10, place=-0.3)
    song.tempo(60, 78)
    song.tempo(65, 64)
    return song
