"""Translations as translators write them: GNU gettext's ``.po`` files, read at once.

What gettext reads is compiled (``.mo``). A compiled file in the repository would be a second
copy that can fall behind, and a build step would be missing from a fresh clone; compiling
some hundred sentences in memory costs milliseconds.
"""

from __future__ import annotations

import gettext
import io
import re
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

_LINE = re.compile(r'(?:(msgid_plural|msgid|msgstr(?:\[\d+\])?)\s*)?"(.*)"\Z')
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_MAGIC = 0x950412DE
_HEADER = 7 * 4
_PAIR = 2 * 4


def load(files: Iterable[Path]) -> gettext.GNUTranslations:
    """The translations of some catalogues; where two translate a phrase, the later one holds.

    Parameters
    ----------
    files : iterable of Path
        ``.po`` files in UTF-8, each with gettext's header.

    Raises
    ------
    OSError
        If a file cannot be read.
    """
    messages: dict[str, str] = {}
    for file in files:
        messages.update(parse(file.read_text(encoding="utf-8")))
    return gettext.GNUTranslations(io.BytesIO(compiled(messages)))


def parse(text: str) -> dict[str, str]:
    """The finished messages of a catalogue: what stands in the code, and its translation.

    The header is the translation of the empty message. Both forms of a message with a plural
    are joined by a zero, and so are all of its translations, as ``.mo`` files have them.
    Fuzzy entries are somebody's guess, and are left out, as are empty ones.
    """
    found = {}
    for entry in _entries(text):
        forms = [value for name, value in entry.items() if name.startswith("msgstr")]
        if "fuzzy" in entry or not all(forms):
            continue
        keys = [entry[name] for name in ("msgid", "msgid_plural") if name in entry]
        found["\0".join(keys)] = "\0".join(forms)
    return found


def compiled(messages: dict[str, str]) -> bytes:
    """Messages in the binary form of gettext's manual, "The Format of GNU MO Files"."""
    pairs = sorted((key.encode(), value.encode()) for key, value in messages.items())
    tables = 2 * len(pairs) * _PAIR
    head = struct.pack(
        "<7I", _MAGIC, 0, len(pairs), _HEADER, _HEADER + tables // 2, 0, _HEADER + tables
    )
    place, places, texts = _HEADER + tables, [], []
    for column in zip(*pairs, strict=True):
        for text in column:
            places.append(struct.pack("<2I", len(text), place))
            texts.append(text + b"\0")
            place += len(text) + 1
    return b"".join((head, *places, *texts))


def _entries(text: str) -> Iterator[dict[str, str]]:
    """Each message with its translations, by keyword; ``fuzzy`` is one more."""
    entry: dict[str, str] = {}
    flags, keyword = "", ""
    for line in text.splitlines():
        if line.startswith("#,"):
            flags += line
            continue
        match = _LINE.match(line.strip())
        if not match:
            continue
        keyword = match[1] or keyword
        if match[1] == "msgid":
            if entry:
                yield entry
            entry = {"fuzzy": ""} if "fuzzy" in flags else {}
            flags = ""
        entry[keyword] = entry.get(keyword, "") + _ESCAPE.sub(_unescaped, match[2])
    if entry:
        yield entry


def _unescaped(match: re.Match[str]) -> str:
    return _ESCAPED.get(match[1], match[1])
