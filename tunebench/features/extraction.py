"""Run images through a frozen prefix, or read the result of an earlier run."""

import functools
import hashlib
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunebench import environment
from tunebench.array_cache import CachedArray
from tunebench.errors import InvalidSpaceError
from tunebench.features.batching import Batching
from tunebench.features.cache import FeatureCache
from tunebench.features.prefix_key import fingerprint
from tunebench.machine_load import LoadMeter
from tunebench.spaces.foreign_code import foreign_code

_log = logging.getLogger(__name__)


class Inference:
    """A prefix that runs over several sets of images; hashing and compiling it happen once, when needed.

    Args:
        prefix: A ``keras.Model`` with one output; it must not change afterwards.
    """

    def __init__(self, prefix: Any) -> None:
        self.prefix = prefix

    @functools.cached_property
    def network(self) -> Any:
        """The model that computes the features."""
        from tunebench.features.folding import folded  # noqa: PLC0415 (imports Keras; not needed to read a cache)

        return folded(self.prefix)

    @functools.cached_property
    def key(self) -> str | None:
        """Identifies what the prefix computes; ``None`` if foreign code makes that impossible."""
        if foreign := foreign_code(self.prefix):
            _warn_once(foreign)
            return None
        return fingerprint(self.prefix)


def features(
    prefix: Any,
    images: NDArray[np.uint8],
    *,
    cache: FeatureCache | None,
    progress: Callable[[int, int], None] | None = None,
    batching: Batching | None = None,
) -> CachedArray:
    """Compute a prefix's output for images in inference mode, batch by batch, or read it from the cache.

    Args:
        prefix: A ``keras.Model`` with one output, or the `Inference` of one.
        images: ``uint8`` of shape ``(n, height, width, 3)`` from 0 to 255, with n ≥ 1.
        cache: Optional. Not used for a prefix with foreign code, whose output may change while its
            configuration and weights do not; a warning says so.
        progress: Called after each batch with the number of images done and in total; optional.
        batching: How many images run at once; ``None``: what suits the device.

    Returns:
        The features and the time they took to compute.

    Raises:
        InvalidSpaceError: The prefix has several outputs.
        RunFolderError: The cache cannot be written.
    """
    inference = prefix if isinstance(prefix, Inference) else Inference(prefix)

    def compute() -> Iterator[NDArray[np.float32]]:
        return _batches(inference, images, batching or Batching.on_device(inference.network), progress)

    if cache is not None and inference.key is not None:
        return cache.get_or_compute(_key(inference.key, images), len(images), compute)
    with LoadMeter() as load:
        started = time.perf_counter()
        array = np.concatenate(list(compute()))
        seconds = time.perf_counter() - started
    return CachedArray(array, seconds, load.others, from_cache=False)


def _batches(
    inference: Inference,
    images: NDArray[np.uint8],
    batching: Batching,
    progress: Callable[[int, int], None] | None,
) -> Iterator[NDArray[np.float32]]:
    batch_size = min(batching.size, len(images))
    together = batch_size * batching.per_call
    for start in range(0, len(images), together):
        part = images[start : start + together]
        # Every batch has the same shape, because tracing another one takes as long as several batches.
        missing = -len(part) % batch_size
        padded = np.pad(part, ((0, missing), (0, 0), (0, 0), (0, 0)))
        output = _outputs(inference.network, padded, batch_size)
        if not isinstance(output, np.ndarray):
            raise InvalidSpaceError(
                f"frozen_prefix gives a {type(output).__name__} of outputs, but must give one tensor. "
                "Concatenate them in the prefix."
            )
        yield output[: len(part)].astype(np.float32, copy=False)
        if progress is not None:
            progress(start + len(part), len(images))


def _outputs(network: Any, images: NDArray[np.uint8], batch_size: int) -> Any:
    """A network's outputs for images; Keras waits for the device when the last batch has been sent."""
    if len(images) == batch_size:
        return network.predict_on_batch(images)
    from tunebench.fitting import Examples, OrderedBatches, feed  # noqa: PLC0415 (imports Keras, as above)

    batches = OrderedBatches(Examples(images, np.zeros(len(images), np.int64)), batch_size)
    return network.predict(feed(batches)[0], verbose=0)


def _key(prefix_key: str, images: NDArray[np.uint8]) -> str:
    # With the device and its cores, because others take another time.
    parts = [
        prefix_key,
        environment.device(),
        str(environment.num_cpus()),
        str(images.dtype),
        str(images.shape),
    ]
    digest = hashlib.sha256(" ".join(parts).encode())
    digest.update(np.ascontiguousarray(images).data)
    return digest.hexdigest()


@functools.cache
def _warn_once(name: str) -> None:
    _log.warning(
        "The frozen prefix uses %s, which is not Keras' own, so its features are not kept on disk and each "
        "command computes them again. Use Keras' own layers to keep them.",
        name,
    )
