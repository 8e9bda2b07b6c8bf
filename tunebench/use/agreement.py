"""Compare an exported model with the Keras model that it was made from."""

import time
from statistics import median
from typing import Any

import numpy as np

from tunebench.errors import ExportError
from tunebench.use.artefact import BATCH, AgreementRecord, Artefact
from tunebench.use.formats.base import Images, Predict, Probabilities

# Of a probability. Other kernels and orders of summation differ by about 1e-6.
TOLERANCE = 1e-3
# Between a model in bfloat16, which has 8 significant bits, and in float32; layers add up.
HALF_TOLERANCE = 0.1


def agreement(artefact: Artefact, exported: Any, trained: Any, images: Images, what: str) -> AgreementRecord:
    """Compare probabilities and times on the same images.

    Args:
        artefact: The exported model.
        exported: The ``keras.Model`` that it was made from.
        trained: The final model as it was trained; ``None`` if that is the same.
        images: ``uint8`` of shape ``(n, height, width, channels)``.
        what: Which images, in words.

    Raises:
        ExportError: A probability differs by more than the tolerance, or the model is random in use.
    """

    def compute(batch: Images) -> Probabilities:
        return np.asarray(exported.predict_on_batch(batch), dtype=np.float32)

    expected, keras_seconds = _timed(compute, images)
    found, seconds = _timed(artefact.probabilities, images)
    from_trained = 0.0
    if trained is not None:
        from_trained = _largest(np.asarray(trained.predict(images, BATCH, verbose=0)), expected)
        _check(from_trained, HALF_TOLERANCE, "in float32 differ from those of the model as it was trained")
    largest = _largest(found, expected)
    _check(largest, TOLERANCE, f"of {artefact.path.name} differ from those of the Keras model")
    return AgreementRecord(
        images=what,
        count=len(images),
        largest_difference=largest,
        tolerance=TOLERANCE,
        same_class=int((found.argmax(axis=1) == expected.argmax(axis=1)).sum()),
        seconds_per_image=seconds,
        keras_seconds_per_image=keras_seconds,
        difference_from_trained=from_trained,
    )


def _timed(predict: Predict, images: Images) -> tuple[Probabilities, float]:
    """Probabilities, and the median of seconds per image in a batch, after a warm-up."""
    batches = [images[start : start + BATCH] for start in range(0, len(images), BATCH)]
    # A last batch of its own size may be compiled again.
    first = {len(batch): predict(batch) for batch in reversed(batches)}
    found, seconds = [], []
    for batch in batches:
        start = time.perf_counter()
        found.append(predict(batch))
        seconds.append((time.perf_counter() - start) / len(batch))
    _check_repeats(first[len(batches[0])], found[0])
    return np.concatenate(found), median(seconds)


def _check_repeats(once: Probabilities, again: Probabilities) -> None:
    """Refuse a model that is random in use, as one whose augmentation is always active."""
    if not _largest(once, again) <= TOLERANCE:
        raise ExportError(
            "The model gives other probabilities each time for the same image, because a layer is random in "
            "use, too. Let it do nothing unless training is true."
        )


def _largest(found: Probabilities, expected: Probabilities) -> float:
    return float(np.abs(np.float64(found) - expected).max())


def _check(difference: float, tolerance: float, what: str) -> None:
    # Not a number is not within the tolerance.
    if not difference <= tolerance:
        raise ExportError(
            f"Probabilities {what} by up to {difference:.2g}, more than the tolerance of {tolerance:g}, so "
            "nothing was written. Try another --format."
        )
