"""What every space that comes with tunebench must do; new spaces are found and tested by themselves."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest

from tunebench import backbones, spaces
from tunebench.spaces.hyperparameters.starting_points import starting_points
from tunebench.spaces.hyperparameters.training import BATCH_SIZE, CONSTANT, COSINE, SCHEDULE

SHAPE = (32, 32, 3)
CLASSES = 10


@pytest.fixture(params=spaces.names())
def space(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[spaces.Space]:
    """Each space; a transfer model gets a backbone of random weights, made here."""
    found = spaces.find(request.param)
    if not found.has_prefix:
        yield found
        return
    weights = tmp_path / "random.weights.h5"
    keras.applications.MobileNetV2(weights=None, include_top=False).save_weights(weights)
    with backbones.use(str(weights)):
        yield found


def _random_values(declared: Any, seed: int) -> Any:
    hp = keras_tuner.HyperParameters()
    for known in declared.space:
        hp.merge([known])
        if hp.is_active(known):
            hp.values[known.name] = known.random_sample(seed)
    return hp


def test_a_space_keeps_its_contract(space: spaces.Space) -> None:
    """A space that breaks it fails in the middle of somebody's search."""
    declared = spaces.declare(space, SHAPE, CLASSES)
    assert space.summary
    assert space.summary[-1] == "."
    assert space.epochs >= 1
    assert BATCH_SIZE in declared.values
    # Under another name or with other words it would be tuned and change nothing.
    assert next([*hp.values] for hp in declared.space if hp.name == SCHEDULE) == [CONSTANT, COSINE]
    # The deck's models were trained at one rate.
    assert declared.values[SCHEDULE] == CONSTANT
    assert all(hp.default == declared.values[hp.name] for hp in declared.space if hp.name in declared.values)
    spaces.check(space, declared.copy(), SHAPE, CLASSES)


def test_a_search_may_start_where_the_space_says(space: spaces.Space) -> None:
    """A point outside of the ranges ends everybody's search, and one of the defaults alone is no point."""
    declared = spaces.declare(space, SHAPE, CLASSES)
    found = starting_points(space, declared, {})
    assert len({tuple(sorted(point.items())) for point in [declared.values, *found]}) == 1 + len(found)
    for point in found:
        hp = declared.copy()
        hp.values = dict(point)
        spaces.check(space, hp, SHAPE, CLASSES)


@pytest.mark.slow
def test_random_points_of_a_space_train(space: spaces.Space) -> None:
    """A range that reaches values no model can be built with fails every tenth trial."""
    declared = spaces.declare(space, SHAPE, CLASSES)
    images = np.random.default_rng(0).integers(0, 256, (8, *SHAPE), dtype=np.uint8)
    labels = np.arange(8) % CLASSES
    for seed in range(3):
        hp = _random_values(declared, seed)
        prefix, model = space.build_whole(hp, SHAPE, CLASSES)
        inputs = images if prefix is None else prefix.predict(images, verbose=0)
        history = model.fit(inputs, labels, epochs=1, verbose=0).history
        assert np.isfinite(history["loss"]).all()
        # Nothing is declared in a build that declare() did not find.
        assert {known.name for known in hp.space} <= {known.name for known in declared.space}


def _layers(name: str) -> list[str]:
    space = spaces.find(name)
    _, model = space.build_whole(keras_tuner.HyperParameters(), SHAPE, CLASSES)
    kinds = {"Conv2D": "Conv", "MaxPooling2D": "MaxPool"}
    passed_over = {"InputLayer", "Rescaling", "Activation"}
    found = [type(layer).__name__ for layer in model.layers]
    return [kinds.get(kind, kind) for kind in found if kind not in passed_over]


@pytest.mark.parametrize(
    ("name", "layers", "epochs"),
    [
        ("cnn1", "Conv MaxPool Flatten Dense", 20),
        ("cnn2", "Conv Conv MaxPool Conv MaxPool Flatten Dense", 10),
        ("cnn3", "Conv Conv MaxPool Conv Conv MaxPool Dropout Flatten Dense Dropout Dense", 10),
    ],
)
def test_the_defaults_are_the_decks_models(name: str, layers: str, epochs: int) -> None:
    """The comparison with the deck's figures would be with another model."""
    assert _layers(name) == layers.split()
    assert spaces.find(name).epochs == epochs


def test_the_third_model_has_l2_and_bias_by_default() -> None:
    """The deck lists them."""
    _, model = spaces.find("cnn3").build_whole(keras_tuner.HyperParameters(), SHAPE, CLASSES)
    weighted = [layer for layer in model.layers if hasattr(layer, "kernel_regularizer")]
    assert len(weighted) == 6
    assert all(layer.kernel_regularizer is not None and layer.use_bias for layer in weighted)


def test_batch_norm_knows_the_statistics_after_three_epochs_of_few_steps(space: spaces.Space) -> None:
    """Validation would see a model that guesses for ten epochs, and early stopping would end it there."""
    hp = keras_tuner.HyperParameters()
    hp.values = {"batch_norm": True, "image_size": 96}
    prefix, model = space.build_whole(hp, SHAPE, CLASSES)
    images = np.random.default_rng(0).integers(0, 256, (16, *SHAPE), dtype=np.uint8)
    inputs = images if prefix is None else prefix.predict(images, verbose=0)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    for _ in range(75):
        in_training = keras.ops.convert_to_numpy(model(inputs, training=True))
    in_validation = keras.ops.convert_to_numpy(model(inputs, training=False))
    assert np.abs(in_training - in_validation).max() < 0.1
