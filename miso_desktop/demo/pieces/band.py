"""The drummers of the house band: rows of steps become parts."""

from __future__ import annotations

from dataclasses import dataclass

from miso_desktop.demo.instruments import Instrument, drums
from miso_desktop.demo.song import Song
from miso_desktop.demo.theory import Note, pattern, pitch, shift


@dataclass(frozen=True)
class Seat:
    """A drum or cymbal and its place in the mix."""

    instrument: Instrument
    level: float
    place: float = 0.0
    room: float = 0.1


KIT = {
    "kick": Seat(drums.kick, -0.5, room=0.12),
    "soft_kick": Seat(drums.soft_kick, -5.0, room=0.05),
    "metal_kick": Seat(drums.metal_kick, -2.0, room=0.06),
    "snare": Seat(drums.snare, -1.0, room=0.4),
    "rim": Seat(drums.rim, -12.0, 0.1, 0.3),
    "brush": Seat(drums.brush, -8.0, 0.05, 0.2),
    "conga": Seat(drums.conga, -7.0, -0.35, 0.3),
    "clap": Seat(drums.clap, -5.0, 0.0, 0.4),
    "hat": Seat(drums.hat, -9.0, 0.35, 0.12),
    "open_hat": Seat(drums.open_hat, -10.0, 0.35, 0.08),
    "ride": Seat(drums.ride, -8.0, -0.4, 0.1),
    "crash": Seat(drums.crash, -10.0, -0.25, 0.25),
    "shaker": Seat(drums.shaker, -9.0, -0.45, 0.1),
    "tambourine": Seat(drums.tambourine, -12.0, 0.5, 0.2),
}


def groove(
    song: Song, section: str, at: float, bars: float, *, gain: float = 0.0, **rows: str
) -> None:
    """Let the kit play patterns of sixteenths.

    Parameters
    ----------
    song : Song
        Where the parts are added.
    section : str
        Tells the parts of this groove from those of another.
    at, bars : float
        First beat, and how many bars of four.
    gain : float
        Level in dB of the whole kit against its usual one.
    **rows : str
        A pattern for each drum, named as in :data:`KIT`.
    """
    for name, row in rows.items():
        seat = KIT[name]
        notes = shift(pattern(row, bars=bars), at)
        song.add(
            f"{section} {name}", seat.instrument, notes, level=seat.level + gain,
            place=seat.place, room=seat.room, loose=0.004,
        )  # fmt: skip


def fill(song: Song, at: float, row: str, *, gain: float = 0.0) -> None:
    """A run down the toms in sixteenths: ``1`` high, ``2`` middle, ``3`` floor, ``s`` snare."""
    tuned = {"1": pitch("A2"), "2": pitch("E2"), "3": pitch("B1")}
    beats = [(at + 0.25 * i, sign) for i, sign in enumerate(row) if sign != "."]
    toms = [Note(beat, 0.25, tuned[sign], 0.85) for beat, sign in beats if sign in tuned]
    snares = [Note(beat, 0.25, 60, 0.8) for beat, sign in beats if sign == "s"]
    if toms:
        song.add(f"toms {at}", drums.tom, toms, level=-4.0 + gain, place=0.2, room=0.15)
    if snares:
        song.add(f"roll {at}", drums.snare, snares, level=-5.0 + gain, room=0.2)
