"""A frozen prefix is built once, and only from the hyperparameters that it declares."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras_tuner
import pytest

from tests.small import digits, write_space
from tunebench import spaces
from tunebench.dtype_policy import dtype_policy
from tunebench.errors import InvalidSpaceError
from tunebench.features import fingerprint
from tunebench.features.preparation import Preparation
from tunebench.spaces.hyperparameters.declare import declare

SHAPE = (32, 32, 3)
SPACE = '''\
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


def build(hp, input_shape, num_classes):
    model = keras.Sequential([keras.Input(input_shape), layers.Dense(num_classes, "softmax")])
    optimizer = keras.optimizers.SGD(hp.Choice("learning_rate", [0.01, 0.1]))
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
'''
FILTERS = 'filters = hp.Choice("filters", [2, 3])'
CONDITIONAL = """wide = hp.Boolean("wide")
    with hp.conditional_scope("wide", [True]):
        filters = 2 if not wide else hp.Choice("filters", [4, 8])"""


def _values(**values: Any) -> keras_tuner.HyperParameters:
    hp = keras_tuner.HyperParameters()
    hp.values = values
    return hp


@pytest.fixture
def prepare(tmp_path: Path) -> Callable[[str], tuple[Preparation, list[object]]]:
    """Makes a preparation, and the list of what its prefix was built with."""

    def make(filters: str = FILTERS) -> tuple[Preparation, list[object]]:
        source = write_space(tmp_path, SPACE.replace(FILTERS, filters))
        preparation = Preparation(spaces.find(str(source)), digits().training_data(0), None, seed=1)
        built: list[object] = preparation.space.build_function._given.__globals__["BUILT"]
        return preparation, built

    return make


def test_declaring_checking_and_preparing_build_one_prefix(prepare: Any) -> None:
    """Each time the prefix's hyperparameters are declared; another process gets the same random weights."""
    preparation, built = prepare()
    declared = declare(preparation.space, SHAPE, 10, augment=True)
    assert [hp.name for hp in declared.space] == ["filters", "learning_rate", "views"]
    spaces.check(preparation.space, declared.copy(), SHAPE, 10)
    first = preparation.prepare(_values(filters=2, learning_rate=0.1))
    hp = keras_tuner.HyperParameters()
    assert preparation.space.frozen_prefix(hp, SHAPE) is first.prefix
    assert built == [2]
    assert (hp.values, [each.name for each in hp.space]) == ({"filters": 2}, ["filters"])
    other, _ = prepare()
    assert fingerprint(first.prefix) == fingerprint(other.space.frozen_prefix(_values(filters=2), SHAPE))


def test_other_values_or_settings_are_another_prefix(prepare: Any) -> None:
    """One prefix is kept; its own hyperparameters, the image shape and the precision decide about it."""
    preparation, built = prepare()
    space = preparation.space
    for filters, expected in ((3, [2, 3]), (3, []), (2, [2]), (3, [3])):
        built.clear()
        assert (
            space.frozen_prefix(_values(filters=filters, learning_rate=0.1), SHAPE).output_shape[-1]
            == filters
        )
        assert built == expected, filters
    built.clear()
    assert space.frozen_prefix(_values(), SHAPE).output_shape[-1] == 2, "the default"
    assert space.frozen_prefix(_values(filters=2), (16, 16, 3)).input_shape[1] == 16
    with dtype_policy("mixed_bfloat16"):
        space.frozen_prefix(_values(filters=2), (16, 16, 3))
    assert built == [2, 2, 2]
    # Equal numbers of different types are different values.
    with pytest.raises(InvalidSpaceError):
        space.frozen_prefix(_values(filters=2.0), SHAPE)


def test_an_undeclared_hyperparameter_is_an_error(prepare: Any) -> None:
    """A prefix cannot read what only the head declares."""
    preparation, _ = prepare('filters = hp.get("learning_rate")')
    with pytest.raises(InvalidSpaceError, match=r"failed: KeyError: .learning_rate does not"):
        preparation.space.frozen_prefix(_values(learning_rate=0.1), SHAPE)


def test_conditional_hyperparameters(prepare: Any) -> None:
    """They are declared, and a prefix gets the values of all that are active."""
    preparation, built = prepare(CONDITIONAL)
    declared = declare(preparation.space, SHAPE, 10)
    assert [hp.name for hp in declared.space] == ["wide", "learning_rate", "filters"]
    assert built == [2, 4]
    other, built = prepare(CONDITIONAL)
    hp = _values(wide=True, filters=8, learning_rate=0.1)
    assert other.space.frozen_prefix(hp, SHAPE).output_shape[-1] == 8
    assert [each.name for each in hp.space] == ["wide", "filters"]
    assert other.relevant(hp.values) == {"wide": "True", "filters": "8", "views": 1}


def test_what_a_failing_prefix_declares_is_declared(prepare: Any) -> None:
    """A search records the hyperparameters of a failed trial; the error is that of the trial's own values."""
    preparation, _ = prepare(f'{FILTERS}\n    assert filters > 2, f"{{filters}} are too few"')
    assert preparation.space.frozen_prefix(_values(filters=3), SHAPE).output_shape[-1] == 3
    hp = _values()
    with pytest.raises(InvalidSpaceError, match="2 are too few"):
        preparation.space.frozen_prefix(hp, SHAPE)
    assert hp.values == {"filters": 2}
