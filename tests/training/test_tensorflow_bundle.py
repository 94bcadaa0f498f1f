"""Checkpoints are read without TensorFlow: here, ones written by the format's description."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from miso_desktop.training.tensorflow_bundle import read_variables

MAGIC = 0xDB4775248B80FB57
DTYPES = {"float32": 1, "float64": 2, "int32": 3, "int64": 9}
HEADER = (b"", b"\x08\x01")
NAMES = ["conv2d/bias", "conv2d/kernel", "conv2d_1/bias", "dense/kernel"]


def varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def block(pairs: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Keys as what differs from the one before; every third stands in full."""
    out, restarts, last = b"", [], b""
    for i, (key, value) in enumerate(pairs):
        shared = 0
        if i % 3:
            while shared < min(len(key), len(last)) and key[shared] == last[shared]:
                shared += 1
        else:
            restarts.append(len(out))
        sizes = varint(shared) + varint(len(key) - shared) + varint(len(value))
        out += sizes + key[shared:] + value
        last = key
    marks = b"".join(struct.pack("<I", mark) for mark in restarts)
    return out + marks + struct.pack("<I", len(restarts))


def table(pairs: Sequence[tuple[bytes, bytes]], size: int = 2, kind: bytes = b"\0") -> bytes:
    out, places = b"", []
    for start in range(0, len(pairs), size):
        chunk = pairs[start : start + size]
        packed = block(chunk)
        places.append((chunk[-1][0], varint(len(out)) + varint(len(packed))))
        out += packed + kind + b"crc."
    handles = []
    for packed in (block([]), block(places)):
        handles.append(varint(len(out)) + varint(len(packed)))
        out += packed + b"\0crc."
    return out + b"".join(handles).ljust(40, b"\0") + struct.pack("<Q", MAGIC)


def entry(array: np.ndarray, offset: int) -> bytes:
    dims = b"".join(
        b"\x12" + varint(len(size)) + size for size in (b"\x08" + varint(n) for n in array.shape)
    )
    out = b"\x08" + varint(DTYPES[array.dtype.name]) + b"\x12" + varint(len(dims)) + dims
    if offset:
        out += b"\x20" + varint(offset)
    return out + b"\x28" + varint(array.nbytes) + b"\x35crc."


def checkpoint(variables: dict[str, np.ndarray]) -> tuple[bytes, bytes]:
    pairs, data = [HEADER], b""
    for name in sorted(variables):
        pairs.append((name.encode(), entry(variables[name], len(data))))
        data += variables[name].tobytes()
    return table(pairs), data


@settings(max_examples=40)
@given(
    st.dictionaries(
        st.sampled_from(NAMES),
        st.sampled_from(sorted(DTYPES)).flatmap(
            lambda name: hnp.arrays(name, hnp.array_shapes(min_dims=0, max_dims=4, max_side=7))
        ),
    )
)
def test_every_variable_comes_back(variables: dict[str, np.ndarray]) -> None:
    found = read_variables(*checkpoint(variables))
    assert found.keys() == variables.keys()
    for name, array in variables.items():
        assert found[name].dtype == array.dtype and found[name].shape == array.shape
        assert found[name].tobytes() == array.tobytes()


def test_a_file_that_is_no_table_is_told() -> None:
    for index in (b"", b"no table at all" * 10):
        with pytest.raises(ValueError, match="no table"):
            read_variables(index, b"")


def test_a_compressed_index_is_told() -> None:
    with pytest.raises(ValueError, match="compressed"):
        read_variables(table([HEADER], kind=b"\1"), b"")


def test_data_that_end_too_early_are_told() -> None:
    index, data = checkpoint({"dense/bias": np.ones(5, np.float32)})
    with pytest.raises(ValueError, match="end before dense/bias"):
        read_variables(index, data[:-1])


def test_numbers_of_an_unknown_kind_are_told() -> None:
    odd = (b"word", b"\x08\x07" + entry(np.ones(1, np.float32), 0)[2:])
    with pytest.raises(ValueError, match="type 7"):
        read_variables(table([HEADER, odd]), b"    ")
