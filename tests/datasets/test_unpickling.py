"""Nothing that a file asks for is carried out, and what a batch needs is read."""

import builtins
import importlib
import os
import pickle
import struct
import subprocess
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.datasets.official_layout import python2_pickle, random_batch
from tunebench.datasets.unpickling import unpickle_batch
from tunebench.errors import DamagedDataError

BATCH = random_batch(3, seed=1)
PICKLED = python2_pickle(BATCH)


class Call:
    """Pickles as a call of ``function``."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return self.call


def assert_same_batch(read: dict[Any, Any]) -> None:
    """Every entry as it was written."""
    assert list(read) == list(BATCH)
    np.testing.assert_array_equal(read[b"data"], BATCH[b"data"])
    assert read[b"data"].dtype == np.uint8
    assert read[b"labels"] == BATCH[b"labels"]
    assert read[b"filenames"] == BATCH[b"filenames"]


def read_or_refuse(content: bytes) -> dict[Any, Any] | None:
    """The dictionary, or ``None`` where the content was refused in one line; anything else fails the test."""
    try:
        return unpickle_batch(content, source="data_batch_1")
    except DamagedDataError as error:
        message = str(error)
        assert "\n" not in message
        assert len(message) < 300
        return None


def test_reads_what_python_2_wrote() -> None:
    """The official files could not be read."""
    assert_same_batch(unpickle_batch(PICKLED, source="data_batch_1"))


def test_reads_what_python_3_wrote_in_protocol_2() -> None:
    """A batch that was cut down with a current NumPy (numpy._core, _codecs.encode) could not be read."""
    content = pickle.dumps(BATCH, protocol=2)
    assert b"numpy._core.multiarray" in content
    assert_same_batch(unpickle_batch(content, source="data_batch_1"))


def test_reads_column_major_arrays() -> None:
    """Pixels of an array that was stored in Fortran order would be scrambled."""
    content = pickle.dumps({b"data": np.asfortranarray(BATCH[b"data"])}, protocol=2)
    np.testing.assert_array_equal(unpickle_batch(content, source="x")[b"data"], BATCH[b"data"])


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("place", ["value", "key", "label", "alone"])
def test_calls_nothing(tmp_path: Path, protocol: int, place: str) -> None:
    """A file could run commands on the user's machine."""
    canary = tmp_path / "canary"
    touch = f"open({str(canary)!r}, 'w').close()"
    calls = (
        Call(os.system, f"touch {canary}"),
        Call(builtins.eval, touch),
        Call(builtins.exec, touch),
        Call(subprocess.Popen, ["touch", str(canary)]),
        Call(os.mkdir, str(canary)),
        Call(builtins.open, str(canary), "w"),
        Call(pickle.loads, pickle.dumps(Call(os.mkdir, str(canary)))),
        Call(importlib.import_module, "antigravity"),
        Call(np.load, str(canary)),
        Call(np.frombuffer, b"abc"),
        Call(getattr, "text", "upper"),
    )
    for call in calls:
        value = {
            "value": {**BATCH, b"labels": call},
            "key": {call: 1},
            "label": {**BATCH, b"labels": [1, call, 2]},
            "alone": call,
        }[place]
        with pytest.raises(DamagedDataError):
            unpickle_batch(pickle.dumps(value, protocol), source="data_batch_1")
        assert not canary.exists()


@pytest.mark.parametrize(
    "name", ["os\nsystem", "builtins\neval", "__builtin__\neval", "numpy\nload", "numpy\n__doc__"]
)
def test_names_what_was_asked_for(name: str) -> None:
    """The user would not learn that the file is hostile, or the name would be resolved."""
    with pytest.raises(DamagedDataError, match=r"asks for (os|builtins|__builtin__|numpy)\."):
        unpickle_batch(b"\x80\x02c" + name.encode() + b"\n.", source="data_batch_1")


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    """A damaged file would show a traceback."""
    read_or_refuse(content)


@given(st.data())
def test_any_damage_is_read_or_refused(data: st.DataObject) -> None:
    """A batch with flipped bytes or a missing end would show a traceback."""
    content = bytearray(PICKLED[: data.draw(st.integers(0, len(PICKLED)))])
    for position in data.draw(st.lists(st.integers(0, 400), max_size=4)):
        if position < len(content):
            content[position] = data.draw(st.integers(0, 255))
    read_or_refuse(bytes(content))


INSTRUCTIONS = [
    *(
        b"(",
        b"N",
        b"\x88",
        b"\x89",
        b"]",
        b"}",
        b")",
        b"a",
        b"e",
        b"s",
        b"u",
        b"t",
        b"\x85",
        b"\x86",
        b"\x87",
    ),
    *(
        b"R",
        b"b",
        b"K\x01",
        b"M\x00\x0c",
        b"J\xff\xff\xff\xff",
        b"U\x02u1",
        b"U\x01b",
        b"X\x06\x00\x00\x00latin1",
    ),
    *(b"q\x00", b"q\x01", b"h\x00", b"h\x01", b"r\x05\x00\x00\x00", b"j\x05\x00\x00\x00", b"U\x00"),
    *(
        b"cnumpy\nndarray\n",
        b"cnumpy\ndtype\n",
        b"cnumpy.core.multiarray\n_reconstruct\n",
        b"c_codecs\nencode\n",
    ),
]


@given(st.lists(st.sampled_from(INSTRUCTIONS), max_size=30))
def test_any_program_of_admitted_instructions_is_read_or_refused(program: list[bytes]) -> None:
    """Admitted instructions in an order that no pickler writes would crash, or change how files are read."""
    read_or_refuse(b"\x80\x02" + b"".join(program) + b".")
    read_or_refuse(b"\x80\x02}(U\x04data" + b"".join(program) + b"u.")
    assert_same_batch(unpickle_batch(PICKLED, source="data_batch_1"))


@pytest.mark.parametrize("cut", [0, 1, 2, 100, len(PICKLED) // 2, len(PICKLED) - 1])
def test_truncated_is_refused(cut: int) -> None:
    """A download that broke off would be used as it is."""
    assert read_or_refuse(PICKLED[:cut]) is None


@pytest.mark.parametrize("dtype", ["<f4", "|i1", "<u2", "|S1", "|b1", "<U1"])
def test_other_dtypes_are_refused(dtype: str) -> None:
    """Pixels of another kind would be read as if they were bytes."""
    content = python2_pickle({b"data": np.zeros((2, 3072), dtype)})
    with pytest.raises(DamagedDataError, match="not uint8"):
        unpickle_batch(content, source="data_batch_1")


def test_forged_object_array_is_refused() -> None:
    """Bytes of the file would become pointers: NumPy trusts the state of a dtype that it is handed."""
    content = PICKLED.replace(b"U\x02u1", b"U\x02O8")
    assert content != PICKLED
    with pytest.raises(DamagedDataError, match="O8"):
        unpickle_batch(content, source="data_batch_1")


@pytest.mark.parametrize("shape", [(-1, 3072), (3, 3073), (2**31 - 1, 3072)])
def test_shapes_that_the_bytes_do_not_fill_are_refused(shape: tuple[int, int]) -> None:
    """A forged shape would be guessed at, or would ask for memory."""
    true_shape = b"(" + b"".join(b"J" + struct.pack("<i", length) for length in (3, 3072)) + b"t"
    forged = b"(" + b"".join(b"J" + struct.pack("<i", length) for length in shape) + b"t"
    assert true_shape in PICKLED
    assert read_or_refuse(PICKLED.replace(true_shape, forged)) is None


def test_memo_number_takes_no_memory() -> None:
    """Eight bytes of a file would make the unpickler allocate gigabytes."""
    tracemalloc.start()
    try:
        assert read_or_refuse(b"\x80\x02}r\xff\xff\xff\x7f.") is None
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_tower_of_tuples_is_refused() -> None:
    """Hashing a key of a million nested tuples would overflow the stack and kill the process."""
    assert read_or_refuse(b"\x80\x02}N" + b"\x85" * 1_000_000 + b"Ns.") is None


@pytest.mark.parametrize("name", [b"cnumpy\nndarray\n", b"cnumpy\ndtype\n", b"c_codecs\nencode\n"])
@pytest.mark.parametrize("state", [b"}", b"N}\x86", b"N}U\x09_functionNs\x86", b"}U\x09_functionNs"])
def test_names_take_no_state(name: bytes, state: bytes) -> None:
    """One file could change how the next is read."""
    assert read_or_refuse(b"\x80\x02}U\x01a" + name + state + b"bs.") is None
    assert_same_batch(unpickle_batch(PICKLED, source="data_batch_1"))


@pytest.mark.parametrize("value", [[1], 7, b"text", None, np.zeros(3, np.uint8)])
def test_other_values_than_a_dictionary_are_refused(value: Any) -> None:
    """The reader would look for entries in something that has none."""
    content = b"\x80\x02N." if value is None else python2_pickle(value)
    with pytest.raises(DamagedDataError, match="dictionary"):
        unpickle_batch(content, source="data_batch_1")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"c_codecs\nencode\nX\x01\x00\x00\x00aX\x05\x00\x00\x00utf-8\x86R", "encoded as 'utf-8'"),
        (b"c_codecs\nencode\nU\x01aX\x06\x00\x00\x00latin1\x86R", "encoded as 'latin1'"),
        (b"cnumpy\nndarray\n)R", "made directly"),
        (b"N0", "POP"),
        (b"cnumpy.core.multiarray\n_reconstruct\n)R(K\x01K\x01\x85NN]tb", "not of uint8"),
    ],
)
def test_calls_that_no_batch_makes_are_refused(content: bytes, reason: str) -> None:
    """An admitted name would do more than a batch needs of it."""
    with pytest.raises(DamagedDataError, match=reason):
        unpickle_batch(b"\x80\x02" + content + b".", source="data_batch_1")
