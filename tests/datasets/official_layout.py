"""Write CIFAR-10's official layout as its authors did: by Python 2, in pickle protocol 2."""

import io
import struct
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

CLASS_NAMES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
NAMES = {
    b"num_cases_per_batch": 10000,
    b"label_names": [name.encode() for name in CLASS_NAMES],
    b"num_vis": 3072,
}


def python2_pickle(value: Any) -> bytes:
    """What Python 2's ``cPickle.dump(value, file, 2)`` writes, memo instructions left out."""
    return b"\x80\x02" + _python2(value) + b"."


def _python2(value: Any) -> bytes:
    if isinstance(value, dict):
        return b"}(" + b"".join(_python2(key) + _python2(item) for key, item in value.items()) + b"u"
    if isinstance(value, list):
        return b"](" + b"".join(map(_python2, value)) + b"e"
    if isinstance(value, int):
        return b"J" + struct.pack("<i", value)
    if isinstance(value, bytes):
        short = len(value) < 256
        return (b"U" + bytes([len(value)]) if short else b"T" + struct.pack("<i", len(value))) + value
    return _python2_array(value)


def _python2_array(array: NDArray[Any]) -> bytes:
    code = array.dtype.str[1:].encode()
    order = array.dtype.str[:1].encode()
    shape = b"(" + b"".join(_python2(length) for length in array.shape) + b"t"
    empty = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85U\x01btR"
    dtype = b"cnumpy\ndtype\n(" + _python2(code) + b"K\x00K\x01tR(K\x03" + _python2(order) + b"NNN"
    dtype += _python2(-1) + _python2(-1) + b"K\x00tb"
    return empty + b"(K\x01" + shape + dtype + b"\x89" + _python2(array.tobytes()) + b"tb"


def random_batch(size: int, seed: int) -> dict[bytes, Any]:
    """A batch of random pixels and labels, as the dictionary that the files hold."""
    random = np.random.default_rng(seed)
    return {
        b"batch_label": b"training batch 1 of 5",
        b"labels": random.integers(0, 10, size).tolist(),
        b"data": random.integers(0, 256, (size, 3072), np.uint8),
        b"filenames": [f"image_{number:05}.png".encode() for number in range(size)],
    }


def write_layout(folder: Path, *, batches: int = 5, size: int = 4) -> Path:
    """Make ``folder/cifar-10-batches-py`` with ``size`` images a batch and in the test batch."""
    target = folder / "cifar-10-batches-py"
    target.mkdir(parents=True)
    for number in range(1, batches + 1):
        (target / f"data_batch_{number}").write_bytes(python2_pickle(random_batch(size, number)))
    (target / "test_batch").write_bytes(python2_pickle(random_batch(size, 0)))
    (target / "batches.meta").write_bytes(python2_pickle(NAMES))
    return target


def archive_of(folder: Path) -> bytes:
    """The layout as the official ``.tar.gz``."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        tar.add(folder, arcname="cifar-10-batches-py")
    return buffer.getvalue()
