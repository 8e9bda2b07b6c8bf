"""Examples in another split of the same images, without computing a feature again."""

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunebench.datasets import TrainingData
from tunebench.errors import RunFolderError
from tunebench.features.cache import FeatureCache
from tunebench.fitting import Examples

_ROWS_AT_ONCE = 1024

Rows = NDArray[np.int64]


def redrawn(
    examples: tuple[Examples, Examples], then: TrainingData, now: TrainingData, cache: FeatureCache | None
) -> tuple[Examples, Examples]:
    """Divide training and validation examples anew.

    Args:
        examples: Both, each with the same number of views.
        then: The split that they are divided by.
        now: Another split of the same images.
        cache: Where features that are read from files are written; those in memory stay there.

    Returns:
        Training and validation examples, each in the images' original order. Both have all views.
    """
    if then.places is None or now.places is None:
        return examples
    train, validation = examples
    row_of_place = np.argsort(np.concatenate(then.places))
    versions = [*zip((train.inputs, *train.views), (validation.inputs, *validation.views), strict=True)]
    found = []
    for split, places in zip((now.train, now.validation), now.places, strict=True):
        inputs, *views = (_taken(*version, row_of_place[places], cache) for version in versions)
        found.append(Examples(inputs, split.labels, tuple(views), split.groups))
    return found[0], found[1]


def rows_of(first: NDArray[Any], second: NDArray[Any], chosen: Rows) -> NDArray[Any]:
    """Rows of two arrays in sequence, without joining them: they may be larger than memory.

    Args:
        first: Of shape ``(n, …)``.
        second: Of shape ``(m, …)`` and the same dtype.
        chosen: Numbers of rows, from 0 to ``n + m − 1``, in any order.

    Returns:
        The rows in that order.
    """
    found = np.empty((len(chosen), *first.shape[1:]), first.dtype)
    from_second = chosen >= len(first)
    found[~from_second] = first[chosen[~from_second]]
    found[from_second] = second[chosen[from_second] - len(first)]
    return found


def _taken(
    first: NDArray[Any], second: NDArray[Any], chosen: Rows, cache: FeatureCache | None
) -> NDArray[Any]:
    if cache is not None and isinstance(first, np.memmap):
        # Memory is the way out if the folder is read-only or the disk is full.
        with contextlib.suppress(RunFolderError):
            return cache.scratch(len(chosen), _parts(first, second, chosen))
    return rows_of(first, second, chosen)


def _parts(first: NDArray[Any], second: NDArray[Any], chosen: Rows) -> Iterator[NDArray[Any]]:
    for start in range(0, len(chosen), _ROWS_AT_ONCE):
        yield rows_of(first, second, chosen[start : start + _ROWS_AT_ONCE])
