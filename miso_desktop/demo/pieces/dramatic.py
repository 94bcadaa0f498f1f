"""Dramatic: an orchestra and machines under tension; ostinato, low brass, great drums."""

from __future__ import annotations

from miso_desktop.demo import harmony
from miso_desktop.demo.instruments import drums, electronic, keys, sustained
from miso_desktop.demo.mixing import Master
from miso_desktop.demo.pieces.band import groove
from miso_desktop.demo.song import Song, amplifier
from miso_desktop.demo.theory import Note, melody, pattern, pitch, progression, repeat, shift, swell

_VAST = Master(
    loudness=-11.0, glue=1.6, body=-14.0, warmth=9.0, ceiling=-1.0,
    air=((26, -12), (40, -2), (120, -2), (500, 0), (1500, 4), (4000, 7), (9000, 8)),
)  # fmt: skip


def before_the_gate() -> Song:
    """Trailer music in D minor at 136: an ostinato grows from four players to everyone."""
    song = Song("before the gate", 136, reverb_s=2.0, master=_VAST, ring_s=4.5)
    song.tacet((31, 32), (63, 64), (95, 96))
    theme = "Dm | Eb | Dm | Bbm | Dm | Abm | Bbm | A7b9"
    start = progression(theme, low="D3", high="C5")
    middle = progression(theme, low="D3", high="C5", at=32)
    climax = progression(
        "Dm | Eb | Bbm | Abm | Gm | Edim7 | Bbm | A7b9", low="G3", high="F5", at=64
    )
    last = progression("Dm", low="A3", high="F5", at=96)
    form = [*start, *middle, *climax]
    ostinato = harmony.broken(form, (0, 0, 1, 0, 2, 0, 1, 3), step=0.5, length=0.3)
    song.add("violins", sustained.short_strings, swell(ostinato, 0.5, 1.2), level=-5, place=-0.4)
    song.add(
        "violas", sustained.short_strings, shift(ostinato, 0, transpose=-12), level=-6, place=0.4
    )
    low = harmony.bass_line(form, "X..x..x.X..x..x.", low=38, length=0.2)
    song.add("basses", sustained.short_strings, shift(low, 0, transpose=-12), level=-7, place=0.2)
    machine = harmony.bass_line(form, "XooxooxoXooxooxo", low=26, length=0.3)
    song.add("machine", electronic.synth_bass, swell(machine, 0.4, 1.2), level=7,
             insert=amplifier(32))  # fmt: skip
    tremolo = harmony.held([*middle, *climax], velocity=0.7)
    song.add("tremolo", sustained.tremolo_strings, swell(tremolo, 0.5, 1.4), level=-2, room=0.35)
    # Strings that belong to no chord rub against it: they grow to the end.
    rub = [pitch(n) for n in ("B3", "F#4", "G#4", "B4", "Eb5")]
    waves = [Note(8 * k, 7.5, n, 0.5 + 0.05 * k) for k in range(2, 12) for n in rub]
    song.add("rub", sustained.tremolo_strings, waves, level=0, place=0.1, room=0.35)
    horns = melody(
        "D4:3 F4:1 | Eb4:3 Bb3:1 | A4:2 F4 | Db4:2 Bb3 |"
        "D4:3 F4:1 | Eb4:2 Ab4 | Bb4:3 F4:1 | E4:2 C#4",
    )
    song.add("horns", sustained.brass, shift(horns, 32), level=-4, place=-0.2, room=0.35)
    call = melody(
        "D5:2 A4:1 F4 | Eb5:2 Bb4:1 G4 | F5:3 Db5:1 | Eb5:2 Cb5 | G5:2 D5:1 Bb4 | G5:2 E5:1 Bb4 |"
        "F5:3 Db5:1 | E5:2 C#5",
    )
    song.add("trumpets", sustained.brass, shift(call, 64), level=-4, place=0.15, room=0.3)
    song.add("trombones", sustained.brass, harmony.roots([*middle, *climax, *last], low=38),
             level=-3, place=0.3, room=0.3)  # fmt: skip
    song.add("tuba", sustained.brass, harmony.roots([*climax, *last], low=26), level=-4, room=0.2)
    voices = harmony.held([*climax, *last], velocity=0.9)
    song.add("choir", sustained.choir, voices, level=-5, room=0.4)
    hits = shift(pattern("X..x..X.x..x..xx", bars=8), 32)
    slow = shift(pattern("X.......X.......", bars=6), 8)
    blows = [*slow, *hits, *shift(hits, 32), Note(96, 4, 40, 1.0)]
    song.add("taiko", drums.taiko, blows, level=-1, room=0.25)
    rolls = [Note(30 + i * 0.25, 0.25, pitch("A2"), 0.4 + 0.07 * i) for i in range(8)]
    rolls += [*shift(rolls, 32), *shift(rolls, 64), Note(96, 3, pitch("D2"), 1.0)]
    song.add("timpani", drums.timpani, rolls, level=-3, room=0.3)
    groove(song, "ticking", 0, 24, hat="x.o.", rim="..o...x.", gain=2)
    groove(song, "march", 32, 8, snare="x.xxx.x.x.xxxxxx", gain=-5)
    groove(
        song,
        "climax",
        64,
        8,
        snare="..x.X.xx..x.X.xx",
        crash="X.......",
        hat="xoxo",
        kick="X..x..X.",
    )
    groove(song, "last", 96, 1, crash="X" + "." * 15, kick="X" + "." * 15)
    wash = [Note(28, 4, 60, 0.7), Note(60, 4, 60, 0.9), Note(92, 4, 60, 1.0)]
    song.add("cymbals", drums.swelled_cymbal, wash, level=-5)
    end = [Note(96, 6, n, 1.0) for n in (26, 38, 50, 57, 62, 65, 69, 74)]
    song.add("last chord", sustained.tremolo_strings, end, level=-4, room=0.4)
    return song


def black_wave() -> Song:
    """Chase in C minor at 150: clusters, a pulse that will not stop, brass that leans in."""
    song = Song("black wave", 150, reverb_s=1.6, master=_VAST, ring_s=4.5)
    song.tacet((31, 32), (63, 64), (95, 96))
    cell = melody("C4:.25 C4 Db4 C4 C4 F#4 C4 Db4 C4 C4 G4 C4 F#4 C4 Db4 B3", velocity=0.8)
    moves = (0, 3, -2, 6, 1, 4, -1, 10) * 3
    pulse = [n for i, up in enumerate(moves) for n in shift(cell, 4 * i, transpose=up)]
    song.add("violas", sustained.short_strings, pulse, level=-9, place=0.35)
    song.add(
        "violins",
        sustained.short_strings,
        shift(pulse[128:], 0, transpose=12),
        level=-4,
        place=-0.4,
    )
    under = [Note(i * 0.25, 0.2, pitch("C1") + moves[i // 16], 0.9 if i % 3 == 0 else 0.6)
             for i in range(16 * 24)]  # fmt: skip
    song.add("machine", electronic.synth_bass, under, level=3, insert=amplifier(30))
    song.add("sub", electronic.sub_bass, under, level=-10, room=0.0)
    cluster = [pitch(n) for n in ("C5", "Db5", "F#5", "G5", "B5")]
    held = [Note(16 + 8 * k, 7.5, n + (k % 3), 0.55 + 0.05 * k) for k in range(10) for n in cluster]
    song.add("tremolo", sustained.tremolo_strings, held, level=-7, room=0.35)
    lean = [Note(32 + 8 * k + d, 3.6, pitch(n) + (k % 2), 0.95) for k in range(8)
            for d, names in ((0, ("C2", "C3", "G3", "Db4")), (4, ("B1", "B2", "F3", "C4")))
            for n in names]  # fmt: skip
    song.add("low brass", sustained.brass, lean, level=-2, place=-0.15, room=0.3)
    cry = melody("Eb5:1.5 D5:.5 C5:2 | F#5:3 G5:1 | Ab5:1.5 G5:.5 F#5:2 | Db5:4", velocity=0.9)
    song.add("trumpets", sustained.brass, [*shift(cry, 48), *shift(cry, 64), *shift(cry, 80)],
             level=-4, place=0.2, room=0.3)  # fmt: skip
    song.add("choir", sustained.choir, [Note(64 + 4 * k, 4, n - 12, 0.9) for k in range(8)
                                        for n in cluster[:4]], level=-5, room=0.4)  # fmt: skip
    low_piano = repeat([Note(0, 4, pitch("C1"), 1.0), Note(0, 4, pitch("C2"), 1.0)], 12, 8)
    song.add("low piano", keys.piano, low_piano, level=-3, room=0.3)
    drive = shift(pattern("X..X..X.X.X.xxxx", bars=20), 16)
    song.add("taiko", drums.taiko, [*drive, Note(96, 4, 40, 1.0)], level=-1, room=0.2)
    groove(song, "ticking", 0, 24, hat="x.o.", rim="..o...x.", gain=2)
    groove(
        song, "chase", 32, 16, snare="..x.X..x..xxX.xx", kick="X..X..X.", crash="X..............."
    )
    groove(song, "storm", 64, 8, open_hat="X.X.", crash="....X...", clap="....X...")
    groove(song, "last", 96, 1, crash="X" + "." * 15, kick="X" + "." * 15)
    wash = [Note(12, 4, 60, 0.7), Note(28, 4, 60, 0.9), Note(60, 4, 60, 1.0), Note(92, 4, 60, 1.0)]
    song.add("cymbals", drums.swelled_cymbal, wash, level=-4)
    rolls = [Note(30 + i * 0.25, 0.25, pitch("C2"), 0.4 + 0.07 * i) for i in range(8)]
    rolls += [*shift(rolls, 32), *shift(rolls, 64), Note(96, 3, pitch("C2"), 1.0)]
    song.add("timpani", drums.timpani, rolls, level=-3, room=0.3)
    end = [Note(96, 6, pitch(n), 1.0) for n in ("C2", "G2", "C3", "Db4", "G4", "C5", "F#5")]
    song.add("last chord", sustained.tremolo_strings, end, level=-4, room=0.4)
    song.add("last brass", sustained.brass, end[:4], level=-4, room=0.4)
    return song
