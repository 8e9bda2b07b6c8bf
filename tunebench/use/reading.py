"""Decode files batch by batch, as training does; only a few batches are in memory."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunebench.data_options import Resize
from tunebench.datasets.file_facts import FileFacts, decode_some
from tunebench.datasets.processes import in_processes
from tunebench.use.image_paths import ImagePath

_BATCH = 128
# What a process decodes at a time: so many images, of at most so many bytes.
_AT_A_TIME = 32
_BYTES_AT_A_TIME = 2**24
# Decoded by each process before the model gets them.
_TASKS_PER_CORE = 2
# The first files show how long the rest takes. If that is longer, starting processes pays.
_TRIAL_SECONDS = 1.0
_LONG_SECONDS = 8.0


@dataclass(frozen=True, eq=False)
class Batch:
    """Some files.

    Attributes:
        files: Those that are images.
        pixels: Theirs, ``uint8`` of shape ``(len(files), height, width, 3)``.
        failed: The other files, and why each cannot be used.
    """

    files: list[ImagePath]
    pixels: NDArray[np.uint8]
    failed: list[tuple[ImagePath, str]]


def read_batches(files: Sequence[ImagePath], size: tuple[int, int], resize: Resize) -> Iterator[Batch]:
    """Decode and resize files in their order, in several processes if that takes long.

    Args:
        files: The files.
        size: ``(height, width)``.
        resize: See :func:`tunebench.datasets.resizing.to_size`.
    """
    number = max(1, min(_AT_A_TIME, _BYTES_AT_A_TIME // (3 * size[0] * size[1])))
    chunks = [files[start : start + number] for start in range(0, len(files), number)]
    decoded = _decode([([file.path for file in chunk], size, resize) for chunk in chunks])
    good: list[ImagePath] = []
    failed: list[tuple[ImagePath, str]] = []
    parts: list[NDArray[np.uint8]] = []
    for chunk, (pixels, facts) in zip(chunks, decoded, strict=True):
        usable = [fact.error is None for fact in facts]
        good += [file for file, is_usable in zip(chunk, usable, strict=True) if is_usable]
        failed += [
            (file, fact.error) for file, fact in zip(chunk, facts, strict=True) if fact.error is not None
        ]
        parts.append(pixels[usable])
        if sum(map(len, parts)) + number > _BATCH or chunk is chunks[-1]:
            yield Batch(good, np.concatenate(parts), failed)
            good, failed, parts = [], [], []


def _decode(
    tasks: Sequence[tuple[list[str], tuple[int, int], Resize]],
) -> Iterator[tuple[NDArray[np.uint8], list[FileFacts]]]:
    seconds, done = 0.0, 0
    while done < len(tasks) and seconds < _TRIAL_SECONDS:
        started = time.perf_counter()
        decoded = decode_some(*tasks[done])
        seconds += time.perf_counter() - started
        done += 1
        yield decoded
    rest = tasks[done:]
    is_long = done > 0 and seconds / done * len(rest) > _LONG_SECONDS
    yield from in_processes(decode_some, rest, several=is_long, tasks_per_core=_TASKS_PER_CORE)
