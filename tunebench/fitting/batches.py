"""Batches of examples: in order, or for training shuffled and augmented, reproducibly for a seed."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from tunebench.fitting import augmentation
from tunebench.spaces.form import ModelForm


@dataclass(frozen=True, eq=False)
class Examples:
    """What a model trains or validates on.

    Attributes:
        inputs: Raw images, ``uint8`` of shape ``(n, height, width, 3)``, or a prefix's features,
            ``float32`` of shape ``(n, …)``.
        labels: ``int64`` of shape ``(n,)``.
        views: Other versions of ``inputs``; each epoch draws one version of every example.
        groups: Examples with the same number stay in one fold, ``int64`` of shape ``(n,)``; optional.
    """

    inputs: NDArray[Any]
    labels: NDArray[np.int64]
    views: tuple[NDArray[Any], ...] = ()
    groups: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def joined(self, others: "Examples") -> "Examples":
        """These examples and then the others, which have as many views; without groups."""
        return Examples(
            np.concatenate([self.inputs, others.inputs]),
            np.concatenate([self.labels, others.labels]),
            tuple(np.concatenate(pair) for pair in zip(self.views, others.views, strict=True)),
        )


class OrderedBatches(keras.utils.PyDataset):
    """All examples in their order.

    Args:
        examples: The examples.
        batch_size: Examples per batch; the last batch may be smaller.
        form: How the model takes them; ``None``: as they are.

    Attributes:
        examples: The examples.
        form: How the model takes them.
        batch_size: Examples per batch.
        num_whole: The number of batches that are not smaller.
    """

    def __init__(self, examples: Examples, batch_size: int, form: ModelForm | None = None) -> None:
        super().__init__(workers=1, use_multiprocessing=False)
        self.examples = examples
        self.form = form
        self.num_whole = len(examples) // batch_size
        self.batch_size = batch_size

    def __len__(self) -> int:
        return math.ceil(len(self.examples) / self.batch_size)

    def __getitem__(self, index: int) -> tuple[NDArray[Any], NDArray[Any]]:
        chosen = self._slice(index)
        return self._formed(self.examples.inputs[chosen], self.examples.labels[chosen])

    def steps_together(self, most: int) -> int:
        """How many steps one call runs: so few that an epoch has four calls, as the first counts as setup."""
        return max(1, min(most, math.ceil(self.num_whole / 4)))

    def selection(self, index: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """A batch without its inputs, for a device that has them.

        Returns:
            A row of integers for each example, ``int32`` of shape ``(m, 1)`` or ``(m, 4)``: its number in the
            inputs followed by their views, and if it is augmented the shifts down and to the right and 1 if
            it is mirrored. And the labels, ``int64`` of shape ``(m,)``.
        """
        chosen = np.arange(len(self.examples))[self._slice(index)]
        return chosen[:, None].astype(np.int32), self.examples.labels[chosen]

    def formed_labels(self, labels: NDArray[np.int64]) -> NDArray[Any]:
        """Labels as the model's loss takes them."""
        return labels if self.form is None else self.form.labels(labels)

    def _formed(self, inputs: NDArray[Any], labels: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[Any]]:
        return inputs if self.form is None else self.form.inputs(inputs), self.formed_labels(labels)

    def _slice(self, index: int) -> slice:
        return slice(index * self.batch_size, (index + 1) * self.batch_size)


class TrainingBatches(OrderedBatches):
    """One epoch's batches; order, augmentation and views are drawn from the seed and the epoch's number.

    A training resumed at a later epoch therefore gets the same batches as an uninterrupted one.

    Args:
        examples: Training examples.
        batch_size: Examples per batch; the last batch may be smaller.
        seed: Of order, augmentation and views.
        augment: Applied to each epoch's images; optional.
        first_epoch: Number of the first epoch, counted from 0.
        on_batch: Called for every batch; optional.
        form: How the model takes them; ``None``: as they are.
        shuffle: Whether each epoch has its own order, rather than that of the examples.
    """

    def __init__(
        self,
        examples: Examples,
        batch_size: int,
        seed: int,
        augment: augmentation.Augmentation | None = None,
        first_epoch: int = 0,
        on_batch: Callable[[], None] | None = None,
        form: ModelForm | None = None,
        *,
        shuffle: bool = True,
    ) -> None:
        super().__init__(examples, batch_size, form)
        self._shuffle = shuffle
        self._seed = seed
        self._augment = augment
        self._on_batch = on_batch
        self._epoch = first_epoch
        self._order: NDArray[np.int64]
        self._draw: augmentation.Draw | None = None
        self._view: NDArray[np.int64] | None = None
        self._draw_epoch()

    def __getitem__(self, index: int) -> tuple[NDArray[Any], NDArray[Any]]:
        if self._on_batch is not None:
            self._on_batch()
        chosen = self._order[self._slice(index)]
        labels = self.examples.labels[chosen]
        if self._draw is not None:
            return self._formed(augmentation.apply(self.examples.inputs, self._draw, chosen), labels)
        if self._view is not None:
            return self._formed(self._select_views(chosen, self._view[chosen]), labels)
        return self._formed(self.examples.inputs[chosen], labels)

    def selection(self, index: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """A batch without its inputs; see :class:`OrderedBatches`."""
        if self._on_batch is not None:
            self._on_batch()
        chosen = self._order[self._slice(index)]
        columns: list[NDArray[Any]] = [
            chosen if self._view is None else chosen + len(self._order) * self._view[chosen]
        ]
        if self._draw is not None:
            columns += [each[chosen] for each in (self._draw.down, self._draw.right, self._draw.mirrored)]
        return np.stack(columns, axis=1).astype(np.int32), self.examples.labels[chosen]

    def _select_views(self, chosen: NDArray[np.int64], views: NDArray[np.int64]) -> NDArray[Any]:
        inputs = self.examples.inputs
        batch = np.empty((len(chosen), *inputs.shape[1:]), inputs.dtype)
        for number, version in enumerate((inputs, *self.examples.views)):
            of_this = views == number
            batch[of_this] = version[chosen[of_this]]
        return batch

    def on_epoch_end(self) -> None:
        """Draw the next epoch."""
        self._epoch += 1
        self._draw_epoch()

    def _draw_epoch(self) -> None:
        generator = np.random.default_rng([self._seed, self._epoch])
        order = generator.permutation(len(self.examples))
        self._order = order if self._shuffle else np.arange(len(order))
        if self._augment is not None:
            inputs = self.examples.inputs
            self._draw = self._augment.draw(len(inputs), inputs.shape[1:], generator)
        if self.examples.views:
            self._view = generator.integers(0, 1 + len(self.examples.views), len(self.examples))
