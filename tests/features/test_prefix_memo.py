"""A frozen prefix is built once, and never in the place of another one."""

from pathlib import Path
from typing import Any

import keras_tuner
import numpy as np
import pytest

from tests.small import digits, dtype_policy, write_space
from tunebench import spaces
from tunebench.errors import InvalidSpaceError
from tunebench.features import fingerprint
from tunebench.features.preparation import Preparation
from tunebench.spaces.hyperparameters.declare import declare

SHAPE = (32, 32, 3)
HEAD = """

def build(hp, input_shape, num_classes):
    model = keras.Sequential([keras.Input(input_shape), layers.Dense(num_classes, "softmax")])
    learning_rate = hp.Choice("learning_rate", [0.01, 0.1])
    optimizer = keras.optimizers.SGD(learning_rate)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
"""
PREFIX = '''\
"""A space whose prefix has random weights and depends on a hyperparameter."""

import keras
from keras import layers

BUILT = []


def frozen_prefix(hp, input_shape):
    filters = hp.Choice("filters", [2, 3])
    BUILT.append(filters)
    return keras.Sequential(
        [keras.Input(input_shape, dtype="uint8"), layers.Rescaling(1 / 255), layers.Conv2D(filters, 3),
         layers.GlobalAveragePooling2D()]
    )
'''
DATA = digits().training_data(0)


def _values(**values: Any) -> keras_tuner.HyperParameters:
    hp = keras_tuner.HyperParameters()
    hp.values = values
    return hp


def _preparation(folder: Path, prefix: str = PREFIX) -> tuple[Preparation, list[object]]:
    preparation = Preparation(spaces.find(str(write_space(folder, prefix + HEAD))), DATA, None, seed=1)
    built: list[object] = preparation.space.build_function.__globals__["BUILT"]
    return preparation, built


def test_declaring_checking_and_preparing_build_it_once(tmp_path: Path) -> None:
    """A large network takes a second to build, three times before the first trial."""
    preparation, built = _preparation(tmp_path)
    declared = declare(
        preparation.space, preparation.data.image_shape, preparation.data.num_classes, augment=True
    )
    assert [hp.name for hp in declared.space] == ["filters", "learning_rate", "views"]
    spaces.check(preparation.space, declared.copy(), SHAPE, 10)
    trial = declared.copy()
    trial.values["learning_rate"] = 0.1
    first = preparation.prepare(trial)
    assert built == [2]
    fresh, _ = _preparation(tmp_path)
    alone = fresh.prepare(_values(filters=2))
    # The same random weights, and so the same features and the same key of their cache.
    assert np.array_equal(first.train.inputs, alone.train.inputs)
    assert fingerprint(first.prefix) == fingerprint(alone.prefix)
    # What it declares is declared each time.
    hp = keras_tuner.HyperParameters()
    preparation.space.frozen_prefix(hp, SHAPE)
    assert built == [2]
    assert (hp.values, [each.name for each in hp.space]) == ({"filters": 2}, ["filters"])


def test_other_hyperparameters_or_settings_are_another_prefix(tmp_path: Path) -> None:
    """A trial would be trained on the features of another network."""
    preparation, built = _preparation(tmp_path)
    space = preparation.space

    def width(hp: Any, shape: tuple[int, ...] = SHAPE) -> Any:
        prefix = space.frozen_prefix(hp, shape)
        assert prefix is not None
        return prefix.output_shape[-1], prefix.input_shape[1]

    assert width(_values(filters=2)) == (2, 32)
    assert width(_values(filters=3)) == (3, 32)
    assert width(_values()) == (2, 32), "the default"
    assert width(_values(filters=2, learning_rate=0.1)) == (2, 32)
    assert built == [2, 3, 2]
    assert width(_values(filters=2), (16, 16, 3)) == (2, 16)
    with dtype_policy("mixed_bfloat16"):
        width(_values(filters=2), (16, 16, 3))
    assert len(built) == 5
    # Equal to 2, but Keras may make something else of it.
    with pytest.raises(InvalidSpaceError):
        width(_values(filters="2"), (16, 16, 3))


@pytest.mark.parametrize(
    "look",
    [
        "sum(value for name, value in hp.values.items() if name == 'other')",
        "dict(hp.values).get('other', 0)",
        "hp.copy().values.get('other', 0)",
        "(hp.values | {}).get('other', 0)",
        "{**hp.values}.get('other', 0)",
        "hp.values.get('other', 0)",
        "hp.get('other') if 'other' in hp else 0",
    ],
)
def test_what_it_reads_without_declaring_counts(tmp_path: Path, look: str) -> None:
    """A prefix that looks at a hyperparameter of the head would be that of another trial."""
    source = PREFIX.replace('hp.Choice("filters", [2, 3])', f"2 + {look}")
    preparation, built = _preparation(tmp_path, source)
    for other in (0, 1, 2):
        preparation.space.frozen_prefix(_values(other=other), SHAPE)
    assert built == [2, 3, 4]


def test_conditional_hyperparameters_of_a_prefix_are_declared(tmp_path: Path) -> None:
    """An oracle that does not know them leaves them at their defaults for ever."""
    source = PREFIX.replace(
        'filters = hp.Choice("filters", [2, 3])',
        'wide = hp.Boolean("wide")\n    with hp.conditional_scope("wide", [True]):\n'
        '        filters = 2 if not wide else hp.Choice("filters", [4, 8])',
    )
    preparation, built = _preparation(tmp_path, source)
    declared = declare(
        preparation.space, preparation.data.image_shape, preparation.data.num_classes, augment=False
    )
    assert [hp.name for hp in declared.space] == ["wide", "learning_rate", "filters"]
    assert built == [2, 4]


def test_one_prefix_is_kept(tmp_path: Path) -> None:
    """A search over prefixes would fill the memory."""
    preparation, built = _preparation(tmp_path)
    for filters in (2, 3, 2, 3):
        preparation.space.frozen_prefix(_values(filters=filters), SHAPE)
    assert built == [2, 3, 2, 3]
