"""The points that a search tries first: what its space's author found to train well."""

import contextlib
from collections.abc import Mapping
from typing import Any

from tunebench.errors import InvalidSpaceError, SpaceError
from tunebench.records import HyperparameterValue
from tunebench.spaces import Space
from tunebench.spaces.hyperparameters import points, values

_Listed = Mapping[str, HyperparameterValue]


def starting_points(space: Space, declared: Any, fixed: _Listed) -> list[points.Values]:
    """A space's starting points, checked and made whole.

    Args:
        space: The space.
        declared: Everything that may be tuned (``keras_tuner.HyperParameters``).
        fixed: What the user set; it holds in every point. A point for which it leaves no place is left out.

    Returns:
        Values of all active hyperparameters for each point; what it leaves out has its default.

    Raises:
        InvalidSpaceError: A point names a hyperparameter that there is not or that has no effect there, or a
            value that it cannot have.
    """
    made = []
    for listed in space.starting_points:
        try:
            values.check_names(space.name, declared, listed)
            _check_active(listed, _whole(declared, listed, {}))
        except SpaceError as error:
            raise InvalidSpaceError(f"{error} Mend STARTING_POINTS of {space.source}.") from error
        # A value of the user's may bring other ranges with it, through the conditions of others.
        with contextlib.suppress(SpaceError):
            made.append(_whole(declared, listed, fixed))
    return made


def _whole(declared: Any, listed: _Listed, fixed: _Listed) -> points.Values:
    """The point with these values, each read and checked by the declaration that is active there."""

    def choose(hp: Any) -> HyperparameterValue:
        if hp.name in fixed:
            return fixed[hp.name]
        return _in_range(hp, values.read(hp, listed[hp.name])) if hp.name in listed else points.default_of(hp)

    return points.whole(declared, choose)


def _in_range(hp: Any, value: HyperparameterValue) -> HyperparameterValue:
    """The value; the user may well set one outside of its range, but a search looks inside."""
    if hasattr(hp, "min_value") and not hp.min_value <= value <= hp.max_value:
        raise SpaceError(
            f"{value!r} is no value of the hyperparameter {hp.name} that a search looks at. "
            f"Expected one from {hp.min_value} to {hp.max_value}."
        )
    return value


def _check_active(listed: _Listed, point: points.Values) -> None:
    for name in listed:
        if name not in point:
            raise SpaceError(
                f"{name} has no effect in a starting point, for what it depends on has another value there. "
                "Expected only hyperparameters that count."
            )
