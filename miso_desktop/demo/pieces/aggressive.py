"""Aggressive: low tunings, distorted guitars on both sides, double kick, no rest."""

from __future__ import annotations

from collections.abc import Sequence

from miso_desktop.demo.instruments import drums, electronic, plucked, sustained
from miso_desktop.demo.mixing import Master
from miso_desktop.demo.pieces.band import fill, groove
from miso_desktop.demo.song import Song, amplifier, echo, tone
from miso_desktop.demo.synth import Signal, equalise
from miso_desktop.demo.theory import Note, melody, pattern, pitch, repeat, shift

_LOUD = Master(
    loudness=-10.5, glue=2.5, body=-10.0, warmth=6.0, ceiling=-1.0,
    air=((28, -12), (45, 2), (100, 2), (400, -1), (1200, -4), (3000, -1), (6000, 3), (12_000, 5)),
)  # fmt: skip


def riff(text: str, *, step: float = 0.25) -> tuple[list[Note], list[Note]]:
    """Read a guitar riff: open power chords and palm-muted notes.

    A token is a note (``E2`` rings, ``E2m`` is muted), with ``:`` and its length in steps.

    Returns
    -------
    ringing, muted : list of Note
        Ringing notes carry their fifth and octave.
    """
    ringing: list[Note] = []
    muted: list[Note] = []
    beat = 0.0
    for token in text.replace("|", " ").split():
        name, _, count = token.partition(":")
        length = step * float(count or 1)
        if name.endswith("m"):
            muted += [Note(beat, length, pitch(name[:-1]) + up, 0.85) for up in (0, 7)]
        elif name != "-":
            ringing += [Note(beat, length * 0.97, pitch(name) + up, 0.95) for up in (0, 7, 12)]
        beat += length
    return ringing, muted


def guitars(song: Song, name: str, parts: tuple[Sequence[Note], Sequence[Note]], drive: float,
            *, level: float = -4.0) -> None:  # fmt: skip
    """Double-track a riff: two players, hard left and hard right, each through an amplifier."""
    for side, place in (("left", -0.85), ("right", 0.85)):
        presence = 1.0 if place > 0 else 0.0
        for kind, instrument, notes in (
            ("open", plucked.electric_guitar, parts[0]),
            ("muted", plucked.muted_guitar, parts[1]),
        ):
            if notes:
                song.add(
                    f"{name} {kind} {side}", instrument, notes, level=level, place=place,
                    room=0.06, loose=0.007, insert=amplifier(drive, presence=presence),
                )  # fmt: skip


def scream(signal: Signal) -> Signal:
    """A voice pushed through a broken megaphone."""
    band = equalise(signal, (200, -24), (600, 0), (3000, 4), (6000, -4), (12_000, -24))
    return equalise(band / (abs(band).max() + 1e-9) * 30.0, (0.1, 0)).clip(-1, 1) * 0.2


def black_engine() -> Song:
    """Thrash in E Phrygian at 172: gallop, blast, breakdown, gallop."""
    song = Song("black engine", 172, reverb_s=0.8, master=_LOUD, ring_s=3.0)
    gallop = (
        "E2m:2 E2m E2m E2m:2 E2m E2m F2:2 E2m E2m E2m:2 G2:2 |"
        "E2m:2 E2m E2m E2m:2 E2m E2m Bb2:4 A2:2 F2:2"
    )
    wall = "E2:6 F2:2 E2:4 G2:4 | E2:6 F2:2 Bb2:4 A2:4 | C3:8 B2:8 | F2:8 G2:4 F2:4"
    slow = "E2:3 E2m F2:3 E2m:1 E2m:2 Bb2:2 A2:4 | E2:3 E2m G2:3 F2m:1 F2:8"
    plan = (
        (gallop, 2, 0, 4),
        (wall, 4, 32, 2),
        (gallop, 2, 64, 2),
        (slow, 2, 80, 2),
        (wall, 4, 96, 1),
    )
    ringing: list[Note] = []
    muted: list[Note] = []
    for text, bars, at, count in plan:
        opened, closed = riff(text)
        ringing += shift(repeat(opened, count, bars * 4), at)
        muted += shift(repeat(closed, count, bars * 4), at)
    ringing += [Note(112, 7, pitch("E2") + up, 1.0) for up in (0, 7, 12)]
    guitars(song, "guitars", (ringing, muted), 34)
    low = [n for n in (*ringing, *muted) if n.pitch < 54]
    roots = [Note(n.beat, n.length, max(28, n.pitch - 12), 0.9) for n in low]
    song.add("bass", plucked.electric_bass, roots, level=-7, room=0.02,
             insert=amplifier(14))  # fmt: skip
    song.add("low bass", electronic.sub_bass, roots, level=-11, room=0.0)

    groove(
        song, "gallop", 4, 7, metal_kick="X.xxX.xxX.xxX.xx", snare="....X.......X...", hat="X.X."
    )
    groove(song, "wall", 32, 8, metal_kick="xxxx", snare="....X.......X...", crash="X...X...")
    groove(song, "gallop again", 64, 4, metal_kick="X.xxX.xx", snare="..X.", ride="X.X.")
    groove(song, "breakdown", 80, 4, metal_kick="X..xX..xx.x.X...", snare="........X.......",
           crash="X.......")  # fmt: skip
    groove(song, "end", 96, 4, metal_kick="xxxx", snare="..X.", crash="X...")
    groove(song, "last", 112, 1, crash="X" + "." * 15, metal_kick="X" + "." * 15)
    for at in (30, 62, 78, 94, 110):
        fill(song, at, "ssss1123", gain=2)
    solo = melody(
        "E5:.25 F5 G5 B5 E6:1 D6:.25 B5 G5 F5 E5:1 | G5:.25 B5 D6 F6 E6:1.5 F6:.5 E6:1 |"
        "C6:.25 B5 A5 G5 C6 D6 E6 G6 B6:1 A6:1 | F6:.5 E6 C6 B5 G5:.25 F5 E5 F5 G5:1"
    )
    song.add("solo", electronic.lead, [*shift(solo, 48), *shift(solo, 96)], level=-7,
             insert=amplifier(24, presence=2), room=0.25)  # fmt: skip
    shout = shift(pattern("X...X...X.......", bars=8, number=pitch("E4")), 32)
    song.add("shout", sustained.choir, shout, level=-6, insert=scream, room=0.15)
    return song


def sprint() -> Song:
    """Industrial rock in F sharp minor at 158: a synth bass that saws, guitars that answer."""
    song = Song("sprint", 158, reverb_s=0.9, master=_LOUD, ring_s=3.0)
    motor = [Note(i * 0.25, 0.22, pitch("F#1"), 0.9 if i % 4 == 0 else 0.75) for i in range(16 * 6)]
    moves = {6: 1, 7: 3, 14: -2, 15: 1}
    engine = [
        Note(n.beat + 24 * k, n.length, n.pitch + moves.get(int(n.beat / 1.5) % 16, 0), n.velocity)
        for k in range(4)
        for n in motor
    ]
    # Everything stops dead before each new section, and for a beat within the verses.
    stops = ((14.5, 16), (19, 20), (23, 24), (27, 28), (30, 32), (62, 64), (67, 68), (71, 72),
             (75, 76), (78, 80), (94, 96))  # fmt: skip
    engine = [n for n in engine if not any(a <= n.beat < b for a, b in stops)]
    song.add("engine", electronic.synth_bass, engine, level=-8, insert=amplifier(20), room=0.03)
    song.add("sub", electronic.sub_bass, engine, level=-12, room=0.0)
    verse = "F#2m F#2m F#2m F#2 - - G2 F#2m F#2m F#2m A2:2 G2:2 F#2m:2"
    refrain = "F#2:4 A2:4 E2:4 G2:4 | F#2:4 A2:4 C3:4 B2:4"
    ringing: list[Note] = []
    muted: list[Note] = []
    for text, beats, at, count in ((verse, 4, 16, 4), (refrain, 8, 32, 4), (verse, 4, 64, 4),
                                   (refrain, 8, 80, 2)):  # fmt: skip
        opened, closed = riff(text)
        ringing += shift(repeat(opened, count, beats), at)
        muted += shift(repeat(closed, count, beats), at)
    ringing += [Note(96, 6, pitch("F#2") + up, 1.0) for up in (0, 7, 12)]
    guitars(song, "guitars", (ringing, muted), 32)
    groove(song, "start", 0, 4, metal_kick="X...", hat="xoxo", gain=-1)
    groove(
        song, "verse", 16, 4, metal_kick="X.x...x.X.x.....", snare="....X.......X..x",
        hat="X.x.", clap="....X.......X...",
    )  # fmt: skip
    groove(song, "refrain", 32, 8, metal_kick="X.xxX.x.X.xxX.xx", snare="....X.......X...",
           crash="X...", open_hat="..X.")  # fmt: skip
    groove(song, "verse again", 64, 4, metal_kick="xxx.", snare="....X.......X.xx", ride="X.X.")
    groove(song, "end", 80, 4, metal_kick="xxxx", snare="....X.......X...", crash="X...")
    groove(song, "last", 96, 1, crash="X" + "." * 15, metal_kick="X" + "." * 15)
    for at in (14, 30, 62, 78, 94):
        fill(song, at, "ssss1123", gain=2)
    alarm = melody("A4:.5 C5 B4 A4 E5:1 G5 | F#5:.5 A5 G5 E5 C5:1 B4")
    alarms = [*shift(repeat(alarm, 4, 8), 32), *shift(repeat(alarm, 2, 8), 80)]
    song.add(
        "alarm", electronic.lead, alarms, level=-13, room=0.2, insert=amplifier(18, presence=1)
    )
    shout = shift(pattern("X..X..X.X.......", bars=8, number=pitch("F#4")), 32)
    song.add("shout", sustained.choir, shout, level=-7, insert=scream, room=0.15)
    return song


def static_teeth() -> Song:
    """Hardcore in D at 184, half-time in the middle; feedback at both ends."""
    song = Song("static teeth", 184, reverb_s=0.7, master=_LOUD, ring_s=3.5)
    fast = "D2m:2 D2m D2m F2:2 D2m:2 D2m D2m G2:2 F2:2 - - |D2m:2 D2m D2m F2:2 D2m:2 C2:4 D2:2 - -"
    half = "D2:6 D2m D2m F2:5 - D2m D2m | D2:6 D2m D2m G#2:4 G2:2 - -"
    ringing: list[Note] = []
    muted: list[Note] = []
    for text, at, count in ((fast, 8, 6), (half, 56, 3), (fast, 80, 5)):
        opened, closed = riff(text)
        ringing += shift(repeat(opened, count, 8), at)
        muted += shift(repeat(closed, count, 8), at)
    ringing += [Note(120, 7, pitch("D2") + up, 1.0) for up in (0, 7, 12)]
    guitars(song, "guitars", (ringing, muted), 30)
    low = [n for n in (*ringing, *muted) if n.pitch < 52]
    roots = [Note(n.beat, n.length, max(26, n.pitch - 12), 0.9) for n in low]
    song.add("bass", plucked.electric_bass, roots, level=-6, room=0.02, insert=amplifier(18))
    whine = [Note(0, 8, pitch("A5"), 0.5), Note(120, 7, pitch("D6"), 0.5)]
    song.add("feedback", electronic.lead, whine, level=-14, place=0.4, room=0.3,
             insert=amplifier(30))  # fmt: skip
    groove(song, "count", 4, 1, hat="X...")
    groove(song, "fast", 8, 12, metal_kick="X.x.", snare="..X.", crash="X.......", open_hat="X.X.")
    groove(
        song, "half", 56, 6, metal_kick="X..xx..x..xxX.x.", snare="........X.......", crash="X..."
    )
    groove(song, "again", 80, 10, metal_kick="xxxx", snare="..X.", crash="X...")
    groove(song, "last", 120, 1, crash="X" + "." * 15, metal_kick="X" + "." * 15)
    for at in (22, 38, 54, 78, 94, 118):
        fill(song, at, "ssss1123", gain=2)
    shout = shift(pattern("X...X...X...x.x.", bars=12, number=pitch("A3")), 8)
    more = shift(pattern("X...X...X...x.x.", bars=10, number=pitch("D4")), 80)
    song.add("shout", sustained.choir, [*shout, *more], level=-5, insert=scream, room=0.12)
    bend = [Note(56 + 4 * i, 3.5, pitch("G#4") + i % 2, 0.9) for i in range(6)]
    song.add("bends", plucked.electric_guitar, bend, level=-8, place=-0.3,
             insert=lambda s: echo(0.245)(amplifier(30, presence=2)(s)))  # fmt: skip
    song.add("noise", drums.swelled_cymbal, [Note(0, 8, 60, 0.8), Note(76, 4, 60, 0.8)], level=-8,
             insert=tone((200, -20), (2000, 0), (9000, 0)))  # fmt: skip
    return song
