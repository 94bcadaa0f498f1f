"""What the commands say: results to standard output, progress and messages beside them."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any


def print_json(shape: Mapping[str, Any]) -> None:
    """One line of JSON Lines."""
    print(json.dumps(shape, ensure_ascii=False), flush=True)


def say(text: str) -> None:
    """A message, to standard error."""
    print(text, file=sys.stderr, flush=True)


def columns(text: str) -> int:
    """How many columns of a terminal a text takes; Hangul takes two a letter."""
    return sum(
        0 if unicodedata.combining(sign) else 1 + (unicodedata.east_asian_width(sign) in "WF")
        for sign in text
    )


def ljust(text: str, width: int) -> str:
    """A text with blanks behind it, up to so many columns."""
    return text + " " * (width - columns(text))


def rjust(text: str, width: int) -> str:
    """A text with blanks before it, up to so many columns."""
    return " " * (width - columns(text)) + text


def percent_line(label: str) -> Callable[[int, int], None]:
    """A percentage that redraws itself on a terminal, and a line now and then elsewhere.

    Returns
    -------
    callable
        Called with how much is done, of how much.
    """
    live = sys.stderr.isatty()
    shown = -1

    def show(done: int, total: int) -> None:
        nonlocal shown
        percent = 100 * done // total if total else 100
        if percent == shown or (not live and percent // 10 == shown // 10):
            return
        shown = percent
        if live:
            end = "\n" if percent == 100 else ""
            print(f"\r\x1b[K{label}: {percent} %", end=end, file=sys.stderr, flush=True)
        else:
            say(f"{label}: {percent} %")

    return show
