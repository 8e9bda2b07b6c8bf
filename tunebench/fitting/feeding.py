"""Hand batches to Keras in the form that its back end waits for least.

TensorFlow runs a thread beside each pass over a ``tf.data`` pipeline that tunes it, at intervals that double
up to a minute. At the end of the pass it is told to stop, but a moment too early: where it gets to look at
once, as with one processor core or with busy ones, it does not see that it has to, and everything waits until
its interval is over (``OptimizeLoop`` in TensorFlow's ``core/framework/model.cc``; ``StartCancel`` calls back
before it says so). Keras leaves the tuning on and makes a pass of every epoch and every validation. What that
costs: ``docs/decisions/0040``.
"""

from collections.abc import Iterator
from typing import Any

import keras

# Batches that are made ready while the model computes.
_AHEAD = 2


def feed(batches: keras.utils.PyDataset) -> tuple[Any, list[keras.callbacks.Callback]]:
    """What to hand to ``fit``, ``evaluate`` or ``predict``.

    Args:
        batches: At least one batch of an array and its labels, only the last of them smaller.

    Returns:
        The same batches in the back end's form, and what has to watch a training on them: before each epoch
        it calls the batches' ``on_epoch_end``, as Keras does by itself where it is handed a ``PyDataset``.
    """
    if keras.backend.backend() != "tensorflow":
        return batches, []
    return _pipeline(batches), [_NextEpoch(batches)]


class _NextEpoch(keras.callbacks.Callback):
    """Has batches draw the next epoch before it begins."""

    def __init__(self, batches: keras.utils.PyDataset) -> None:
        super().__init__()
        self._batches = batches

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Draw."""
        del epoch, logs
        self._batches.on_epoch_end()


def _pipeline(batches: keras.utils.PyDataset) -> Any:
    """A ``tf.data.Dataset`` that nothing tunes: there is nothing to tune but the number of batches ahead."""
    import tensorflow as tf  # noqa: PLC0415 (imported by Keras already)

    def one_pass() -> Iterator[Any]:
        for number in range(len(batches)):
            yield batches[number]

    signature = tuple(tf.TensorSpec((None, *part.shape[1:]), part.dtype) for part in batches[0])
    options = tf.data.Options()
    options.autotune.enabled = False
    pipeline = tf.data.Dataset.from_generator(one_pass, output_signature=signature)
    # A generator does not say how long it is, and Keras would wait for its end.
    pipeline = pipeline.apply(tf.data.experimental.assert_cardinality(len(batches)))
    return pipeline.prefetch(_AHEAD).with_options(options)
