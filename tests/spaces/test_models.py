"""A space's models are built and checked, and its hyperparameters declared."""

from pathlib import Path

import keras_tuner
import pytest

from tests.small import write_space
from tunebench import spaces
from tunebench.errors import InvalidSpaceError
from tunebench.spaces.preflight import Checked

SHAPE = (8, 8, 3)
IMPORTS = "import keras\nfrom keras import layers\n\n"


def _space(tmp_path: Path, body: str) -> spaces.Space:
    return spaces.find(str(write_space(tmp_path, IMPORTS + body)))


def _body(last: str, loss: str = "sparse_categorical_crossentropy", metrics: str = "['accuracy']") -> str:
    return (
        "def build(hp, input_shape, num_classes):\n"
        f"    model = keras.Sequential([keras.Input(input_shape), layers.Flatten(), {last}])\n"
        f"    model.compile('adam', '{loss}', metrics={metrics})\n"
        "    return model\n"
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            "def build(hp, s, n):\n    return None",
            r"build\(\) returned NoneType, not the expected keras\.Model",
        ),
        (
            """
class Mine(keras.Model):
    def call(self, x):
        return self.dense(x)

def build(hp, s, n):
    model = Mine()
    model.dense = layers.Dense(n)
    model(keras.ops.zeros((1, s[0])))
    model.compile()
    return model
""",
            r"cannot be built on images of shape \(8, 8, 3\): ValueError: .* calling Mine",
        ),
        (
            "def build(hp, s, n):\n    raise ValueError('no such layer\\nmore')",
            r"failed: ValueError: no such layer\. Fix",
        ),
        (
            "def build(hp, s, n):\n    return keras.Sequential([keras.Input(s), layers.Dense(n)])",
            "not compiled",
        ),
        (
            _body("layers.Dense(3, 'softmax')"),
            r"output shape is \(None, 3\), but one probability .* \(None, 10\)",
        ),
        (
            (
                "def build(hp):\n"
                "    model = keras.Sequential([keras.Input((4,)), layers.Dense(10, 'softmax')])\n"
                "    model.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'])\n"
                "    return model"
            ),
            r"input shape is \(None, 4\), but the images give \(None, 8, 8, 3\).* --image-size\.$",
        ),
        (
            _body("layers.Dense(10, 'softmax')").replace(
                "keras.Input(input_shape)", "keras.Input((28, 28, 1))"
            ),
            r"--image-size 28x28 \(a model of grey images gets grey ones\)\.$",
        ),
        (_body("layers.Dense(num_classes, 'softmax')", metrics="['no_such']"), "cannot be evaluated"),
        (_body("layers.Dense(num_classes)"), r"not probabilities .* give the loss from_logits=True"),
    ],
)
def test_a_model_that_cannot_be_tuned_is_refused_before_training(
    tmp_path: Path, body: str, message: str
) -> None:
    """The error is one line that names the space."""
    space = _space(tmp_path, body)
    with pytest.raises(InvalidSpaceError, match=message) as caught:
        spaces.check(space, keras_tuner.HyperParameters(), SHAPE, 10)
    assert "\n" not in str(caught.value)
    assert "Space tiny" in str(caught.value)


def test_a_plain_keras_tuner_build_is_a_space(tmp_path: Path) -> None:
    """``build(hp)`` is accepted as it is."""
    body = _body("layers.Dense(num_classes, 'softmax')")
    plain = body.replace("hp, input_shape, num_classes", "hp").replace("input_shape", "(8, 8, 3)")
    space = _space(tmp_path, plain.replace("num_classes", "10"))
    spaces.check(space, keras_tuner.HyperParameters(), SHAPE, 10)


@pytest.mark.parametrize("arguments", ["hp, *, num_classes, input_shape", "hp, input_shape, *, num_classes"])
def test_the_arguments_of_build_may_be_keywords(tmp_path: Path, arguments: str) -> None:
    """Those that Python takes by name only are given by name."""
    body = _body("layers.Dense(num_classes, 'softmax')").replace("hp, input_shape, num_classes", arguments)
    _, model = spaces.check(_space(tmp_path, body), keras_tuner.HyperParameters(), SHAPE, 10)
    assert model.output_shape == (None, 10)


@pytest.mark.parametrize("declared", ["hp.Choice('batch_size', [0, 32])", "hp.Int('batch_size', -1, 8)"])
def test_a_batch_size_is_at_least_one(tmp_path: Path, declared: str) -> None:
    """Before a trial meets a smaller one."""
    body = _body("layers.Dense(num_classes, 'softmax')").replace("    model", f"    {declared}\n    model", 1)
    with pytest.raises(InvalidSpaceError, match=r"hyperparameter batch_size can be (0|-1)\. .* at least 1"):
        spaces.declare(_space(tmp_path, body), SHAPE, 10)


def test_schedules_that_only_the_space_knows_are_noted(tmp_path: Path) -> None:
    """They may be misspelt, or the space uses them."""
    body = _body("layers.Dense(num_classes, 'softmax')").replace(
        "    model", "    hp.Choice('schedule', ['constant', 'cosin'])\n    model", 1
    )
    space = _space(tmp_path, body)
    found = Checked(space, spaces.declare(space, SHAPE, 10), SHAPE, 10).notes()
    assert "constant and cosine; cosin has no effect unless the space itself uses it" in found[-1]


@pytest.mark.parametrize(
    "declared",
    [
        "hp.Float('rate', 1e-3, float('inf'))",
        "hp.Choice('rate', [0.1, float('nan')])",
        "hp.Choice('rate', [1, 10**25])",
        "hp.Choice('rate', ['a', '\\ud800'])",
    ],
)
def test_values_that_cannot_be_recorded_are_refused(tmp_path: Path, declared: str) -> None:
    """Before a search ends with one of them."""
    body = _body("layers.Dense(num_classes, 'softmax')").replace(
        "    model =", f"    {declared}\n    model =", 1
    )
    with pytest.raises(InvalidSpaceError, match=r"hyperparameter rate can be .* cannot be recorded"):
        spaces.declare(_space(tmp_path, body), SHAPE, 10)


def test_hyperparameters_inside_conditions_are_declared(tmp_path: Path) -> None:
    """Each condition is made active once, so that all are found."""
    space = _space(
        tmp_path,
        "def build(hp, input_shape, num_classes):\n"
        "    kind = hp.Choice('kind', ['shallow', 'deep'])\n"
        "    model = keras.Sequential([keras.Input(input_shape), layers.Flatten()])\n"
        "    with hp.conditional_scope('kind', ['deep']):\n"
        "        if kind == 'deep':\n"
        "            units = hp.Int('units', 4, 16)\n"
        "            hp.Boolean('wide')\n"
        "            with hp.conditional_scope('wide', [True]):\n"
        "                if hp.get('wide'):\n"
        "                    units *= hp.Choice('times', [2, 3])\n"
        "            model.add(layers.Dense(units))\n"
        "    model.add(layers.Dense(num_classes, 'softmax'))\n"
        "    model.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'])\n"
        "    return model\n",
    )
    declared = spaces.declare(space, SHAPE, 10)
    assert [hp.name for hp in declared.space] == ["kind", "units", "wide", "times"]
    assert declared.values == {"kind": "shallow"}


def test_the_prefix_output_is_what_build_gets(tmp_path: Path) -> None:
    """``build`` gets the shape of features instead of images."""
    space = _space(
        tmp_path,
        "def frozen_prefix(hp, input_shape):\n"
        "    pool = layers.AveragePooling2D(hp.Choice('pool', [2, 4]))\n"
        "    return keras.Sequential([keras.Input(input_shape), pool])\n"
        + _body("layers.Dense(num_classes, 'softmax')"),
    )
    hp = keras_tuner.HyperParameters()
    prefix, model = space.build_whole(hp, SHAPE, 10)
    assert prefix is not None
    assert model.input_shape == prefix.output_shape == (None, 4, 4, 3)
    assert "pool" in hp.values
    spaces.check(space, hp, SHAPE, 10)


def test_a_prefix_that_cannot_be_compiled_is_refused_before_training(tmp_path: Path) -> None:
    """Also if its layer works when it is called directly."""
    space = _space(
        tmp_path,
        "class Peeking(layers.Layer):\n"
        "    def compute_output_shape(self, shape):\n"
        "        return shape\n\n"
        "    def call(self, inputs):\n"
        "        keras.ops.convert_to_numpy(inputs)\n"
        "        return inputs\n\n\n"
        "def frozen_prefix(hp, input_shape):\n"
        "    return keras.Sequential([keras.Input(input_shape), Peeking()])\n"
        + _body("layers.Dense(num_classes, 'softmax')"),
    )
    with pytest.raises(InvalidSpaceError, match="cannot be evaluated"):
        spaces.check(space, keras_tuner.HyperParameters(), SHAPE, 10)
