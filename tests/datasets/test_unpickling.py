"""A batch is read, and nothing else that a pickle can do happens."""

import builtins
import importlib
import os
import pickle
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.datasets.official_layout import pickled, random_batch
from tunebench.datasets.unpickling import unpickle_batch
from tunebench.errors import DamagedDataError

BATCH = random_batch(3, seed=1)
# ``{"labels": [3, 5], "data": array of shape (2, 3)}`` as Python 2 writes it in protocol 2.
PYTHON_2 = (
    b"\x80\x02}(U\x06labels](K\x03K\x05eU\x04data"
    b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85U\x01btR"
    b"(K\x01K\x02K\x03\x86cnumpy\ndtype\n(U\x02u1K\x00K\x01tR"
    b"(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U\x06abcdeftbu."
)


class Call:
    """Pickles as a call of ``function``."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return self.call


def read(content: bytes) -> dict[Any, Any]:
    """The dictionary in a pickle."""
    return unpickle_batch(content, source="data_batch_1")


def refusal(content: bytes) -> str:
    """The one-line message with which a pickle is refused."""
    with pytest.raises(DamagedDataError) as caught:
        read(content)
    message = str(caught.value)
    assert message.startswith("data_batch_1 is truncated, altered or not a CIFAR-10 batch (")
    assert "\n" not in message
    assert len(message) < 300
    return message


def test_reads_a_batch_of_python_2() -> None:
    """Strings of Python 2 become bytes; the array keeps its shape."""
    batch = read(PYTHON_2)
    assert batch[b"labels"] == [3, 5]
    assert batch[b"data"].dtype == np.uint8
    np.testing.assert_array_equal(batch[b"data"], [[97, 98, 99], [100, 101, 102]])


@pytest.mark.parametrize("protocol", [2, 3, 4])
@pytest.mark.parametrize("order", [np.ascontiguousarray, np.asfortranarray])
def test_reads_a_batch_of_python_3(protocol: int, order: Any) -> None:
    """A batch that was cut down with Python 3 is read, whatever its memory order."""
    batch = read(pickle.dumps({**BATCH, b"data": order(BATCH[b"data"])}, protocol))
    np.testing.assert_array_equal(batch.pop(b"data"), BATCH[b"data"])
    assert batch == {key: value for key, value in BATCH.items() if key != b"data"}


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_functions_are_not_called(tmp_path: Path, protocol: int) -> None:
    """A pickle that names a function is refused, and the function is not called."""
    canary = tmp_path / "canary"
    touch = f"open({str(canary)!r}, 'w').close()"
    calls = (
        Call(os.system, f"touch {canary}"),
        Call(builtins.eval, touch),
        Call(builtins.exec, touch),
        Call(subprocess.Popen, ["touch", str(canary)]),
        Call(os.mkdir, str(canary)),
        Call(pickle.loads, pickle.dumps(Call(os.mkdir, str(canary)))),
        Call(importlib.import_module, "antigravity"),
        Call(getattr, "text", "upper"),
        Call(np.load, str(canary)),
    )
    for call in calls:
        for value in (call, {**BATCH, b"labels": [1, call]}, {call: 1}):
            refusal(pickle.dumps(value, protocol))
            assert not canary.exists()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"cposix\nsystem\n(S'true'\ntR.", "posix.system"),
        (b"(S'true'\nios\nsystem\n.", "os.system"),
        (b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R.", "os.system"),
        (b"c__builtin__\neval\n(S'1'\ntR.", "__builtin__.eval"),
        (b"\x80\x04\x8c\x05numpy\x8c\x0dos.sys.system\x93.", "numpy.os.sys.system"),
        (b"ctunebench.datasets.unpickling\npickle\n.", "tunebench.datasets.unpickling.pickle"),
    ],
)
def test_the_refusal_names_the_function(content: bytes, name: str) -> None:
    """Every instruction that imports a name is checked, and the message says which name it was."""
    assert f"'{name}' is not allowed" in refusal(content)


@pytest.mark.parametrize("dtype", [b"O8", b"f4", b"i1", b"S1", b"b1"])
def test_other_dtypes_are_refused(dtype: bytes) -> None:
    """Only uint8 arrays are read; of an object array NumPy would follow pointers from the file."""
    assert "not uint8" in refusal(PYTHON_2.replace(b"u1", dtype))


def test_arrays_are_not_made_from_a_buffer() -> None:
    """A call of ``numpy.ndarray`` with an object dtype and bytes gives no object array."""
    call = b"cnumpy\nndarray\n(K\x01\x85U\x01OU\x08ABCDEFGHtR"
    assert read(b"\x80\x02}U\x04data" + call + b"s.")[b"data"].dtype == np.uint8


@pytest.mark.parametrize("shape", [b"K\x02K\x04\x86", b"J\xff\xff\xff\x7fK\x03\x86", b"U\x01a"])
def test_shapes_that_do_not_fit_are_refused(shape: bytes) -> None:
    """An array needs as many bytes as its shape says."""
    refusal(PYTHON_2.replace(b"K\x02K\x03\x86", shape))


@pytest.mark.parametrize("name", [b"numpy\nndarray", b"numpy\ndtype", b"_codecs\nencode"])
@pytest.mark.parametrize("state", [b"}", b"N}U\x09__class__Ns\x86"])
def test_a_file_cannot_change_the_reader(name: bytes, state: bytes) -> None:
    """Admitted names accept no state, so that one file cannot change how the next is read."""
    refusal(b"\x80\x02}U\x01ac" + name + b"\n" + state + b"bs.")


@pytest.mark.parametrize("memo", [b"r\xff\xff\xff\x7f", b"p2147483647\n"])
def test_huge_memo_indices_are_refused(memo: bytes) -> None:
    """A memo index larger than the file is refused before memory is allocated for it."""
    assert "memo index 2147483647" in refusal(b"\x80\x02}" + memo + b".")


@pytest.mark.parametrize("value", [[1], 7, b"text", None, np.zeros(3, np.uint8)])
def test_other_values_than_a_dictionary_are_refused(value: Any) -> None:
    """A pickle of a list, a number or an array is not a batch."""
    refusal(pickled(value))


@given(st.binary(max_size=200))
@settings(max_examples=50)
def test_random_bytes_are_refused(content: bytes) -> None:
    """Random bytes give a one-line error."""
    refusal(content)
