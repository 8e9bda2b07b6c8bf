"""The points that a search tries first: known-good configurations listed in the space."""

import contextlib
from collections.abc import Mapping
from typing import Any

from tunebench.errors import InvalidSpaceError, SpaceError
from tunebench.records import HyperparameterValue
from tunebench.spaces import Space
from tunebench.spaces.hyperparameters import points, values
from tunebench.spaces.hyperparameters.training import AUGMENTATION, VIEWS

_Values = Mapping[str, HyperparameterValue]


def starting_points(space: Space, declared: Any, fixed: _Values) -> list[points.Values]:
    """A space's starting points, checked and completed.

    Args:
        space: The space.
        declared: Everything that may be tuned (``keras_tuner.HyperParameters``).
        fixed: Values that the user set. They replace those of every point; a point that conflicts with them
            is left out.

    Returns:
        The values of all active hyperparameters for each point, with defaults for those it does not list;
        equal points once.

    Raises:
        InvalidSpaceError: A point lists a hyperparameter that is not declared or is inactive there, or a
            value that is not valid.
    """
    made = []
    known = {hp.name for hp in declared.space}
    for point in space.list_starting_points():
        # The search adds these to a space, unless the user has switched them off.
        listed = {
            name: value for name, value in point.items() if name in known or name not in (AUGMENTATION, VIEWS)
        }
        try:
            values.check_names(space.name, declared, listed)
            _check_active(declared, listed, _completed(declared, listed, {}))
        except SpaceError as error:
            # They may lead to another branch of build() than the point does.
            if fixed:
                continue
            raise InvalidSpaceError(f"{error} Fix STARTING_POINTS of {space.source}.") from error
        # A fixed value may activate other ranges, which exclude the point.
        with contextlib.suppress(SpaceError):
            made.append(_completed(declared, listed, fixed))
    # Fixed values may make points equal.
    return [each for number, each in enumerate(made) if each not in made[:number]]


def _completed(declared: Any, listed: _Values, fixed: _Values) -> points.Values:
    """The point with these values, each read and checked by its active declaration."""

    def choose(hp: Any) -> HyperparameterValue:
        if hp.name in fixed:
            return fixed[hp.name]
        return _in_range(hp, values.read(hp, listed[hp.name])) if hp.name in listed else points.default_of(hp)

    return points.complete_point(declared, choose)


def _in_range(hp: Any, value: HyperparameterValue) -> HyperparameterValue:
    """The value, if a search may try it; the user may set one outside the range."""
    if hasattr(hp, "min_value") and not hp.min_value <= value <= hp.max_value:
        raise SpaceError(
            f"{value!r} is outside the search range of the hyperparameter {hp.name}. "
            f"Expected a value from {hp.min_value} to {hp.max_value}."
        )
    return value


def _check_active(declared: Any, listed: _Values, point: points.Values) -> None:
    for hp in declared.space:
        if hp.name in listed and hp.name not in point:
            raise SpaceError(
                f"{hp.name} has no effect in a starting point unless {values.requirement(hp)}. "
                "Add that, or leave it out."
            )
