"""What a music file says about itself: title, artist, genre, ReplayGain.

One small table for each family of tags: ID3 (mp3, wav, aiff), MP4 atoms (m4a), Vorbis
comments (flac, ogg, opus) and ASF (wma). Files are opened for reading only.

References
----------
ID3v2.4 informal standard; Vorbis comment field recommendations; ReplayGain 2.0
specification; RFC 7845, section 5.2.1 (``R128_TRACK_GAIN``).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from miso_desktop.errors import FileMissing
from miso_desktop.phrases import phrase
from miso_desktop.values import Tags

Lookup = Callable[[str], list[str]]
"""From a field of :data:`_FIELDS` to every text that the file has for it."""

# field: (ID3 frame, MP4 atom, Vorbis comment, ASF attribute)
_FIELDS: Mapping[str, tuple[str, str, str, str]] = {
    "title": ("TIT2", "\xa9nam", "title", "Title"),
    "artist": ("TPE1", "\xa9ART", "artist", "Author"),
    "album": ("TALB", "\xa9alb", "album", "WM/AlbumTitle"),
    "album_artist": ("TPE2", "aART", "albumartist", "WM/AlbumArtist"),
    "genre": ("TCON", "\xa9gen", "genre", "WM/Genre"),
    "date": ("TDRC", "\xa9day", "date", "WM/Year"),
    "track": ("TRCK", "trkn", "tracknumber", "WM/TrackNumber"),
    "gain": (
        "TXXX:REPLAYGAIN_TRACK_GAIN",
        "----:com.apple.iTunes:REPLAYGAIN_TRACK_GAIN",
        "replaygain_track_gain",
        "replaygain_track_gain",
    ),
    "r128": ("", "", "r128_track_gain", ""),
}
_ID3, _MP4, _VORBIS, _ASF = range(4)

_R128_TO_REPLAY_GAIN_DB = 5.0
"""EBU R 128 aims at -23 LUFS, ReplayGain 2.0 at -18."""
_MAX_GAIN_DB = 51.0
"""No sane scanner writes more; what does is a broken tag that would deafen."""
_HANGUL = re.compile(r"[가-힣]")
_HANGUL_RUN = re.compile(r"[가-힣]{2}")
_ASCII_LETTER = re.compile(r"[A-Za-z]")
_SEPARATORS = re.compile(r"[;/,\x00]")


def read_tags(path: Path) -> Tags:
    """Read the tags of one file.

    Parameters
    ----------
    path : Path
        A sound file. One without tags, or with tags that cannot be made out, gives empty
        :class:`~miso_desktop.values.Tags`; whether it plays is for the decoder to say.

    Raises
    ------
    FileMissing
        If there is no such file.
    """
    import mutagen

    if not path.is_file():
        raise FileMissing(
            phrase("{path} is not there. Was it moved or renamed?", path=str(path)), path
        )
    try:
        file = mutagen.File(path)
    except (mutagen.MutagenError, OSError, ValueError, IndexError, KeyError):
        # mutagen lets errors of its parsers through where a file is cut off or damaged.
        return Tags()
    if file is None:
        return Tags()
    find = _lookup(file.tags)
    return Tags(
        title=_joined(find("title")),
        artist=_joined(find("artist")),
        album=_joined(find("album")),
        album_artist=_joined(find("album_artist")),
        genres=_genres(find("genre")),
        year=_number(r"\b(\d{4})\b", find("date")),
        track_number=_number(r"^\s*(\d{1,4})\b", find("track")),
        duration_s=_positive(getattr(file.info, "length", 0.0)),
        replay_gain_db=_gain(find),
    )


def _lookup(tags: Any) -> Lookup:
    """A way to ask any family of tags for a field."""
    from mutagen.asf import ASFTags
    from mutagen.id3 import ID3
    from mutagen.mp4 import MP4Tags

    if isinstance(tags, ID3):
        return lambda field: _id3_texts(tags, _FIELDS[field][_ID3])
    if isinstance(tags, MP4Tags):
        return lambda field: _ignoring_case(tags, _FIELDS[field][_MP4])
    if isinstance(tags, ASFTags):
        return lambda field: _ignoring_case(tags, _FIELDS[field][_ASF])
    if tags is None:
        return lambda _: []
    return lambda field: _ignoring_case(tags, _FIELDS[field][_VORBIS])


def _id3_texts(tags: Any, frame: str) -> list[str]:
    if not frame:
        return []
    if frame == "TCON":
        # Resolves numbers such as "(17)" to their names.
        return [name for found in tags.getall(frame) for name in found.genres]
    kind, _, description = frame.partition(":")
    return [
        str(text)
        for found in tags.getall(kind)
        if not description or found.desc.upper() == description
        for text in found.text
    ]


def _ignoring_case(tags: Any, name: str) -> list[str]:
    """Every value of a name; players disagree on capitals in free-form names."""
    return [
        _text(value)
        for key, values in tags.items()
        if key.lower() == name.lower()
        for value in (values if isinstance(values, list) else [values])
    ]


def _text(value: Any) -> str:
    if isinstance(value, bytes):  # free-form MP4 atoms
        return value.decode("utf-8", "replace")
    if isinstance(value, tuple):  # (track, of how many)
        return str(value[0])
    return str(value)


def _joined(texts: Iterable[str]) -> str:
    parts = [tidy(part) for text in texts for part in text.split("\x00")]
    return ", ".join(dict.fromkeys(part for part in parts if part))


def _genres(texts: Iterable[str]) -> tuple[str, ...]:
    parts = [tidy(part) for text in texts for part in _SEPARATORS.split(text)]
    return tuple(dict.fromkeys(part for part in parts if part))


def tidy(text: str) -> str:
    """Mend the encoding, compose the Hangul and strip what is around the text.

    Macs decompose Hangul into single letters, which other systems show as such.
    """
    return unicodedata.normalize("NFC", mend_korean(text)).strip().strip("\ufeff")


def mend_korean(text: str) -> str:
    r"""Undo cp949 text that was labelled as Latin-1, as old Korean mp3 files have it.

    Latin text in capitals can hold two accented letters side by side that would decode
    to one Hangul syllable ("NAÇÃO"), so one syllable counts only where there is no Latin
    letter beside it; otherwise two in a row are needed.

    Examples
    --------
    >>> mend_korean("\xbb\xe7\xb6\xfb")
    '사랑'
    >>> mend_korean("Beyoncé")
    'Beyoncé'
    """
    if text.isascii():
        return text
    try:
        mended = text.encode("latin-1").decode("cp949")
    except UnicodeError:
        return text
    lone = _HANGUL.search(mended) and not _ASCII_LETTER.search(mended)
    return mended if lone or _HANGUL_RUN.search(mended) else text


def _number(pattern: str, texts: Iterable[str]) -> int | None:
    found = (re.search(pattern, text) for text in texts)
    return next((int(match[1]) for match in found if match and int(match[1]) > 0), None)


def _gain(find: Lookup) -> float | None:
    """Track gain in dB against ReplayGain's -18 LUFS."""
    for text in find("gain"):
        match = re.search(r"[-+]?\d+(?:\.\d+)?", text.replace(",", "."))
        if match and abs(float(match[0])) <= _MAX_GAIN_DB:
            return float(match[0])
    for text in find("r128"):
        if re.fullmatch(r"\s*[-+]?\d{1,5}\s*", text):
            gain = int(text) / 256 + _R128_TO_REPLAY_GAIN_DB
            return gain if abs(gain) <= _MAX_GAIN_DB else None
    return None


def _positive(length: Any) -> float:
    seconds = float(length or 0.0)
    return seconds if math.isfinite(seconds) and seconds > 0 else 0.0
