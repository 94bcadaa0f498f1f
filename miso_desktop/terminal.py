"""What the commands say: results to standard output, progress and messages beside them."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Mapping
from typing import Any

from miso_desktop.progress import OnBytes, each_percent, percent


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


def percent_line(label: str) -> OnBytes:
    """A percentage that redraws itself on a terminal, and a line now and then elsewhere."""

    def redraw(done: int, total: int) -> None:
        end = "\n" if percent(done, total) == 100 else ""
        line = f"{label}: {percent(done, total)} %"
        print(f"\r\x1b[K{line}", end=end, file=sys.stderr, flush=True)

    if sys.stderr.isatty():
        return each_percent(redraw)
    return each_percent(lambda done, total: say(f"{label}: {percent(done, total)} %"), step=10)
