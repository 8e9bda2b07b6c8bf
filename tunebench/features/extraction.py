"""Run images through a frozen prefix, or take what an earlier run gave."""

import functools
import hashlib
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunebench import environment
from tunebench.errors import InvalidSpaceError
from tunebench.features.cache import FeatureCache
from tunebench.features.prefix_key import fingerprint
from tunebench.features.state import UnknownStateError
from tunebench.machine_load import LoadMeter

# Larger batches were no faster on two cores and take more memory.
BATCH_SIZE = 64

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Features:
    """What a prefix makes of images.

    Attributes:
        array: float32 of shape ``(n, …)``; memory-mapped and read-only where it lies in a cache.
        seconds: What computing it cost when it was computed, the tracing of the first batch included; the
            same figure again when it comes from the cache.
        other_load: Share of the processor cores that other programs kept busy meanwhile, where it is known.
        from_cache: Whether nothing had to be computed.
    """

    array: NDArray[np.float32]
    seconds: float
    other_load: float | None
    from_cache: bool


class Inference:
    """A prefix that runs over several sets of images, and is made ready for that once, when it first runs.

    Args:
        prefix: A ``keras.Model`` with one output; it must not change any more.
    """

    def __init__(self, prefix: Any) -> None:
        self.prefix = prefix

    @functools.cached_property
    def ready(self) -> Any:
        """The model that gives the features."""
        from tunebench.features.folding import folded  # noqa: PLC0415 (imports Keras; not where only a cache is read)

        return folded(self.prefix)


def features(
    prefix: Any,
    images: NDArray[np.uint8],
    *,
    cache: FeatureCache | None,
    progress: Callable[[int, int], None] | None = None,
    batch_size: int = BATCH_SIZE,
) -> Features:
    """Compute a prefix's output for images, in inference mode and batch by batch, or find it in the cache.

    Args:
        prefix: A ``keras.Model`` with one output, or the `Inference` of one.
        images: ``uint8`` of shape ``(n, height, width, 3)`` from 0 to 255, with n ≥ 1; for augmented
            features, one augmented version of every image.
        cache: Where to look and to keep; ``None`` computes and keeps nothing on disk. Nor is anything kept
            where it cannot be told what the prefix's own code does; a warning says so.
        progress: Called after each batch with the number of images done and of all.
        batch_size: Images at a time.

    Returns:
        The features and their cost.

    Raises:
        InvalidSpaceError: The prefix has several outputs.
        RunFolderError: The cache cannot be written.
    """
    network = prefix if isinstance(prefix, Inference) else Inference(prefix)

    def compute() -> Iterator[NDArray[np.float32]]:
        return _batches(network, images, batch_size, progress)

    key = None if cache is None else _key(network.prefix, images)
    if cache is None or key is None:
        with LoadMeter() as load:
            started = time.perf_counter()
            array = np.concatenate(list(compute()))
            seconds = time.perf_counter() - started
        return Features(array, seconds, load.others, from_cache=False)
    found = cache.get_or_compute(key, len(images), compute)
    return Features(found.array, found.seconds, found.other_load, from_cache=found.was_there)


def _batches(
    network: Inference,
    images: NDArray[np.uint8],
    batch_size: int,
    progress: Callable[[int, int], None] | None,
) -> Iterator[NDArray[np.float32]]:
    batch_size = min(batch_size, len(images))
    for start in range(0, len(images), batch_size):
        batch = images[start : start + batch_size]
        # Every batch has one shape, for tracing another one costs as much as several batches.
        missing = batch_size - len(batch)
        output = network.ready.predict_on_batch(np.pad(batch, ((0, missing), (0, 0), (0, 0), (0, 0))))
        if not isinstance(output, np.ndarray):
            raise InvalidSpaceError(
                f"frozen_prefix gives a {type(output).__name__} of outputs, but must give one tensor. "
                "Concatenate them in the prefix."
            )
        yield output[: len(batch)].astype(np.float32, copy=False)
        if progress is not None:
            progress(start + len(batch), len(images))


def _key(prefix: Any, images: NDArray[np.uint8]) -> str | None:
    try:
        prefix_key = fingerprint(prefix)
    except UnknownStateError as error:
        _warn_once(str(error))
        return None
    # The device belongs to it: what another one took to compute is not what this one would have taken.
    parts = [prefix_key, environment.device(), str(images.dtype), str(images.shape)]
    digest = hashlib.sha256(" ".join(parts).encode())
    digest.update(np.ascontiguousarray(images).data)
    return digest.hexdigest()


@functools.cache
def _warn_once(kind: str) -> None:
    _log.warning(
        "Features are computed anew for each training: a layer's code uses an object of type %s, which "
        "cannot be compared. Use numbers, strings, arrays and functions in its place.",
        kind,
    )
