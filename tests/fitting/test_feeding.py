"""Batches in the back end's form."""

import keras
import numpy as np
import pytest

from tests.fitting.small_training import TRAIN, classifier
from tunebench.fitting import OrderedBatches, TrainingBatches, feed


def test_training_and_prediction_equal_those_from_the_batches_themselves() -> None:
    """Order, last batch and the draw of each epoch are the same."""
    histories, predictions = [], []
    for fed in (True, False):
        batches, ordered = TrainingBatches(TRAIN, 32, seed=1), OrderedBatches(TRAIN, 48)
        data, callbacks = feed(batches) if fed else (batches, [])
        validation = feed(ordered)[0] if fed else ordered
        model = classifier()
        history = model.fit(
            data, validation_data=validation, epochs=3, callbacks=callbacks, verbose=0, shuffle=False
        )
        histories.append(history.history)
        predictions.append(model.predict(validation, verbose=0))
    assert histories[0] == histories[1]
    assert len(set(histories[0]["loss"])) == 3
    assert np.array_equal(*predictions)


def test_the_pipeline_is_not_tuned_and_its_length_is_known() -> None:
    """Otherwise each epoch could end with a wait."""
    pipeline, _ = feed(OrderedBatches(TRAIN, 32))
    assert pipeline.options().autotune.enabled is False
    assert int(pipeline.cardinality()) == 8


def test_other_back_ends_get_the_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """TensorFlow is not needed under JAX."""
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    batches = OrderedBatches(TRAIN, 32)
    assert feed(batches) == (batches, [])
