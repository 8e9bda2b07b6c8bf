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
    made = []
    for point in space.starting_points:
        values = _read(space, declared, point)
        made.append(points.whole(declared, {**values, **fixed}))
        _check(space, declared, {name: values[name] for name in values if name not in fixed}, made[-1])
    return made


def _read(
    space: Space, declared: Any, point: Mapping[str, HyperparameterValue]
) -> dict[str, HyperparameterValue]:
    try:
        return given.read_values(space.name, declared, point)
    except SpaceError as error:
        raise InvalidSpaceError(f"{error} Mend STARTING_POINTS of {space.source}.") from error


def _check(
    space: Space, declared: Any, listed: Mapping[str, HyperparameterValue], point: points.Values
) -> None:
    """Whether a search looks at each listed value; the user may well set one outside of its range."""
    for hp in declared.space:
        # A name may be declared under several conditions, each with its own range.
        if hp.name not in listed or not points.is_active(hp, point):
            continue
        value = listed[hp.name]
        where = ""
        if hasattr(hp, "min_value"):
            if not hp.min_value <= value <= hp.max_value:
                where = f"only from {hp.min_value} to {hp.max_value}"
        elif value not in hp.values:
            where = f"only at {', '.join(map(str, hp.values))}"
        if where:
            raise InvalidSpaceError(
                f"{hp.name} is {value!r} in STARTING_POINTS of {space.source}, but a search looks {where}. "
                "Mend the point or the range."
            )
