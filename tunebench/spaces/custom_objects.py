"""The classes and functions of a space that loading one of its models may need."""

import sys
from types import FunctionType
from typing import Any

from tunebench.spaces.space import Space

# Keras finds its own, and what Keras Tuner registers with it.
_FOUND = {"keras", "keras_tuner", "tunebench", "search_spaces"}


def custom_objects(space: Space) -> dict[str, Any]:
    """What ``keras.saving.load_model(path, custom_objects=…)`` needs for a model of a space.

    A class that is registered with Keras is found without them.

    Args:
        space: The space, imported. Its code has run.

    Returns:
        The classes and functions that its modules define, by name.
    """
    found: dict[str, Any] = {}
    with space.modules.importable():
        for name in sorted({*space.modules.names, space.module}):
            for module in [each for each in sys.modules if each == name or each.startswith(f"{name}.")]:
                found |= _defined_in(module)
    return found


def _defined_in(module: str) -> dict[str, Any]:
    if module.partition(".")[0] in _FOUND - {"search_spaces"}:
        return {}
    content = list(vars(sys.modules[module]).items())
    return {
        name: each
        for name, each in content
        if isinstance(each, type | FunctionType) and each.__module__ == module
    }
