"""Run many training steps as one compiled call of JAX, on examples that lie on the device.

Keras' trainer for JAX calls each step from Python, which takes longer than a step of a small network on a
GPU. Its ``fit`` calls ``train_function`` with the state and an iterator of data; this module makes one that
loops over many batches at once.
"""

import functools
import importlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from tunebench.fitting.batches import OrderedBatches

# A training can be stopped between two calls, and the first one counts as its setup.
STEPS_PER_CALL = 128


class Chunks(keras.utils.PyDataset):
    """An epoch's batches in chunks of one shape, each for one call; a smaller last batch follows alone.

    A chunk has the batches' selections and how many there are, their labels, and weights if classes have
    weights. In an epoch's last chunk, zeros follow the batches.

    Args:
        batches: At least one.
        class_weight: The weight of an example of each class; optional.
    """

    def __init__(self, batches: OrderedBatches, class_weight: Mapping[int, float] | None = None) -> None:
        super().__init__(workers=1, use_multiprocessing=False)
        self._batches = batches
        self._class_weight = class_weight
        whole = batches.num_whole
        self._size = batches.steps_together(STEPS_PER_CALL)
        starts = range(0, whole, self._size)
        self._ranges = [range(start, min(start + self._size, whole)) for start in starts]
        if whole < len(batches):
            self._ranges.append(range(whole, len(batches)))

    def __len__(self) -> int:
        return len(self._ranges)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        numbers = self._ranges[index]
        selections, labels = zip(*(self._batches.selection(number) for number in numbers), strict=True)
        size = self._size if numbers.start < self._batches.num_whole else 1
        formed = [self._batches.formed_labels(each) for each in labels]
        chunk = (_filled(selections, size), np.int32(len(numbers))), _filled(formed, size)
        weights = self._class_weight
        if weights is None:
            return chunk
        of_label = np.vectorize(lambda label: weights.get(label, 1.0), otypes=[np.float32])
        return (*chunk, _filled([of_label(each) for each in labels], size))

    def on_epoch_end(self) -> None:
        """Draw the next epoch."""
        self._batches.on_epoch_end()


def over_chunks(
    model: Any, step: Callable[[Any, Any], Any], inputs: Any, batch: Callable[[Any, Any], Any]
) -> Callable[[Any, Iterator[Any]], Any]:
    """A function for ``train_function`` or ``test_function`` that runs all steps of a chunk.

    Args:
        model: A compiled ``keras.Model``.
        step: Its ``train_step`` or ``test_step``, which takes the state and a batch.
        inputs: All examples' inputs, on the device.
        batch: Gives a batch's inputs of all of them and a selection.

    Returns:
        A function of the state and an iterator of chunks that gives Keras' logs and the next state.
    """
    jax = importlib.import_module("jax")

    # The inputs are an argument, because JAX would compile constants into the program.
    @functools.partial(jax.jit, donate_argnums=0)
    def run(state: Any, inputs: Any, chunk: tuple[Any, ...]) -> Any:
        (selections, steps), *others = chunk

        def one(number: Any, state: Any) -> Any:
            selection, *rest = (each[number] for each in (selections, *others))
            return _lists(step(state, (batch(inputs, selection), *rest))[1])

        state = jax.lax.fori_loop(0, steps, one, _lists(state))
        values = zip(model.metrics_variables, state[-1], strict=True)
        with keras.StatelessScope(state_mapping=[*values]):
            logs = model.get_metrics_result()
        return logs, state

    return lambda state, chunks: run(state, inputs, next(chunks))


def _filled(arrays: Any, size: int) -> NDArray[Any]:
    """Arrays of one shape, stacked, and zeros up to ``size``."""
    stacked = np.stack(arrays)
    return np.pad(stacked, [(0, size - len(stacked)), *[(0, 0)] * (stacked.ndim - 1)])


def _lists(state: Any) -> Any:
    """The state in one form, as a loop of JAX must keep it."""
    return tuple(list(each) for each in state)
