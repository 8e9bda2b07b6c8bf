"""The points that a search tries first: what its space's author found to train well."""

from collections.abc import Mapping
from typing import Any

from tunebench.errors import InvalidSpaceError, SpaceError
from tunebench.records import HyperparameterValue
from tunebench.spaces import Space
from tunebench.tuning import given, points


def starting_points(
    space: Space, declared: Any, fixed: Mapping[str, HyperparameterValue]
) -> list[points.Values]:
    """A space's starting points, checked and made whole.

    Args:
        space: The space.
        declared: Everything that may be tuned (``keras_tuner.HyperParameters``).
        fixed: What the user set; it holds in every point.

    Returns:
        Values of all active hyperparameters for each point; what it leaves out has its default.

    Raises:
        InvalidSpaceError: A point names no hyperparameter, or a value that it cannot have.
    """
    return [
        points.whole(declared, {**_read(space, declared, point), **fixed}) for point in space.starting_points
    ]


def _read(
    space: Space, declared: Any, point: Mapping[str, HyperparameterValue]
) -> dict[str, HyperparameterValue]:
    try:
        values = given.read_values(space.name, declared, point)
    except SpaceError as error:
        raise InvalidSpaceError(f"{error} Mend STARTING_POINTS of {space.source}.") from error
    for hp in declared.space:
        value = values.get(hp.name)
        # The user may well set a value outside of a range, but a search looks inside.
        if hasattr(hp, "min_value") and value is not None and not hp.min_value <= value <= hp.max_value:
            raise InvalidSpaceError(
                f"{hp.name} is {value!r} in STARTING_POINTS of {space.source}, but a search looks only from "
                f"{hp.min_value} to {hp.max_value}. Mend the point or the range."
            )
    return values
