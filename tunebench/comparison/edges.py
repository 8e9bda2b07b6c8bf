"""Best hyperparameter values at the edge of their range: better ones may lie outside it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import comb

from tunebench.comparison.scales import Scale
from tunebench.records import HyperparameterValue, TrialRecord

# Share of a range that counts as its edge, and as near it.
_EDGE = 0.02
_NEAR = 0.25
# Of the searches in which nothing matters, the share with an edge.
_LEVEL = 0.05
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
    trials: Sequence[TrialRecord],
) -> list[Edge]:
    """Find the numeric hyperparameters whose best value is at an edge that the best trials crowd.

    If nothing mattered, the winner would still be at some edge by chance. So the best quarter of the trials
    has to have more values near that edge than a random quarter has in 95 of 100 searches, corrected for the
    number of edges (Bonferroni).

    Args:
        best: The winner's values.
        ranges: ``[minimum, maximum]`` or the choices of each hyperparameter.
        trials: Of the search.

    Returns:
        The edges, in the order of ``best``.
    """
    scored = [(trial.score, trial.hyperparameters) for trial in trials if trial.score is not None]
    ranked = [values for _, values in sorted(scored, key=lambda each: -each[0])]
    tried = {name: [values[name] for values in ranked if name in values] for name in ranges}
    ends = {name: found for name in ranges if len(found := _ends(ranges[name], tried[name])) == _ENDS}
    edges = []
    for name, value in best.items():
        number = _number(value)
        if number is None or name not in ends:
            continue
        low, high = ends[name]
        scale, choices = Scale(low, high), len(ranges[name]) > _ENDS
        position = scale.position(number)
        # A range that starts at 0 (dropout) or goes from 0 to 1 (a proportion) cannot be widened there. The
        # smallest of several choices, such as a batch size, is usually a deliberate limit.
        if position <= _EDGE and low != 0 and not choices:
            edge = Edge(name, number, "lowest", low)
        elif position >= 1 - _EDGE and (low, high) != (0, 1):
            edge = Edge(name, number, "highest", high)
        else:
            continue
        near = _EDGE if choices else _NEAR
        at_edge = [abs(scale.position(_number(each)) - round(position)) <= near for each in tried[name]]
        if _by_chance(at_edge) < _LEVEL / (2 * len(ends)):
            edges.append(edge)
    return edges


def _ends(limits: list[HyperparameterValue], tried: list[HyperparameterValue]) -> list[float]:
    """The ends of a numeric range or of ordered choices; empty for other choices."""
    numbers = sorted(number for limit in limits if (number := _number(limit)) is not None)
    if len(numbers) != len(limits) or len(set(numbers)) < _ENDS or are_choices(limits, tried):
        return []
    return [numbers[0], numbers[-1]]


def _by_chance(at_edge: list[bool]) -> float:
    """How likely a random quarter of the trials has at least as many at the edge as the first quarter."""
    number, total = len(at_edge), sum(at_edge)
    top = number // 4
    counts = range(sum(at_edge[:top]), min(total, top) + 1)
    ways = sum(comb(total, count) * comb(number - total, top - count) for count in counts)
    return ways / comb(number, top)


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
