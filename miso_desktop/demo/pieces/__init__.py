"""The pieces of the demo album, a module for each mood, and the table that lists them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

from miso_desktop.moods import Mood

if TYPE_CHECKING:
    from miso_desktop.demo.song import Song

ALBUM = "MISO Demo Album"
YEAR = 2026


@dataclass(frozen=True)
class Piece:
    """A piece of the album.

    Attributes
    ----------
    function : str
        Name of the function in the mood's module that composes it.
    artist : str
        One of the demo's made-up ensembles.
    suffix : str
        Ending of the file, which chooses the format.
    """

    number: int
    title: str
    artist: str
    genre: str
    mood: Mood
    function: str
    suffix: str = ".opus"

    @property
    def file_name(self) -> str:
        """Name of the file in the album's folder."""
        return f"{self.number:02d} {self.title}{self.suffix}"

    def compose(self) -> Song:
        """Write the piece down; NumPy is imported now and not before."""
        module = import_module(f"miso_desktop.demo.pieces.{self.mood.value}")
        return cast("Callable[[], Song]", getattr(module, self.function))()


_BAND, _LOUD, _ORCHESTRA = "MISO House Band", "MISO Basement Trio", "MISO Paper Orchestra"

PIECES: tuple[Piece, ...] = (
    Piece(1, "First Sunny Day", _BAND, "Pop", Mood.HAPPY, "first_sunny_day"),
    Piece(2, "주말의 시작", _BAND, "K-Pop", Mood.HAPPY, "start_of_the_weekend"),
    Piece(3, "Bicycle Bell", _BAND, "Jazz", Mood.HAPPY, "bicycle_bell", ".m4a"),
    Piece(4, "밤의 편지", _BAND, "K-Pop", Mood.ROMANTIC, "letter_at_night"),
    Piece(5, "늦은 오후", _BAND, "K-Pop", Mood.ROMANTIC, "late_afternoon"),
    Piece(6, "빈 의자", _BAND, "K-Pop", Mood.SAD, "empty_chair"),
    Piece(7, "Window Seat", _BAND, "Pop", Mood.SAD, "window_seat"),
    Piece(8, "Black Engine", _LOUD, "Rock", Mood.AGGRESSIVE, "black_engine", ".mp3"),
    Piece(9, "질주", _LOUD, "K-Pop", Mood.AGGRESSIVE, "sprint"),
    Piece(10, "Static Teeth", _LOUD, "Rock", Mood.AGGRESSIVE, "static_teeth"),
    Piece(11, "Before the Gate", _ORCHESTRA, "Soundtrack", Mood.DRAMATIC, "before_the_gate"),
    Piece(12, "검은 파도", _ORCHESTRA, "Soundtrack", Mood.DRAMATIC, "black_wave"),
)
"""The album, in the order of its tracks."""
