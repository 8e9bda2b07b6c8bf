"""The points of a space that a check tries: its defaults, its starting points and random ones."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tunebench import seeds
from tunebench.records import HyperparameterValue
from tunebench.spaces import Space
from tunebench.spaces.hyperparameters import points
from tunebench.spaces.hyperparameters.starting_points import starting_points

# The name of the first point.
DEFAULTS = "defaults"
# Draws for each random point, in a space that may have fewer points than are wanted.
_DRAWS = 20


@dataclass(frozen=True)
class Point:
    """A point of a space.

    Attributes:
        name: Such as ``defaults``, ``start 1`` or ``random 1``.
        values: Those of the active hyperparameters, by name.
    """

    name: str
    values: Mapping[str, HyperparameterValue]


def points_to_try(space: Space, declared: Any, number: int, seed: int) -> list[Point]:
    """The defaults, the space's starting points, and random points.

    Args:
        space: The space.
        declared: Everything that a search would tune (``keras_tuner.HyperParameters``).
        number: Of random points; a small space may have fewer.
        seed: Of the random points.

    Returns:
        Different points.

    Raises:
        InvalidSpaceError: A starting point is not valid.
    """
    found: dict[str, Point] = {}
    for name, values in _candidates(space, declared, number, np.random.default_rng(seed)):
        numbered = sum(point.name.startswith(name) for point in found.values()) + 1
        if name == "random" and numbered > number:
            break
        label = name if name == DEFAULTS else f"{name} {numbered}"
        found.setdefault(repr(sorted(points.canonical(values).items())), Point(label, values))
    return list(found.values())


def _candidates(
    space: Space, declared: Any, number: int, generator: np.random.Generator
) -> Iterator[tuple[str, points.Values]]:
    yield DEFAULTS, points.complete_point(declared)
    for values in starting_points(space, declared, {}):
        yield "start", values
    for _ in range(_DRAWS * number):
        yield (
            "random",
            points.complete_point(declared, lambda hp: points.value_at(hp, float(generator.random()))),
        )


def random_seed(master: int) -> int:
    """The seed of random points, from a command's master seed."""
    return seeds.derive(master, "check")
