"""The points of a search space: the values each hyperparameter can take, and their combinations.

Keras Tuner leaves out the upper end of a stepped range (0.6 of 0 to 0.6 in steps of 0.1) and divides a range
without steps into ten values without its ends. Here both ends belong to every range.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from tunebench.records import HyperparameterValue

Values = dict[str, Any]
# Any value on which no other hyperparameter depends.
_OTHER = None


def values_of(hp: Any, num_points: int) -> Iterator[HyperparameterValue]:
    """The values of a hyperparameter that a grid tries.

    Args:
        hp: A hyperparameter of Keras Tuner.
        num_points: Number of values of a range without steps, both ends included; 2 or more.

    Yields:
        Distinct values, the default first and the others in order. A default between two values of a range is
        added to them. A range may have too many to list.
    """
    default = default_of(hp)
    yield default
    for value in hp.values if not hasattr(hp, "min_value") else _of_range(hp, num_points):
        if not _same(value, default):
            yield value


def default_of(hp: Any) -> HyperparameterValue:
    """A hyperparameter's default, as a float if its values are floats: Keras Tuner leaves ``default=0``."""
    first = hp.min_value if hasattr(hp, "min_value") else next(iter(hp.values))
    default: HyperparameterValue = hp.default
    return float(default) if isinstance(first, float) and not isinstance(default, bool | str) else default


def complete_point(hyperparameters: Any, choose: Callable[[Any], HyperparameterValue] = default_of) -> Values:
    """A point with a value for each active hyperparameter.

    Args:
        hyperparameters: ``keras_tuner.HyperParameters``.
        choose: Gives the value of an active hyperparameter, in the order of declaration.

    Returns:
        Values by name.
    """
    point: Values = {}
    for hp in hyperparameters.space:
        if is_active(hp, point):
            point[hp.name] = choose(hp)
    return point


def is_finite(hyperparameters: Any) -> bool:
    """Whether every range has steps, so that all points can be tried."""
    return all(not hasattr(hp, "min_value") or _is_stepped(hp) for hp in hyperparameters.space)


def points(hyperparameters: Any, num_points: int) -> Iterator[Values]:
    """Every combination of active hyperparameters once, the defaults first.

    Args:
        hyperparameters: ``keras_tuner.HyperParameters``.
        num_points: See :func:`values_of`.

    Yields:
        Values by name. The last hyperparameter changes fastest.
    """
    space = list(hyperparameters.space)

    def combine(index: int, values: Values) -> Iterator[Values]:
        if index == len(space):
            yield values
        elif is_active(space[index], values):
            for value in values_of(space[index], num_points):
                yield from combine(index + 1, {**values, space[index].name: value})
        else:
            yield from combine(index + 1, values)

    return combine(0, {})


def count_points(hyperparameters: Any, num_points: int) -> int:
    """The number of combinations that :func:`points` yields, without generating them."""
    space = list(hyperparameters.space)
    # The values on which others depend; all other values of a hyperparameter are alike.
    deciding: dict[str, set[Any]] = {}
    for condition in (condition for hp in space for condition in hp.conditions):
        deciding.setdefault(condition.name, set()).update(condition.values)

    def count(index: int, values: Values) -> int:
        if index == len(space):
            return 1
        hp = space[index]
        if not is_active(hp, values):
            return count(index + 1, values)
        number = _num_values(hp, num_points)
        chosen = [value for value in deciding.get(hp.name, ()) if _occurs(hp, value, num_points)]
        total = sum(count(index + 1, {**values, hp.name: value}) for value in chosen)
        if number > len(chosen):
            total += (number - len(chosen)) * count(index + 1, {**values, hp.name: _OTHER})
        return total

    return count(0, {})


def _num_values(hp: Any, num_points: int) -> int:
    """The number of :func:`values_of`; a stepped range may have too many to list."""
    if hasattr(hp, "min_value") and _is_stepped(hp):
        return _num_steps(hp) + 1 + (not _is_on_a_step(hp, hp.default))
    return len([*values_of(hp, num_points)])


def _occurs(hp: Any, value: HyperparameterValue, num_points: int) -> bool:
    """Whether a value is among :func:`values_of`."""
    if hasattr(hp, "min_value") and _is_stepped(hp):
        return _same(value, default_of(hp)) or _is_on_a_step(hp, value)
    return any(_same(value, each) for each in values_of(hp, num_points))


def _is_on_a_step(hp: Any, value: Any) -> bool:
    return bool(hp.min_value <= value <= hp.max_value) and _same(
        float(_after_steps(hp, _steps_to(hp, value))), float(value)
    )


def canonical(values: Mapping[str, Any]) -> Values:
    """Rounded values, in which 0.1 × 3 equals 0.3 and 3 equals 3.0, so that equal points compare equal."""
    return {
        name: float(f"{value:.12g}")
        if isinstance(value, int | float) and not isinstance(value, bool)
        else value
        for name, value in values.items()
    }


def is_active(hp: Any, values: Mapping[str, Any]) -> bool:
    """Whether a hyperparameter's conditions hold for these values."""
    return all(condition.is_active(values) for condition in hp.conditions)


def value_at(hp: Any, share: float) -> HyperparameterValue:
    """The value at a share of the way from a hyperparameter's first value to its last.

    Args:
        hp: A hyperparameter of Keras Tuner.
        share: From 0 to 1, both included; steps and choices have equal parts of it.

    Returns:
        The value; both ends of a range are reached.
    """
    if not hasattr(hp, "min_value"):
        chosen: HyperparameterValue = hp.prob_to_value(share)
        return chosen
    if _is_stepped(hp):
        number = _num_steps(hp) + 1
        return _after_steps(hp, min(int(share * number), number - 1))
    drawn: int | float = min(hp.prob_to_value(share), hp.max_value)
    return drawn


def share_at(hp: Any, value: HyperparameterValue) -> float:
    """The share of the way at which a value of a range is, from 0 to 1; the inverse of :func:`value_at`."""
    if not _is_stepped(hp):
        share: float = hp.value_to_prob(value)
        return share
    return (_steps_to(hp, value) + 0.5) / (_num_steps(hp) + 1)


def _is_stepped(hp: Any) -> bool:
    return hp.step is not None


def _num_steps(hp: Any) -> int:
    """Steps from the lower end of a stepped range to its last value, although 0.6 / 0.1 = 5.999…."""
    if hp.sampling == "linear":
        return int((hp.max_value - hp.min_value) / hp.step + 1e-9)
    return math.floor(math.log(hp.max_value / hp.min_value, hp.step) + 1e-9)


def _after_steps(hp: Any, steps: int) -> int | float:
    if hp.sampling == "linear":
        value = hp.min_value + steps * hp.step
    else:
        value = hp.min_value * hp.step**steps
        if hp.sampling == "reverse_log":
            value = hp.max_value + hp.min_value - value
    # 0.1 × 6 is a little more than 0.6.
    value = max(hp.min_value, min(value, hp.max_value))
    return int(value) if isinstance(hp.min_value, int) else value


def _steps_to(hp: Any, value: Any) -> int:
    if hp.sampling == "linear":
        return round(float(value - hp.min_value) / float(hp.step))
    if hp.sampling == "reverse_log":
        value = hp.max_value + hp.min_value - value
    return round(math.log(value / hp.min_value, hp.step))


def _of_range(hp: Any, num_points: int) -> Iterable[HyperparameterValue]:
    if _is_stepped(hp):
        return (_after_steps(hp, steps) for steps in range(_num_steps(hp) + 1))
    # Evenly spaced on the range's scale, linear or logarithmic.
    spread = [hp.prob_to_value(index / (num_points - 1)) for index in range(num_points)]
    ends = [hp.min_value, *spread[1:-1], hp.max_value]
    return list(dict.fromkeys(min(value, hp.max_value) for value in ends))


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-15)
    return bool(one == other and type(one) is type(other))
