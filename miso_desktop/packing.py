"""A bundle in one file, to carry to another machine: ``NAME.miso``.

An ordinary zip archive that any tool opens, in a narrow form: the manifest first, then
the card and the model's files, nothing compressed, and as its comment a seal, the
SHA-256 of everything before it. So a file that was changed or cut short on its way is
told from one that is no model at all, before anything in it is looked at; and an
archive cannot claim to be smaller than what comes out of it.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from miso_desktop import bundles
from miso_desktop.atomic import replacing, sync_folder
from miso_desktop.bundles import CARD, MANIFEST, UNFIT, Bundle, is_plain
from miso_desktop.errors import BundleError, FileMissing, InstallFailed
from miso_desktop.phrases import Phrase, phrase
from miso_desktop.progress import OnBytes, nobody

SUFFIX = ".miso"

SEAL = b"miso bundle, sha256 of all before: "
"""The archive's comment; 64 hexadecimal digits follow, and end the file."""

MANIFEST_BYTES = 1 << 20
CARD_BYTES = 1 << 20
MAX_FILES = 64
MAX_BYTES = zipfile.ZIP64_LIMIT
"""A plain zip archive ends at 2 GB."""

_CHUNK = 1 << 20
_END = struct.Struct("<4s4H2LH")
_END_SIGNATURE = b"PK\5\6"
_DATE = (1980, 1, 1, 0, 0, 0)
"""The same for all: equal bundles make equal files."""


def pack(bundle: Bundle, out: Path, on_bytes: OnBytes = nobody) -> int:
    """Write a bundle into one file.

    Parameters
    ----------
    bundle : Bundle
        A verified one.
    out : Path
        Replaced only when the new file is whole.
    on_bytes : callable, optional
        Hears of the progress.

    Returns
    -------
    int
        Size of the file in bytes.

    Raises
    ------
    InstallFailed
        If it is larger than such a file can be.
    OSError
        If the file cannot be written.
    """
    with replacing(out) as unfinished:
        _write(bundle, unfinished, on_bytes)
        size = unfinished.stat().st_size
        with unfinished.open("r+b") as file:
            seal = _digest(file, size - 64)
            file.seek(-64, os.SEEK_END)
            file.write(seal)
    return size


def unpack(file: Path, folder: Path, on_bytes: OnBytes = nobody) -> Bundle:
    """Write a packed bundle's files into a new folder, and verify them there.

    Parameters
    ----------
    file : Path
        What :func:`pack` wrote, perhaps on another machine, perhaps tampered with.
    folder : Path
        Made here; it must not be there yet. What is left in it after an error is the
        caller's to remove.
    on_bytes : callable, optional
        Hears of the progress.

    Returns
    -------
    Bundle
        It lies in ``folder``, and is on the disk.

    Raises
    ------
    FileMissing
        If there is no such file.
    InstallFailed
        If it is no packed bundle, was changed or cut short, names what it must not, or its
        files are not those of its manifest.
    OSError
        If the folder cannot be written.
    """
    with _readable(file):
        source = file.open("rb")
    with source:
        with _readable(file):
            _check_seal(source, file)
        try:
            with _opened(source, file) as archive:
                _extract(archive, file, folder, on_bytes)
        except (zipfile.BadZipFile, zipfile.LargeZipFile, RuntimeError, EOFError) as error:
            raise _refused(file, phrase("{reason}", reason=str(error))) from error
        except UNFIT as error:
            detail = f"{type(error).__name__}: {error}"
            raise _refused(file, phrase("{reason}", reason=detail)) from error
    sync_folder(folder)
    try:
        return bundles.load(folder)
    except BundleError as error:
        raise _refused(file, phrase("{reason}", reason=error.detail)) from error


@contextmanager
def _readable(file: Path) -> Iterator[None]:
    """Tell a failure to read apart from one to write."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileMissing(
            phrase("{path} cannot be read ({reason}).", path=str(file), reason=reason), file
        ) from error


def _write(bundle: Bundle, out: Path, on_bytes: OnBytes) -> None:
    """The archive, with room for the seal."""
    card = [CARD] if (bundle.folder / CARD).is_file() else []
    names = [MANIFEST, *card, *sorted(bundle.files)]
    total = sum((bundle.folder / name).stat().st_size for name in names)
    if total > MAX_BYTES:
        raise InstallFailed(
            phrase(
                '"{name}" is too large for one file: {size} MB, and {most} MB fit.',
                name=bundle.name,
                size=-(-total // 1_000_000),
                most=MAX_BYTES // 1_000_000,
            ),
            out,
        )
    done = 0
    with zipfile.ZipFile(out, "x", zipfile.ZIP_STORED, allowZip64=False) as archive:
        archive.comment = SEAL + b"0" * 64
        for name in names:
            with (bundle.folder / name).open("rb") as source, _entry(archive, name) as to:
                while chunk := source.read(_CHUNK):
                    to.write(chunk)
                    done += len(chunk)
                    on_bytes(done, total)


def _entry(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    info = zipfile.ZipInfo(name, _DATE)
    info.external_attr = 0o644 << 16
    return archive.open(info, "w")


def _digest(file: IO[bytes], count: int) -> bytes:
    """Checksum of the first ``count`` bytes, as the seal writes it."""
    digest = hashlib.sha256()
    file.seek(0)
    while count and (chunk := file.read(min(count, _CHUNK))):
        digest.update(chunk)
        count -= len(chunk)
    return digest.hexdigest().encode("ascii")


def _check_seal(source: IO[bytes], file: Path) -> None:
    """Refuse what :func:`pack` did not write, or what is not as it wrote it."""
    size = source.seek(0, os.SEEK_END)
    comment = len(SEAL) + 64
    end = size - comment - _END.size
    if end < 0:
        raise _no_bundle(file)
    source.seek(end)
    tail = source.read()
    fields = _END.unpack(tail[: _END.size])
    _, _, _, here, count, directory, start, length = fields
    if fields[0] != _END_SIGNATURE or not tail[_END.size :].startswith(SEAL):
        raise _cut_or_other(source, file)
    if tail[-64:] != _digest(source, size - 64):
        raise _changed(file)
    narrow = here == count <= MAX_FILES and start + directory == end and length == comment
    if not narrow or directory > MAX_FILES * 256:
        raise _refused(file, phrase("its table of contents is not in order"))


def _cut_or_other(source: IO[bytes], file: Path) -> InstallFailed:
    source.seek(0)
    begins_as_ours = source.read(30 + len(MANIFEST))[30:] == MANIFEST.encode("ascii")
    return _changed(file) if begins_as_ours else _no_bundle(file)


def _extract(archive: zipfile.ZipFile, file: Path, folder: Path, on_bytes: OnBytes) -> None:
    entries = {entry.filename: entry for entry in archive.infolist()}
    if len(entries) != len(archive.infolist()):
        raise _refused(file, phrase("a file is in it twice"))
    for entry in entries.values():
        _check_entry(entry, file)
    with _readable(file):
        sizes, size = _sizes(archive, entries, file), file.stat().st_size
    if {n.casefold(): e.file_size for n, e in entries.items()} != sizes:
        raise _refused(file, phrase("its files are not those that its manifest names"))
    total, done = sum(sizes.values()), 0
    if total > size:  # nothing is compressed: they lie over one another
        raise _refused(file, phrase("its files are not those that its manifest names"))
    folder.mkdir()
    for name, entry in entries.items():
        with (folder / name).open("xb") as out:
            for chunk in _chunks(archive, entry, file):
                out.write(chunk)
                done += len(chunk)
                on_bytes(done, total)
            out.flush()
            os.fsync(out.fileno())


def _opened(source: IO[bytes], file: Path) -> zipfile.ZipFile:
    with _readable(file):
        return zipfile.ZipFile(source)


def _chunks(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, file: Path) -> Iterator[bytes]:
    with _readable(file), archive.open(entry) as source:
        while chunk := source.read(_CHUNK):
            yield chunk


def _check_entry(entry: zipfile.ZipInfo, file: Path) -> None:
    kind = entry.external_attr >> 16 & 0o170000
    if not is_plain(entry.filename) or entry.filename != entry.orig_filename:
        raise _refused(file, phrase("{name} may not be a file's name", name=repr(entry.filename)))
    if kind not in (0, 0o100000):
        raise _refused(file, phrase("{name} is no plain file", name=entry.filename))
    if entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size:
        raise _refused(file, phrase("{name} is compressed", name=entry.filename))


def _sizes(
    archive: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo], file: Path
) -> dict[str, int]:
    """How many bytes each file must have; names without regard to case, as some systems do."""
    first = next(iter(entries), "")
    if first != MANIFEST or entries[first].file_size > MANIFEST_BYTES:
        raise _refused(file, phrase("it does not begin with a manifest"))
    manifest: Any = json.loads(archive.read(first))
    sizes = {name.casefold(): int(e["bytes"]) for name, e in manifest["files"].items()}
    if len(sizes) != len(manifest["files"]) or CARD.casefold() in sizes:
        raise _refused(file, phrase("its files are not those that its manifest names"))
    sizes[MANIFEST] = entries[first].file_size
    if CARD in entries and entries[CARD].file_size <= CARD_BYTES:
        sizes[CARD.casefold()] = entries[CARD].file_size
    return sizes


def _no_bundle(file: Path) -> InstallFailed:
    return InstallFailed(
        phrase(
            "{path} is no packed model. `miso models export` makes such files ({suffix}).",
            path=str(file),
            suffix=SUFFIX,
        ),
        file,
    )


def _changed(file: Path) -> InstallFailed:
    return InstallFailed(
        phrase(
            "{path} is not as it was packed: it was changed, or cut short on its way. "
            "Copy or fetch it again.",
            path=str(file),
        ),
        file,
    )


def _refused(file: Path, detail: Phrase) -> InstallFailed:
    return InstallFailed(
        phrase(
            "{path} was not added: {detail}. Use files that `miso models export` made.",
            path=str(file),
            detail=detail,
        ),
        file,
    )
