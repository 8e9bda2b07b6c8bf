"""Write, check and open the ``.npy`` files of a cache of arrays."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def write_parts(path: Path, num_rows: int, parts: Iterable[NDArray[Any]]) -> None:
    """Write an array with only one part in memory at a time.

    Args:
        path: The file.
        num_rows: The array's length.
        parts: Consecutive parts along the first axis, of one dtype.

    Raises:
        ValueError: The parts do not have ``num_rows`` rows in total.
        OSError: The file cannot be written.
    """
    num_written = 0
    # Not through a memory map: a full disk would kill the process.
    with path.open("wb") as file:
        for part in parts:
            if not num_written:
                header = {
                    "descr": np.lib.format.dtype_to_descr(part.dtype),
                    "fortran_order": False,
                    "shape": (num_rows, *part.shape[1:]),
                }
                np.lib.format.write_array_header_1_0(file, header)
            file.write(np.ascontiguousarray(part).data)
            num_written += len(part)
    if num_written != num_rows:
        raise ValueError(f"Expected {num_rows} rows, but got {num_written}.")


def checksum(path: Path, more: bytes) -> str:
    """SHA-256 of a file and of what is stored beside it."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    digest.update(more)
    return digest.hexdigest()


def open_array(path: Path) -> NDArray[Any]:
    """Memory-map a file for reading."""
    array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    return array
