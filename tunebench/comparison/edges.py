"""Best hyperparameter values at the edge of their range: better ones may lie outside it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tunebench.comparison.scales import Scale
from tunebench.records import HyperparameterValue

# Share of a range that counts as its edge.
_EDGE = 0.02
_ENDS = 2


@dataclass(frozen=True)
class Edge:
    """A best value at the edge of its range.

    Attributes:
        name: The hyperparameter.
        value: Its best value.
        side: ``lowest`` or ``highest``.
        limit: That end of the range.
    """

    name: str
    value: float
    side: str
    limit: float


def optima_at_edges(
    best: Mapping[str, HyperparameterValue],
    ranges: Mapping[str, list[HyperparameterValue]],
    tried: Mapping[str, Iterable[HyperparameterValue]],
) -> list[Edge]:
    """Find the numeric hyperparameters whose best value is at the edge of its range.

    Args:
        best: The winner's values.
        ranges: ``[minimum, maximum]`` or the choices of each hyperparameter.
        tried: The values that the search tried, which distinguish a range from two choices.

    Returns:
        The edges, in the order of ``best``.
    """
    edges = []
    for name, value in best.items():
        limits = sorted(end for limit in ranges.get(name, []) if (end := _number(limit)) is not None)
        number = _number(value)
        if number is None or len(limits) != len(ranges.get(name, [])) or len(set(limits)) < _ENDS:
            continue
        if are_choices(limits, tried.get(name, [])):
            continue
        low, high = limits[0], limits[-1]
        position = Scale(low, high).position(number)
        # A range that starts at 0 (dropout) or goes from 0 to 1 (a proportion) cannot be widened there. The
        # smallest of several choices, such as a batch size, is usually a deliberate limit.
        widens_down = low != 0 and len(limits) == _ENDS
        widens_up = (low, high) != (0, 1)
        if position <= _EDGE and widens_down:
            edges.append(Edge(name, number, "lowest", low))
        elif position >= 1 - _EDGE and widens_up:
            edges.append(Edge(name, number, "highest", high))
    return edges


def are_choices(limits: Iterable[HyperparameterValue], tried: Iterable[HyperparameterValue]) -> bool:
    """Whether two numbers are choices, not the ends of a range: no value in between was tried.

    Args:
        limits: The hyperparameter's recorded range or choices.
        tried: The values that the search tried.

    Returns:
        ``True`` for two choices; ``False`` for a range and for more than two choices, which are ordered.
    """
    ends = [number for limit in limits if (number := _number(limit)) is not None]
    values = [number for each in tried if (number := _number(each)) is not None]
    return len(ends) == _ENDS and not any(min(ends) < value < max(ends) for value in values)


def _number(value: HyperparameterValue) -> float | None:
    return None if isinstance(value, bool | str) else float(value)
