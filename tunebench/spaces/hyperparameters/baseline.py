"""The values of a baseline: a space's defaults, except for those that the user sets."""

from collections.abc import Mapping

from tunebench.errors import SpaceError
from tunebench.records import HyperparameterValue
from tunebench.spaces.hyperparameters.declare import ranges
from tunebench.spaces.hyperparameters.values import declare_given, requirement
from tunebench.spaces.shapes import Shape
from tunebench.spaces.space import Space


def baseline(
    space: Space, image_shape: Shape, num_classes: int, given: Mapping[str, HyperparameterValue | str]
) -> tuple[dict[str, HyperparameterValue], dict[str, list[HyperparameterValue]]]:
    """The default values, replaced by the given ones, and the declared ranges.

    Args:
        space: The space.
        image_shape: ``(height, width, channels)`` of the raw images.
        num_classes: Size of the output.
        given: Values by name; text is converted to the hyperparameter's type.

    Returns:
        The values of the active hyperparameters, and every hyperparameter's range.

    Raises:
        SpaceError: There is no such hyperparameter, or the value is not valid for it.
    """
    declared, chosen = declare_given(space, image_shape, num_classes, given, augment=True)
    by_name = {hp.name: hp for hp in declared.space}
    hp = declared.copy()
    hp.values.update(chosen)
    hp.ensure_active_values()
    for name in given:
        if not hp.is_active(by_name[name]):
            needed = requirement(by_name[name])
            raise SpaceError(f"{name} has no effect unless {needed}. Add --set for that, or leave it out.")
    values = {known.name: hp.values[known.name] for known in declared.space if hp.is_active(known)}
    return values, ranges(declared)
