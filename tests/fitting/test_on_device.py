"""Examples that are kept on the device give the same training as batches that are copied to it."""

from importlib import import_module
from typing import Any

import keras
import numpy as np
import pytest

from tests.fitting.small_training import TRAIN, VALIDATION, classifier
from tunebench import environment
from tunebench.fitting import Examples, FitSettings, fit
from tunebench.fitting.augmentation import Augmentation
from tunebench.fitting.batches import OrderedBatches, TrainingBatches
from tunebench.fitting.jax_steps import Chunks
from tunebench.fitting.on_device import fits
from tunebench.fitting.stopwatch import Stopwatch
from tunebench.spaces.own_fit import OwnFit

VIEWS = Examples(TRAIN.inputs, TRAIN.labels, (255 - TRAIN.inputs, TRAIN.inputs // 2))


@pytest.mark.parametrize(
    ("train", "settings"),
    [
        (TRAIN, {"augmentation": Augmentation(1.0, mirror=True), "class_weights": "balanced"}),
        (VIEWS, {"objective": "macro_f1"}),
        (TRAIN, {"refit": True}),
    ],
)
def test_a_training_is_the_same(train: Examples, settings: dict[str, Any]) -> None:
    """Losses, scores and weights are equal, and the model has its own steps again."""
    results = []
    for on_device in (False, True):
        model = classifier(keras.layers.Dropout(0.1, seed=5), optimizer="adam")
        given = FitSettings(epochs=2, patience=None, seed=3, on_device=on_device, **settings)
        result = fit(model, train, VALIDATION, given, Stopwatch())
        loss, accuracy = model.evaluate(VALIDATION.inputs, VALIDATION.labels, verbose=0)
        results.append(({**result.history, "seconds": []}, loss, accuracy, model.get_weights()))
    (*values, weights), (*others, other_weights) = results
    assert values == others
    assert all(np.array_equal(one, other) for one, other in zip(weights, other_weights, strict=True))


def test_examples_stay_where_they_are_unless_a_gpu_has_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """They must fit in a tenth of its memory, and XLA must compile the model's steps."""
    model = classifier()
    megabyte = Examples(np.zeros((1024, 32, 32), np.uint8), np.zeros(1024, np.int64))
    assert not fits(model, megabyte)
    monkeypatch.setattr(environment, "gpu_bytes", lambda: 20 * 2**20)
    # XLA is off, because operations are deterministic.
    assert not fits(model, megabyte)
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    assert fits(model, megabyte, megabyte)
    assert not fits(model, megabyte, megabyte, TRAIN)


def test_batches_are_copied_for_a_users_callbacks() -> None:
    """They may act on each of them, as a schedule by steps does."""
    seen: list[int] = []
    counting = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(batch))  # noqa: ARG005
    own = OwnFit(callbacks=(counting,))
    given = FitSettings(epochs=1, patience=None, seed=3, on_device=True, own=own)
    fit(classifier(), TRAIN, VALIDATION, given, Stopwatch())
    assert seen == [*range(8)]


@pytest.mark.parametrize(
    ("examples", "batch_size", "shapes"), [(200, 10, [4] * 5), (75, 10, [2, 2, 2, 2, 1]), (7, 10, [1])]
)
def test_chunks_have_all_batches(
    examples: int, batch_size: int, shapes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole batches come in chunks of one shape, filled with zeros, and a smaller last batch alone."""
    monkeypatch.setattr(import_module("tunebench.fitting.jax_steps"), "STEPS_PER_CALL", 4)
    some = Examples(TRAIN.inputs[:examples], TRAIN.labels[:examples])
    batches = TrainingBatches(some, batch_size, seed=1)
    chunks = Chunks(batches, {label: label + 1.0 for label in range(10)})
    assert [len(chunks[number][1]) for number in range(len(chunks))] == shapes
    found: list[Any] = []
    for number in range(len(chunks)):
        (selections, steps), labels, weights = chunks[number]
        found += zip(selections[:steps], labels[:steps], weights[:steps], strict=True)
    assert len(found) == len(batches)
    for number, (selection, labels, weights) in enumerate(found):
        inputs, expected = batches[number]
        assert np.array_equal(some.inputs[selection[:, 0]], inputs)
        assert np.array_equal(labels, expected)
        assert np.array_equal(weights, expected + 1.0)


def test_ordered_batches_select_all_examples() -> None:
    """Validation examples are neither shuffled nor augmented."""
    batches = OrderedBatches(VALIDATION, 48)
    numbers = np.concatenate([batches.selection(number)[0] for number in range(len(batches))])
    assert np.array_equal(numbers, np.arange(len(VALIDATION))[:, None])
