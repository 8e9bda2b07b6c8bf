"""Write an array to a ``.npy`` file part by part, and hash such a file."""

import hashlib
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def write_parts(path: Path, num_rows: int, parts: Iterable[NDArray[Any]]) -> "hashlib._Hash":
    """Write an array of which only a part is in memory at a time.

    Args:
        path: The file.
        num_rows: The length of the whole array.
        parts: Consecutive parts along the first axis, of one dtype.

    Returns:
        SHA-256 of what was written, open for more.

    Raises:
        ValueError: The parts do not make ``num_rows`` rows.
        OSError: The file cannot be written.
    """
    digest = hashlib.sha256()
    written = 0
    with path.open("wb") as file:

        def write(content: bytes | memoryview) -> None:
            # Not through a memory map: there a full disk kills the process.
            file.write(content)
            digest.update(content)

        for part in parts:
            if not written:
                write(_header((num_rows, *part.shape[1:]), part.dtype))
            write(np.ascontiguousarray(part).data)
            # So that the file's time of change tells that its writer is alive.
            file.flush()
            written += len(part)
    if written != num_rows:
        raise ValueError(f"Expected {num_rows} rows, but got {written}.")
    return digest


def hash_file(path: Path) -> "hashlib._Hash":
    """SHA-256 of a file, open for more."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256")


def _header(shape: tuple[int, ...], dtype: np.dtype[Any]) -> bytes:
    buffer = io.BytesIO()
    description = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(buffer, description)
    return buffer.getvalue()
