"""Read the variables of a TensorFlow checkpoint without TensorFlow.

A checkpoint is an index beside its data. The index is a table of LevelDB: sorted keys
(the variables' names) in blocks, each key stored as what differs from the one before, and
a footer that tells where the block of blocks lies. A value is a ``BundleEntryProto``: type,
shape, and where in the data the numbers lie, little-endian and row by row.

References
----------
LevelDB, doc/table_format.md. TensorFlow, core/protobuf/tensor_bundle.proto and
core/util/tensor_bundle/tensor_bundle.h.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_MAGIC = 0xDB4775248B80FB57
_FOOTER = 48
_UNCOMPRESSED = 0
_DTYPES = {1: "<f4", 2: "<f8", 3: "<i4", 9: "<i8"}
"""TensorFlow's ``DataType`` of the numbers that checkpoints of networks hold."""
_VARINT, _LENGTH, _FIXED32 = 0, 2, 5
"""Kinds of a protocol buffer's fields."""


@dataclass(frozen=True)
class _Entry:
    """Where a variable lies in the data, and what it is."""

    dtype: str
    shape: tuple[int, ...]
    offset: int
    size: int


def read_variables(index: bytes, data: bytes) -> dict[str, NDArray[np.generic]]:
    """Read every variable of a checkpoint of one shard.

    Parameters
    ----------
    index, data : bytes
        Contents of ``NAME.index`` and ``NAME.data-00000-of-00001``.

    Returns
    -------
    dict of str to numpy.ndarray
        By the variables' names, optimiser's slots among them.

    Raises
    ------
    ValueError
        If the index is no uncompressed table, or the data do not hold what it tells.
    """
    variables = {}
    for key, value in _table(index):
        if not key:
            continue  # the header, which names the number of shards and the byte order
        entry = _entry(value)
        stored = data[entry.offset : entry.offset + entry.size]
        if len(stored) != entry.size:
            raise ValueError(f"the data end before {key.decode()}")
        variables[key.decode()] = np.frombuffer(stored, entry.dtype).reshape(entry.shape)
    return variables


def _table(table: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of a LevelDB table, in order."""
    footer = table[-_FOOTER:]
    if len(footer) < _FOOTER or struct.unpack("<Q", footer[-8:])[0] != _MAGIC:
        raise ValueError("the index is no table of LevelDB")
    _, start = _handle(footer, 0)  # of the filters, of which there are none
    place, _ = _handle(footer, start)
    for _, handle in _block(table, *place):
        yield from _block(table, *_handle(handle, 0)[0])


def _handle(packed: bytes, start: int) -> tuple[tuple[int, int], int]:
    """A block's offset and size, and where the handle ends."""
    offset, start = _varint(packed, start)
    size, start = _varint(packed, start)
    return (offset, size), start


def _block(table: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    if table[offset + size] != _UNCOMPRESSED:
        raise ValueError("the index is compressed")
    block = table[offset : offset + size]
    (restarts,) = struct.unpack("<I", block[-4:])
    end = size - 4 - 4 * restarts
    key, at = b"", 0
    while at < end:
        shared, at = _varint(block, at)
        unshared, at = _varint(block, at)
        length, at = _varint(block, at)
        key = key[:shared] + block[at : at + unshared]
        at += unshared
        yield key, block[at : at + length]
        at += length


def _entry(packed: bytes) -> _Entry:
    """A ``BundleEntryProto``."""
    numbers, parts = _message(packed)
    dtype, shard = numbers.get(1, 0), numbers.get(3, 0)
    if dtype not in _DTYPES or shard:
        raise ValueError(f"numbers of type {dtype} in shard {shard} are not read here")
    (shape,) = (part for field, part in parts if field == 2)
    sizes = (_message(dim)[0].get(1, 0) for field, dim in _message(shape)[1] if field == 2)
    return _Entry(_DTYPES[dtype], tuple(sizes), numbers.get(4, 0), numbers.get(5, 0))


def _message(packed: bytes) -> tuple[dict[int, int], list[tuple[int, bytes]]]:
    """Fields of a protocol buffer by their numbers: integers, and what has a length.

    Numbers of fixed width, which are checksums here, are passed over.
    """
    numbers: dict[int, int] = {}
    parts: list[tuple[int, bytes]] = []
    at = 0
    while at < len(packed):
        tag, at = _varint(packed, at)
        field, kind = tag >> 3, tag & 7
        if kind == _VARINT:
            numbers[field], at = _varint(packed, at)
        elif kind == _LENGTH:
            length, at = _varint(packed, at)
            parts.append((field, packed[at : at + length]))
            at += length
        elif kind == _FIXED32:
            at += 4
        else:
            raise ValueError(f"a field of kind {kind} is not expected")
    return numbers, parts


def _varint(packed: bytes, at: int) -> tuple[int, int]:
    """An integer of seven bits a byte, and where it ends."""
    value = shift = 0
    while True:
        byte = packed[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
