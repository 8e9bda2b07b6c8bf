"""Make a compiled model ready for training steps: how batches reach it, and how many steps one call runs."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import keras

from tunebench import environment
from tunebench.fitting import jax_steps, on_device
from tunebench.fitting.batches import OrderedBatches
from tunebench.fitting.feeding import Feed, streamed
from tunebench.fitting.variables import is_plain, make_variables

# Of TensorFlow, if starting a step from Python may take as long as the step: on an accelerator, and on
# vectors of features. The results are the same, bit for bit; on images a processor gains nothing
# (docs/decisions/0012). JAX: see `jax_steps`; of batches that are copied it would compile so many steps.
STEPS_PER_CALL = 32


@contextlib.contextmanager
def ready(
    model: Any,
    train: OrderedBatches,
    validation: OrderedBatches | None,
    class_weight: Mapping[int, float] | None,
    *,
    resident: bool,
    every_step: bool = False,
) -> Iterator[Feed]:
    """Make a model ready to train on batches within a block.

    Args:
        model: A compiled ``keras.Model``.
        train: Training batches.
        validation: Validation batches; optional.
        class_weight: The weight of an example of each class in the training loss; optional.
        resident: Whether all examples are put into the memory of the device that trains; see
            :func:`~tunebench.fitting.on_device.fits`.
        every_step: Whether something acts on every step, so that each is a call.

    Yields:
        What ``fit`` takes within the block.
    """
    make_variables(model, train.formed_labels(train.examples.labels[: train.batch_size]))
    several = not every_step and _starting_counts(model, train, resident=resident)
    if several and model.steps_per_execution == 1:
        model.steps_per_execution = train.steps_together(STEPS_PER_CALL)
    if resident:
        with on_device.feed(model, train, validation, class_weight) as fed:
            yield fed
    else:
        yield streamed(train, validation, class_weight)


def per_call(model: Any, train: OrderedBatches, *, resident: bool) -> int:
    """How many steps of a model that is ready one call runs."""
    if resident and keras.backend.backend() == "jax":
        return train.steps_together(jax_steps.STEPS_PER_CALL)
    return int(model.steps_per_execution)


def _starting_counts(model: Any, train: OrderedBatches, *, resident: bool) -> bool:
    """Whether the time to start a step counts, and TensorFlow runs several as one."""
    if keras.backend.backend() != "tensorflow":
        return False
    on_vectors = train.examples.inputs.ndim == 2  # noqa: PLR2004 (examples and their features)
    return resident or on_vectors or (is_plain(model) and not environment.on_processor())
