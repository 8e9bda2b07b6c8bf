"""Best hyperparameter values at the edge of their range: the best may lie beyond."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log

from tunebench.records import HyperparameterValue

# A value counts as at the edge within this part of its range.
_EDGE = 0.02
# A range over more than this ratio is searched, and so judged, on a logarithmic scale.
_LOG_RATIO = 20
_ENDS = 2


@dataclass(frozen=True)
class Edge:
    """A best value at the edge of its range.

    Attributes:
        name: The hyperparameter.
        value: Its best value.
        side: ``lowest`` or ``highest``.
        limit: The end of the range it lies at.
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
    """Flag the numeric hyperparameters whose best value lies at the edge of its range.

    Args:
        best: The winner's values.
        ranges: ``[minimum, maximum]`` of a number, or its choices.
        tried: The values that the search tried: two numbers, of which nothing in between was ever tried, are
            two choices and have no edge.

    Returns:
        The flagged ones, in the order of ``best``.
    """
    edges = []
    for name, value in best.items():
        limits = sorted(end for limit in ranges.get(name, []) if (end := _number(limit)) is not None)
        number = _number(value)
        if number is None or len(limits) != len(ranges.get(name, [])) or len(set(limits)) < _ENDS:
            continue
        low, high = limits[0], limits[-1]
        values = [tried_number for each in tried.get(name, []) if (tried_number := _number(each)) is not None]
        if len(limits) == _ENDS and not any(low < each < high for each in values):
            continue
        position = _position(number, low, high)
        if position <= _EDGE:
            edges.append(Edge(name, number, "lowest", low))
        elif position >= 1 - _EDGE:
            edges.append(Edge(name, number, "highest", high))
    return edges


def _number(value: HyperparameterValue) -> float | None:
    return None if isinstance(value, bool | str) else float(value)


def _position(value: float, low: float, high: float) -> float:
    """Where a value lies between the ends: 0 at the lower, 1 at the upper."""
    if low > 0 and value > 0 and high / low > _LOG_RATIO:
        return log(value / low) / log(high / low)
    return (value - low) / (high - low)
