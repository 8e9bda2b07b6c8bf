"""CIFAR-10's official layout with random images."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np

CLASS_NAMES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
NAMES = {
    b"num_cases_per_batch": 10000,
    b"label_names": [name.encode() for name in CLASS_NAMES],
    b"num_vis": 3072,
}


def pickled(value: Any) -> bytes:
    """A pickle in protocol 4."""
    return pickle.dumps(value, protocol=4)


def random_batch(size: int, seed: int) -> dict[bytes, Any]:
    """The dictionary of a batch file: random pixels and labels."""
    random = np.random.default_rng(seed)
    return {
        b"batch_label": b"training batch 1 of 5",
        b"labels": random.integers(0, 10, size).tolist(),
        b"data": random.integers(0, 256, (size, 3072), np.uint8),
        b"filenames": [f"image_{number:05}.png".encode() for number in range(size)],
    }


def write_layout(folder: Path, *, batches: int = 5, size: int = 4) -> Path:
    """Make ``folder/cifar-10-batches-py`` with ``size`` images in each batch and in the test batch."""
    target = folder / "cifar-10-batches-py"
    target.mkdir(parents=True)
    for number in range(1, batches + 1):
        (target / f"data_batch_{number}").write_bytes(pickled(random_batch(size, number)))
    (target / "test_batch").write_bytes(pickled(random_batch(size, 0)))
    (target / "batches.meta").write_bytes(pickled(NAMES))
    return target
