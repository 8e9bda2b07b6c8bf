"""What every space that comes with tunebench must do; new spaces are tested without further work."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest
import tensorflow as tf

from tests.eager import call
from tunebench import backbones, spaces
from tunebench.spaces.hyperparameters.starting_points import starting_points
from tunebench.spaces.hyperparameters.training import BATCH_SIZE, CONSTANT, COSINE, SCHEDULE

pytestmark = pytest.mark.slow

SHAPE = (32, 32, 3)
CLASSES = 10
IMAGES = np.random.default_rng(0).integers(0, 256, (8, *SHAPE), dtype=np.uint8)


@pytest.fixture(scope="module", params=spaces.names())
def space(request: pytest.FixtureRequest, small_backbone: Path) -> Iterator[spaces.Space]:
    """Each space; a transfer model gets a small SavedModel, and test_mobilenet_v2.py tests weights files."""
    with backbones.use(str(small_backbone)):
        yield spaces.find(request.param)


@pytest.fixture(scope="module")
def declared(space: spaces.Space) -> Any:
    """The space's hyperparameters with their defaults."""
    return spaces.declare(space, SHAPE, CLASSES)


def _build(space: spaces.Space, hp: Any) -> tuple[Any, Any]:
    """The model, which runs eagerly because tracing would take longer, and its inputs."""
    prefix, model = space.build_whole(hp, SHAPE, CLASSES)
    model.run_eagerly = True
    return model, IMAGES if prefix is None else keras.ops.convert_to_numpy(prefix(IMAGES))


def _random_values(declared: Any, seed: int) -> Any:
    hp = keras_tuner.HyperParameters()
    for known in declared.space:
        hp.merge([known])
        if hp.is_active(known):
            hp.values[known.name] = known.random_sample(seed)
    return hp


def test_a_space_keeps_its_contract(space: spaces.Space, declared: Any) -> None:
    """A space has a summary and epochs, declares what tunebench reads, and builds with its defaults."""
    assert space.summary
    assert space.summary[-1] == "."
    assert space.epochs >= 1
    assert BATCH_SIZE in declared.values
    assert next([*hp.values] for hp in declared.space if hp.name == SCHEDULE) == [CONSTANT, COSINE]
    # The reference models were trained at a constant learning rate.
    assert declared.values[SCHEDULE] == CONSTANT
    assert all(hp.default == declared.values[hp.name] for hp in declared.space if hp.name in declared.values)
    spaces.check(space, declared.copy(), SHAPE, CLASSES)


def test_starting_points_are_valid(space: spaces.Space, declared: Any) -> None:
    """Starting points are inside the ranges and differ from each other and from the defaults."""
    found = starting_points(space, declared, {})
    assert len({tuple(sorted(point.items())) for point in [declared.values, *found]}) == 1 + len(found)
    for point in found:
        hp = declared.copy()
        hp.values = dict(point)
        spaces.check(space, hp, SHAPE, CLASSES)


def test_a_random_point_trains(space: spaces.Space, declared: Any) -> None:
    """Random values give a model that trains, and builds declare nothing that `declare` did not find."""
    hp = _random_values(declared, 0)
    model, inputs = _build(space, hp)
    history = model.fit(inputs, np.arange(8), epochs=1, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    assert {known.name for known in hp.space} <= {known.name for known in declared.space}


@pytest.mark.parametrize(
    ("name", "layers", "epochs"),
    [
        ("cnn1", "Conv2D MaxPooling2D Flatten Dense", 20),
        ("cnn2", "Conv2D Conv2D MaxPooling2D Conv2D MaxPooling2D Flatten Dense", 10),
        (
            "cnn3",
            "Conv2D Conv2D MaxPooling2D Conv2D Conv2D MaxPooling2D Dropout Flatten Dense Dropout Dense",
            10,
        ),
    ],
)
def test_defaults_give_the_reference_models(name: str, layers: str, epochs: int) -> None:
    """The defaults give the reference model's layers and epochs; only model 3 has L2."""
    _, model = spaces.find(name).build_whole(keras_tuner.HyperParameters(), SHAPE, CLASSES)
    found = [type(layer).__name__ for layer in model.layers]
    assert [kind for kind in found if kind not in {"Rescaling", "Activation"}] == layers.split()
    assert spaces.find(name).epochs == epochs
    weighted = [layer for layer in model.layers if layer.weights]
    assert {layer.kernel_regularizer is not None for layer in weighted} == {name == "cnn3"}
    assert all(layer.use_bias for layer in weighted)


def test_batch_norm_adapts_within_75_steps(space: spaces.Space) -> None:
    """After 75 steps, batch norm gives nearly the same output in validation as in training."""
    hp = keras_tuner.HyperParameters()
    hp.values = {"batch_norm": True}
    inputs: Any = IMAGES
    if space.has_prefix:
        # Features that are far from the statistics at the start.
        inputs = np.random.default_rng(0).normal(10, 1, (8, 64)).astype(np.float32)
    model = space.build(hp, inputs.shape[1:], CLASSES)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    step = tf.function(lambda: model(inputs, training=True))
    for _ in range(75):
        in_training = keras.ops.convert_to_numpy(step())
    assert np.abs(in_training - call(model, inputs)).max() < 0.1
