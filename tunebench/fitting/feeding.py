"""Pass batches to Keras without the tuning thread of ``tf.data``.

TensorFlow tunes each pass over a ``tf.data`` pipeline in a thread that wakes at intervals of up to a minute.
A race in TensorFlow can make it miss the signal to stop, and the end of an epoch then waits for the next
interval, mostly with few or busy processor cores. Keras leaves the tuning on. Causes and costs:
``docs/decisions/0012``.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import keras

# Batches that are prepared while the model computes.
_PREFETCHED = 2


class Feed(NamedTuple):
    """What ``fit`` takes.

    Attributes:
        train: Training data.
        validation: Validation data; ``None``: there are none.
        scored: The same for ``predict``.
        callbacks: Draw each epoch's batches.
        class_weight: The weight of an example of each class, unless the training data have weights.
    """

    train: Any
    validation: Any
    scored: Any
    callbacks: list[keras.callbacks.Callback]
    class_weight: Mapping[int, float] | None


def streamed(
    train: keras.utils.PyDataset,
    validation: "keras.utils.PyDataset | None",
    class_weight: Mapping[int, float] | None,
) -> Feed:
    """Batches that are prepared by Python and copied to the device one by one."""
    data, callbacks = feed(train)
    checked = None if validation is None else feed(validation)[0]
    return Feed(data, checked, checked, callbacks, class_weight)


def feed(batches: keras.utils.PyDataset) -> tuple[Any, list[keras.callbacks.Callback]]:
    """Convert batches to the back end's form.

    Args:
        batches: At least one batch of an array and its labels; only the last may be smaller.

    Returns:
        The data for ``fit``, ``evaluate`` or ``predict``, and callbacks for ``fit``: before each epoch they
        call the batches' ``on_epoch_end``, as Keras itself does for a ``PyDataset``.
    """
    if keras.backend.backend() != "tensorflow":
        return batches, []
    draw = keras.callbacks.LambdaCallback(on_epoch_begin=lambda *_: batches.on_epoch_end())
    return _pipeline(batches), [draw]


def _pipeline(batches: keras.utils.PyDataset) -> Any:
    """A ``tf.data.Dataset`` of the batches with automatic tuning disabled."""
    import tensorflow as tf  # noqa: PLC0415 (imported by Keras already)

    def one_pass() -> Iterator[Any]:
        for number in range(len(batches)):
            yield batches[number]

    signature = tuple(tf.TensorSpec((None, *part.shape[1:]), part.dtype) for part in batches[0])
    options = tf.data.Options()
    options.autotune.enabled = False
    pipeline = tf.data.Dataset.from_generator(one_pass, output_signature=signature)
    # A generator has no length, and without one Keras waits for its end.
    pipeline = pipeline.apply(tf.data.experimental.assert_cardinality(len(batches)))
    return pipeline.prefetch(_PREFETCHED).with_options(options)
