"""Save and load the state of a training, so that a resumed training equals an uninterrupted one.

Keras' weights file leaves out the state of random layers such as dropout, which would then draw other
numbers (``docs/decisions/0001``).
"""

from pathlib import Path
from typing import Any

import numpy as np

from tunebench.errors import SearchError
from tunebench.files import DAMAGED_ARRAYS, replace_atomically
from tunebench.fitting.variables import build_optimizer


def save(model: Any, path: Path) -> None:
    """Save weights, optimizer and random state of a compiled model to an ``.npz`` file, atomically."""
    arrays = {f"{index:05d}": variable.numpy() for index, variable in enumerate(_variables(model))}

    def write(temporary: Path) -> None:
        np.savez(temporary, **arrays)

    replace_atomically(path, write)


def load(model: Any, path: Path) -> None:
    """Load a saved state into a model that was built and compiled in the same way.

    Raises:
        SearchError: The file is damaged or belongs to another model; the model is unchanged.
    """
    variables = _variables(model)
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            values = [arrays[name] for name in sorted(arrays.files)]
    except DAMAGED_ARRAYS as error:
        raise SearchError(f"The saved training {path} is damaged: {error}. Delete it.") from error
    if [tuple(variable.shape) for variable in variables] != [value.shape for value in values]:
        raise SearchError(f"The saved training {path} belongs to another model. Delete it.")
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def _variables(model: Any) -> list[Any]:
    # Before the first step the optimizer may have none.
    build_optimizer(model)
    return [*model.variables, *model.optimizer.variables]
