"""The values of a baseline: a space's defaults, with those that the user sets instead."""

from collections.abc import Mapping

from tunebench.errors import SpaceError
from tunebench.records import HyperparameterValue
from tunebench.spaces.hyperparameters.declare import declare, ranges
from tunebench.spaces.hyperparameters.values import read_values
from tunebench.spaces.preflight import check
from tunebench.spaces.space import Shape, Space


def baseline(
    space: Space, image_shape: Shape, num_classes: int, given: Mapping[str, HyperparameterValue | str]
) -> tuple[dict[str, HyperparameterValue], dict[str, list[HyperparameterValue]]]:
    """The default values, except for those that are given, and the declared ranges.

    Args:
        space: The space.
        image_shape: ``(height, width, channels)`` of the raw images.
        num_classes: Size of the output.
        given: Values by name; text is converted to the hyperparameter's own type.

    Returns:
        The values of the active hyperparameters, and every hyperparameter's range.

    Raises:
        SpaceError: There is no such hyperparameter, or it cannot have that value.
    """
    declared = declare(space, image_shape, num_classes, augment=True)
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
    check(space, hp, image_shape, num_classes)
    return values, ranges(declared)
