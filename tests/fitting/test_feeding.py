"""Batches in the back end's form: the same training, without what TensorFlow would wait for."""

from typing import Any

import keras
import numpy as np
import pytest

from tests.small import digits
from tunebench.fitting import Examples, OrderedBatches, TrainingBatches, begin_anew, feed

TRAIN = digits(70, 10).train
EXAMPLES = Examples(TRAIN.images, TRAIN.labels)


def _model() -> Any:
    begin_anew(3)
    layers = [keras.layers.Rescaling(1 / 255), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")]
    model = keras.Sequential([keras.Input(TRAIN.images.shape[1:]), *layers])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.mark.parametrize("steps", [1, 2])
def test_a_training_is_what_it_would_be_from_the_batches_themselves(steps: int) -> None:
    """Another order, a lost last batch or an epoch drawn twice would only train a little worse."""
    histories = []
    for fed in (True, False):
        batches, held_out = TrainingBatches(EXAMPLES, 32, seed=1), OrderedBatches(EXAMPLES, 48)
        model = _model()
        model.steps_per_execution = steps
        data, watching = feed(batches) if fed else (batches, [])
        validation = feed(held_out)[0] if fed else (EXAMPLES.inputs, EXAMPLES.labels)
        history = model.fit(
            data,
            validation_data=validation,
            validation_batch_size=None if fed else 48,
            epochs=3,
            callbacks=watching,
            verbose=0,
            shuffle=False,
        )
        histories.append(history.history)
    assert histories[0] == histories[1]
    assert len(set(histories[0]["loss"])) == 3


def test_predictions_are_those_of_the_examples_in_order() -> None:
    """Probabilities would stand beside other images' labels."""
    model = _model()
    expected = model.predict(EXAMPLES.inputs, batch_size=32, verbose=0)
    found = model.predict(feed(OrderedBatches(EXAMPLES, 32))[0], verbose=0)
    assert np.array_equal(found, expected)


def test_nothing_tunes_the_pipeline_and_its_length_is_known() -> None:
    """The end of each epoch would wait for a thread that sleeps, or Keras for a batch that never comes."""
    pipeline, _ = feed(OrderedBatches(EXAMPLES, 32))
    assert pipeline.options().autotune.enabled is False
    assert int(pipeline.cardinality()) == 3


def test_other_back_ends_get_the_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """A JAX user would need TensorFlow."""
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    batches = OrderedBatches(EXAMPLES, 32)
    assert feed(batches) == (batches, [])
