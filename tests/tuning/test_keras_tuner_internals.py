"""Keras Tuner's private names."""

import inspect
from typing import Any

import keras_tuner
import pytest

from tunebench.tuning.keras_tuner_internals import PRIVATE_NAMES

NAMES = [(owner, *each) for owner, names in PRIVATE_NAMES.items() for each in names.items()]


@pytest.mark.parametrize(("owner", "name", "parameters"), NAMES)
def test_the_private_names_are_unchanged(owner: Any, name: str, parameters: tuple[str, ...]) -> None:
    """The installed Keras Tuner has every private method used, with the same parameters."""
    where = f"{owner.__name__}.{name} of Keras Tuner {keras_tuner.__version__}"
    method = getattr(owner, name, None)
    assert method is not None, f"{where} is missing; see tunebench/tuning/keras_tuner_internals.py"
    found = tuple(inspect.signature(method).parameters)
    assert found == parameters, f"{where} has other parameters than {parameters}: {found}"
