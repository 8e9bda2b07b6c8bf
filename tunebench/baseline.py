"""The values of a baseline: a space's defaults, with those that the user sets instead."""

import difflib
from collections.abc import Mapping
from typing import Any

from tunebench import spaces
from tunebench.errors import SpaceError
from tunebench.preparation import Preparation
from tunebench.records import HyperparameterValue
from tunebench.tuning.declaration import declare, ranges

_TRUTHS = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}


def baseline(
    preparation: Preparation, given: Mapping[str, HyperparameterValue | str]
) -> tuple[dict[str, HyperparameterValue], dict[str, list[HyperparameterValue]]]:
    """Default values with the given ones in their place, and the declared ranges.

    Args:
        preparation: The space and its training data.
        given: Values by name; text is read as the hyperparameter's own type.

    Returns:
        The values of the active hyperparameters, and every hyperparameter's range.

    Raises:
        SpaceError: There is no such hyperparameter, or it cannot have that value.
    """
    space, data = preparation.space, preparation.data
    declared = declare(preparation, augment=True)
    by_name = {hp.name: hp for hp in declared.space}
    hp = declared.copy()
    for name, value in given.items():
        if name not in by_name:
            near = difflib.get_close_matches(name, by_name, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise SpaceError(
                f"Space {space.name} has no hyperparameter {name!r}.{hint} "
                f"Expected one of {', '.join(by_name)}."
            )
        hp.values[name] = _read(by_name[name], value)
    hp.ensure_active_values()
    for name in given:
        if not hp.is_active(by_name[name]):
            parents = [f"{parent.name}={parent.values[0]}" for parent in by_name[name].conditions]
            raise SpaceError(
                f"{name} has no effect unless {' and '.join(parents)}. Add --set for that, or leave it out."
            )
    values = {known.name: hp.values[known.name] for known in declared.space if hp.is_active(known)}
    hp.values = dict(values)
    spaces.check(space, hp, data.image_shape, data.num_classes)
    return values, ranges(declared)


def _read(hp: Any, value: HyperparameterValue | str) -> HyperparameterValue:
    """The value as the hyperparameter's own type, checked against its choices."""
    kind = type(hp.default)
    try:
        read: HyperparameterValue
        read = _TRUTHS[str(value).lower()] if kind is bool else kind(value)
    except (ValueError, KeyError) as error:
        raise SpaceError(
            f"{value!r} is no value of the hyperparameter {hp.name}. "
            f"Expected {kind.__name__}, such as {hp.default}."
        ) from error
    if not hasattr(hp, "min_value") and read not in hp.values:
        raise SpaceError(
            f"{value!r} is no value of the hyperparameter {hp.name}. "
            f"Expected one of {', '.join(map(str, hp.values))}."
        )
    return read
