"""Keep examples in an accelerator's memory: each batch is then chosen, shuffled and augmented there.

Otherwise every step waits for Python to index arrays and copies a batch to the device. Here only the numbers
of a batch's examples and the drawn shifts are sent, so that the images of a seed are the same either way.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from tunebench import environment
from tunebench.fitting import augmentation, feeding
from tunebench.fitting.batches import Examples, OrderedBatches
from tunebench.fitting.feeding import Feed, streamed
from tunebench.fitting.jax_steps import Chunks, over_chunks
from tunebench.fitting.variables import is_plain

# The rest is for the model and its activations, and for other workers that share the GPU.
_SHARE_OF_MEMORY = 0.1


def fits(model: Any, *examples: Examples) -> bool:
    """Whether a model's examples can be kept on the device: a tenth of an NVIDIA GPU's memory is enough.

    Not on a processor, which has nothing to copy. A model of a user's own class may do anything with its
    batches, so it gets complete ones. JAX's steps have to be compiled, and TensorFlow's too, which otherwise
    gathers no ``uint8`` on a GPU.
    """
    if not is_plain(model) or (keras.backend.backend() != "torch" and not model.jit_compile):
        return False
    # Keras would build the others from a batch.
    if not all(layer.built for layer in model._flatten_layers()):  # noqa: SLF001 (no other way to sublayers)
        return False
    needed = sum(array.nbytes for each in examples for array in (each.inputs, *each.views))
    return needed <= _SHARE_OF_MEMORY * environment.gpu_bytes()


@contextlib.contextmanager
def feed(
    model: Any,
    train: OrderedBatches,
    validation: OrderedBatches | None,
    class_weight: Mapping[int, float] | None,
) -> Iterator[Feed]:
    """Put the examples of batches on the device; within the block, a model's steps take them there.

    Args:
        model: A compiled ``keras.Model`` whose optimizer, loss and metrics have their variables.
        train: Training batches.
        validation: Validation batches; optional.
        class_weight: The weight of an example of each class in the training loss; optional.

    Yields:
        What ``fit`` takes within the block.
    """
    each = {"train": train} if validation is None else {"train": train, "test": validation}
    backend = keras.backend.backend()
    if backend == "jax":
        # Each chunk is many steps already.
        model.steps_per_execution = 1
    for kind, batches in each.items():
        step, inputs = getattr(model, f"{kind}_step"), _placed(batches)
        if backend == "jax":
            setattr(model, f"{kind}_function", over_chunks(model, step, inputs, _batch))
        else:
            # One that the model has already is for batches of inputs.
            setattr(model, f"{kind}_function", None)
            setattr(model, f"{kind}_step", _taking(step, inputs))
    try:
        scored = None if validation is None else feeding.feed(validation)[0]
        if backend == "jax":
            checked = None if validation is None else Chunks(validation)
            yield Feed(Chunks(train, class_weight), checked, scored, [], None)
        else:
            numbers = None if validation is None else _Selections(validation)
            yield streamed(_Selections(train), numbers, class_weight)._replace(scored=scored)
    finally:
        for kind in each:
            # Keras makes others when it needs them.
            setattr(model, f"{kind}_function", None)
            if backend != "jax":
                delattr(model, f"{kind}_step")


class _Selections(keras.utils.PyDataset):
    """Batches as selections of the examples on the device, and their labels."""

    def __init__(self, batches: OrderedBatches) -> None:
        super().__init__(workers=1, use_multiprocessing=False)
        self._batches = batches

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, index: int) -> tuple[NDArray[np.int32], NDArray[Any]]:
        selection, labels = self._batches.selection(index)
        return selection, self._batches.formed_labels(labels)

    def on_epoch_end(self) -> None:
        """Draw the next epoch."""
        self._batches.on_epoch_end()


def _placed(batches: OrderedBatches) -> Any:
    """All versions of the inputs in one tensor, as the model takes them."""
    examples, form = batches.examples, batches.form
    inputs = np.concatenate([examples.inputs, *examples.views]) if examples.views else examples.inputs
    return keras.ops.convert_to_tensor(inputs if form is None else form.inputs(inputs))


def _batch(inputs: Any, selection: Any) -> Any:
    """The inputs that a selection names, augmented if it says how."""
    batch = keras.ops.take(inputs, selection[:, 0], axis=0)
    return augmentation.applied(batch, selection[:, 1:]) if selection.shape[1] > 1 else batch


def _taking(step: Callable[[Any], Any], inputs: Any) -> Callable[[Any], Any]:
    """A training or test step that takes selections instead of inputs."""

    def taking(data: Any) -> Any:
        selection, *rest = data
        return step((_batch(inputs, selection), *rest))

    return taking
