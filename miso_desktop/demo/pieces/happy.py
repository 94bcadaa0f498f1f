"""Happy: major keys, a bright band, syncopated and quick."""

from __future__ import annotations

from dataclasses import replace

from miso_desktop.demo import harmony
from miso_desktop.demo.instruments import electronic, keys, plucked, sustained
from miso_desktop.demo.mixing import Master
from miso_desktop.demo.pieces.band import fill, groove
from miso_desktop.demo.song import Song, chorus, echo, tone
from miso_desktop.demo.theory import Note, melody, progression, repeat, shift

_BRIGHT = Master(
    loudness=-13.5, glue=2.0, body=-11.0, warmth=8.0,
    air=((28, -12), (45, 2), (120, 3), (300, 0), (1000, -1), (2500, 1), (6000, 1.5), (12_000, 2)),
)  # fmt: skip


def first_sunny_day() -> Song:
    """Guitar pop in G: a whistled hook, a verse, a chorus that is sung, the hook again."""
    song = Song("first sunny day", 116, reverb_s=1.1, master=_BRIGHT, swing=0.1)
    verse = progression("G | D/F# | Em7 | Cadd9 | G | D/F# | Em7 | Cadd9")
    refrain = progression("C | D | G | Em7 | C | D | G G/B | C D | G | Cadd9", at=32)
    ending = progression("G | D/F# | Cadd9 | G", at=72)
    strum = "X.xxoxx.x.xxoxxx"
    guitar = [n for part in (verse, refrain, ending[:3]) for n in harmony.strummed(part, strum)]
    guitar += harmony.strummed(ending[3:], "X.......", length=4.0)
    song.add("guitar left", plucked.steel_guitar, guitar, level=-8, place=-0.6)
    song.add("guitar right", plucked.steel_guitar, guitar, level=-9, place=0.65, loose=0.012)

    line = [*verse[4:], *refrain, *ending[:3]]
    bass = harmony.bass_line(line, "X..x..8.x.5.x.x.", low=31)
    song.add("bass", plucked.electric_bass, [*bass, Note(84, 4, 31)], level=-1, room=0.02)
    groove(song, "verse", 16, 4, kick="X..o..x.X...", tambourine="..x.", rim="....X...")
    groove(
        song, "refrain", 32, 13, kick="X.....x.X..x....", snare="....X.......X..o",
        hat="x.X.x.X.", clap="....x.......x...", shaker="xoXo", conga="x..x.oxo..x.x.oo",
    )  # fmt: skip
    groove(song, "accents", 32, 14, crash="X" + "." * 63)
    fill(song, 30, "ss1122ss")
    fill(song, 70, "s.ss1123")

    hook = melody("D5:.5 G5 A5 B5:1 A5:.5 G5 A5 | D5 A5:1 F#5:.5 -:2")
    answer = melody("-:.5 B5 A5 G5:1 E5:.5 G5 A5 | G5:2.5 -:1.5")
    call = [*hook, *shift(answer, 8)]
    song.add("whistle", sustained.flute, [*call, *shift(call, 16), *shift(call, 72)],
             level=-9, place=0.15, room=0.35)  # fmt: skip
    sung = melody(
        "E5:1.5 G5:.5 - G5 A5 G5 | F#5:1.5 A5:.5 - A5 B5 A5 | B5:1.5 D6:.5 B5 A5:1 G5:.5 |"
        "-:.5 G5 B5 A5:1 G5:1.5 | E5:1.5 G5:.5 - G5 A5 B5 | A5:1.5 F#5:.5 - D5 E5 F#5 |"
        "G5:2 B5:1 D6 | C6:1.5 B5:.5 A5:2 | G5:3 -:1"
    )
    song.add("voice", sustained.voice, shift(sung, 32, transpose=0), level=-9)
    song.add("second voice", sustained.voice, shift(sung, 32, transpose=-12), level=-15, place=-0.3)
    stabs = harmony.struck(refrain, "..x...x...x...x.", length=0.4)
    song.add("piano", keys.piano, stabs, level=-12, place=0.3)
    bells = harmony.broken([*refrain, *ending], (0, 2, 1, 3))
    song.add("bells", keys.celesta, shift(bells, 0, transpose=12), level=-20, place=-0.4, room=0.4)
    return song


def start_of_the_weekend() -> Song:
    """City pop in A flat: four on the floor, octaves in the bass, an electric piano, a lead."""
    crisp = replace(
        _BRIGHT,
        air=((28, -12), (45, 0), (120, 0), (300, 1), (900, 2), (2500, 5), (6000, 3), (12_000, 2)),
    )
    song = Song("start of the weekend", 118, reverb_s=1.3, master=crisp)
    turn = "Dbmaj7 | Eb7 | Cm7 | Fm7 | Dbmaj7 | Eb7sus4 Eb7 | Abmaj7 | Abmaj7"
    intro = progression("Dbmaj7 | Eb7 | Cm7 | Fm7", low="F3", high="D5")
    verse = progression(turn, low="F3", high="D5", at=16)
    refrain = progression(turn, low="G3", high="E5", at=48)
    ending = progression("Dbmaj7 Eb7 | Abmaj7", low="F3", high="D5", at=80)
    everything = [*intro, *verse, *refrain, *ending[:2]]
    comping = harmony.struck(everything, "x..x..x...x.x...", length=0.35)
    final = harmony.held(ending[2:], velocity=0.8)
    song.add("electric piano", keys.electric_piano, [*comping, *final], level=-5, insert=chorus())
    scratch = harmony.struck([*verse, *refrain], "..x.oox...x.oxo.", length=0.08)
    song.add("rhythm guitar", plucked.electric_guitar, shift(scratch, 0, transpose=12),
             level=-6, place=0.6, insert=tone((200, -12), (500, 0), (4000, 5)))  # fmt: skip
    bass = harmony.bass_line([*verse, *refrain, *ending[:2]], "X.8.x.8.x.8.x58.", length=0.22)
    song.add("bass", electronic.synth_bass, [*bass, Note(84, 4, 32)], level=-6, room=0.05)

    groove(song, "intro", 0, 4, kick="X...", hat="xoXo", clap="....x.......x...", shaker="xoxo")
    groove(
        song, "body", 16, 17, kick="X...", snare="....X.......X...", clap="....X.......X...",
        hat="xo.o", open_hat="..X.", tambourine="..o.", conga="..xo..x...xo.xx.",
    )  # fmt: skip
    groove(song, "accents", 16, 18, crash="X" + "." * 127)
    fill(song, 46, "..ss1123")
    fill(song, 82, "s.s.1123")
    brass = melody(
        "-:1.5 Ab4:.25 C5 Eb5:.5 F5 -:.5 Eb5 | -:4 | -:1.5 G4:.25 Bb4 Eb5:.5 C5 -:1 | -:4"
    )
    horns = [*shift(brass, 16), *shift(brass, 32), *shift(brass, 48), *shift(brass, 64)]
    song.add("horns", sustained.brass, horns, level=-5, place=-0.25)
    song.add("high horns", sustained.brass, shift(horns, 0, transpose=12), level=-10, place=-0.35)
    tune = melody(
        "-:.5 Eb5 F5 Ab5 C6:1.5 Bb5:.5 | G5:1.5 Ab5:.5 Bb5:1 Eb5 | -:.5 Eb5 G5 Bb5 C6:1 Bb5:.5 G5 |"
        "Ab5:2.5 -:1.5 | -:.5 F5 Ab5 C6 Eb6:1 C6:.5 Bb5 | Ab5:1 Bb5 G5 Eb5 | "
        "C6:1.5 Bb5:.5 Ab5:1 Eb5 |"
        "Ab5:2 -:2"
    )
    song.add("lead", electronic.lead, [*shift(tune, 48), Note(84, 3, 80, 0.7)],
             level=-7, insert=echo(0.381))  # fmt: skip
    quiet = harmony.top_line(verse, velocity=0.6)
    song.add("voice", sustained.voice, shift(quiet, 0, transpose=12), level=-11, room=0.4)
    song.add("pad", electronic.bright_pad, harmony.held([*refrain, *ending]), level=-14, room=0.4)
    return song


def bicycle_bell() -> Song:
    """A quick shuffle in F for piano, walking bass, horns and a bell."""
    warm = Master(
        loudness=-14.0,
        glue=2.0,
        body=-11.0,
        warmth=8.0,
        air=((30, -12), (50, 3), (200, 2), (600, 0), (9000, 2)),
    )
    song = Song("bicycle bell", 132, reverb_s=1.0, master=warm, swing=0.3)
    tune_chords = "F6 | D7 | Gm7 | C9 | F6 F7 | Bb6 Bbm6 | F/C D7 | Gm7 C7"
    head = progression(tune_chords, low="A3", high="E5", at=8)
    again = progression(tune_chords, low="A3", high="F5", at=40)
    tag = progression("F6 D7 | Gm7 C9 | F6 D7 | Gm7 C9 | F6", low="A3", high="E5", at=72)
    pickup = progression("F6 D7 | Gm7 C9", low="A3", high="E5")
    form = [*pickup, *head, *again, *tag[:-1]]
    comp = harmony.struck(form, "..x...x.....x.x...x.....x...x...", length=0.3)
    final = harmony.held(tag[-1:], velocity=0.9)
    song.add("piano", keys.piano, [*comp, *final], level=-7, place=-0.3)
    guitar = harmony.struck([*head, *again, *tag[:-1]], "x...", length=0.5)
    song.add("rhythm guitar", plucked.steel_guitar, guitar, level=-11, place=0.5)
    walking = harmony.bass_line(form, "X...5...8...5...", length=0.9, low=29)
    song.add("bass", plucked.electric_bass, [*walking, Note(88, 4, 29)], level=0, room=0.05)
    groove(
        song, "swing", 8, 20, ride="x...X.o.x...X.o.", hat="....x.......x...",
        soft_kick="x...o...x...o...", brush="....x.......x..o", conga="o.x.o.xx", gain=2,
    )  # fmt: skip
    groove(song, "backbeat", 40, 8, snare="....x.......x...", clap="....o.......o...", gain=-2)
    groove(song, "last", 88, 1, crash="x...............")
    fill(song, 38, "s.ss1.23")
    theme = melody(
        "C5:.5 F5 A5 C6:1 A5:.5 F5 A5 | C6:1 A5:.5 F#5 D5:2 | D5:.5 G5 Bb5 D6:1 C6:.5 Bb5 G5 |"
        "A5:1 G5:.5 E5 C5:2 | C5:.5 F5 A5 C6 Eb6:1 C6 | D6:.5 Bb5 G5 F5 Db6:1 Bb5 |"
        "C6:.5 A5 F5 A5 C6:1 A5 | G5:.5 Bb5 A5 G5 E5:1 C5"
    )
    song.add("clarinet", sustained.flute, shift(theme, 8), level=-6, place=0.1)
    song.add("trumpets", sustained.brass, shift(theme, 40), level=-8, place=0.2)
    song.add("trombones", sustained.brass, shift(theme, 40, transpose=-12), level=-13, place=-0.2)
    riff = repeat(melody("A5:.5 C6 D6 C6 -:.5 A5 F5:1 | G5:.5 A5 Bb5 A5 G5:1 E5:1"), 2, 8)
    song.add("tag", sustained.brass, [*shift(riff, 72), Note(88, 3, 77, 0.9)], level=-8, place=0.2)
    ring = [Note(beat, 0.5, 96, 0.7) for beat in (7, 7.5, 39, 39.5, 71, 71.5, 90, 90.5)]
    song.add("bell", keys.celesta, ring, level=-8, place=0.6, room=0.4)
    return song
