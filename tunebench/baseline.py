"""The values of a baseline: a space's defaults, with those that the user sets instead."""

from collections.abc import Mapping

from tunebench import spaces
from tunebench.errors import SpaceError
from tunebench.preparation import Preparation
from tunebench.records import HyperparameterValue
from tunebench.tuning.declaration import declare, ranges
from tunebench.tuning.given import read_values


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
    hp.values.update(read_values(space.name, declared, given))
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
