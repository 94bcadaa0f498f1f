"""A song: parts of notes, played by instruments, at places in the stereo picture.

Players are human: every note comes a few milliseconds early or late and a little louder or
softer than written. Chance is seeded with the song's and the part's names, so that a song
sounds the same every time it is rendered.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from miso_desktop.demo.instruments import Instrument
from miso_desktop.demo.mixing import Master, master, reverb
from miso_desktop.demo.synth import RATE, Signal, decibels, equalise, pan
from miso_desktop.demo.theory import Note, frequency

Insert = Callable[[Signal], Signal]

_GRID = 0.125
"""Resolution of the tempo map, in beats."""
_LAYERS = 12
"""Steps of loudness that are told apart."""
_TAKES = 3
"""Recordings of the same note with the same loudness."""


@dataclass(frozen=True)
class Part:
    """What one player plays.

    Attributes
    ----------
    level : float
        Gain in dB.
    place : float
        From -1 (left) to 1 (right).
    room : float
        Share sent to the reverb, 0 to 1.
    loose : float
        Standard deviation of the timing, in seconds.
    insert : callable or None
        Amplifier, chorus or equaliser for the whole part.
    """

    name: str
    instrument: Instrument
    notes: tuple[Note, ...]
    level: float = 0.0
    place: float = 0.0
    room: float = 0.2
    loose: float = 0.006
    insert: Insert | None = None


@dataclass
class Song:
    """Parts, a tempo and a room.

    Parameters
    ----------
    name : str
        Seeds what is left to chance.
    bpm : float
        Beats a minute at the start.
    reverb_s : float
        Reverberation time (60 dB), in seconds.
    master : Master
        Loudness and tone of the finished mix.
    swing : float
        Delay of every second eighth, as a share of an eighth: 0 straight, 0.33 triplets.
    """

    name: str
    bpm: float
    reverb_s: float = 1.6
    master: Master = field(default_factory=Master)
    swing: float = 0.0
    ring_s: float = 3.5
    _parts: list[Part] = field(default_factory=list)
    _tempi: list[tuple[float, float]] = field(default_factory=list)
    _rests: list[tuple[float, float]] = field(default_factory=list)

    def add(
        self, name: str, instrument: Instrument, notes: Sequence[Note], *,
        level: float = 0.0, place: float = 0.0, room: float = 0.2, loose: float = 0.006,
        insert: Insert | None = None,
    ) -> None:  # fmt: skip
        """Add a part; the arguments are those of :class:`Part`."""
        self._parts.append(Part(name, instrument, tuple(notes), level, place, room, loose, insert))

    def tempo(self, beat: float, bpm: float) -> None:
        """Reach a tempo at a beat, gradually from the one before."""
        self._tempi.append((beat, bpm))

    def tacet(self, *rests: tuple[float, float]) -> None:
        """Let everybody rest between two beats; only the room goes on sounding."""
        self._rests += rests

    def render(self) -> Signal:
        """Play, mix and master.

        Returns
        -------
        ndarray, shape (frames, 2)
            Samples in [-1, 1] at 48 kHz.
        """
        end = max(note.beat + note.length for part in self._parts for note in part.notes)
        clock = self._clock(end)
        dry = np.zeros((round((clock(end) + self.ring_s) * RATE), 2))
        send = np.zeros_like(dry)
        for part in self._parts:
            stem = self._play(part, clock, len(dry))
            if part.insert is not None:
                stem = part.insert(stem)
            stem *= decibels(part.level)
            dry += stem
            send += part.room * stem
        rng = np.random.default_rng(_seed(self.name))
        return master(dry + reverb(send, self.reverb_s, rng), self.master)

    def _clock(self, end: float) -> Callable[[float], float]:
        """Seconds at a beat, swing and changes of tempo counted in."""
        beats = np.arange(0.0, end + 2.0, _GRID)
        points = [(0.0, self.bpm), *self._tempi]
        bpm = np.interp(beats, [p[0] for p in points], [p[1] for p in points])
        seconds = np.concatenate([[0.0], np.cumsum(_GRID * 60.0 / bpm)[:-1]])

        def clock(beat: float) -> float:
            offbeat = 1.0 - abs((beat % 1.0) - 0.5) * 2.0
            return float(np.interp(beat + 0.5 * self.swing * offbeat, beats, seconds))

        return clock

    def _play(self, part: Part, clock: Callable[[float], float], count: int) -> Signal:
        rng = np.random.default_rng(_seed(f"{self.name}/{part.name}"))
        stem = np.zeros((count, 2))
        takes: dict[tuple[int, float, int, int], Signal] = {}
        for note in self._played(part.notes):
            late, weight = rng.standard_normal(2)
            start = max(0.0, clock(note.beat) + part.loose * float(np.clip(late, -2, 2)))
            hold = max(0.03, clock(note.beat + note.length) - clock(note.beat))
            velocity = float(np.clip(note.velocity * (1.0 + 0.06 * weight), 0.05, 1.0))
            # A note that comes again is one of a few takes: no two are alike in a row, and
            # a song renders several times faster.
            take = (note.pitch, round(hold, 2), max(1, round(velocity * _LAYERS)),
                    int(rng.integers(_TAKES)))  # fmt: skip
            if take not in takes:
                takes[take] = _record(part.instrument, *take)
            first = round(start * RATE)
            tone = pan(takes[take], part.place)[: count - first]
            stem[first : first + len(tone)] += tone
        return stem

    def _played(self, notes: Sequence[Note]) -> Sequence[Note]:
        """The notes without those that fall into a rest; longer ones stop before it."""
        for first, last in self._rests:
            notes = [
                replace(n, length=first - n.beat) if n.beat < first < n.beat + n.length else n
                for n in notes
                if not first <= n.beat < last
            ]
        return notes


def _record(instrument: Instrument, number: int, hold: float, layer: int, variant: int) -> Signal:
    rng = np.random.default_rng([number, round(hold * 100), layer, variant])
    return instrument(frequency(number), hold, layer / _LAYERS, rng)


def _seed(name: str) -> int:
    return zlib.crc32(name.encode())


def tone(*points: tuple[float, float]) -> Insert:
    """An equaliser as an insert."""
    return lambda signal: equalise(signal, *points)


def chorus(depth_ms: float = 2.5, rate: float = 0.7) -> Insert:
    """Two copies with slowly changing delay, one a side."""

    def insert(signal: Signal) -> Signal:
        index = np.arange(len(signal), dtype=np.float64)
        out = signal.copy()
        for side, start in enumerate((0.0, 0.5)):
            sweep = np.sin(2 * np.pi * (rate * index / RATE + start))
            delay = (12.0 + depth_ms * sweep) * RATE / 1000.0
            out[:, side] += 0.7 * np.interp(index - delay, index, signal[:, 1 - side], left=0.0)
        return np.asarray(out * 0.75)

    return insert


def echo(seconds: float, *, feedback: float = 0.35, level: float = 0.3) -> Insert:
    """Repeats that bounce from side to side and grow dull."""

    def insert(signal: Signal) -> Signal:
        out = signal.copy()
        copy = level * signal
        step = round(seconds * RATE)
        while np.abs(copy).max() > 1e-3 and step < len(signal):
            copy = equalise(copy[:, ::-1], (150, -6), (400, 0), (3000, -1), (9000, -9))
            copy = np.concatenate([np.zeros((step, 2)), copy[:-step]])
            out += copy
            copy = feedback * copy
        return out

    return insert


def amplifier(drive: float, *, presence: float = 0.0) -> Insert:
    """A guitar amplifier: tight bass, two tube stages, a closed cabinet.

    Parameters
    ----------
    drive : float
        Gain before the tubes, in dB: 10 crunches, 35 roars.
    presence : float
        Treble of the cabinet, in dB.
    """

    def insert(signal: Signal) -> Signal:
        tight = equalise(signal, (70, -18), (160, 0), (700, 3), (1500, 5), (6000, 0), (10_000, -20))
        hot = tight * decibels(drive) / (np.abs(tight).max() + 1e-9) * 2.0
        first = np.tanh(hot + 0.15) - np.tanh(0.15)
        second = np.tanh(1.8 * equalise(first, (40, -20), (110, 0)))
        return equalise(
            second, (60, -24), (90, 0), (130, 3), (400, -2), (800, -1), (2200, 2 + presence),
            (3800, 3 + presence), (5200, -2 + presence), (7500, -14 + presence), (12_000, -34),
        ) * 0.4  # fmt: skip

    return insert
