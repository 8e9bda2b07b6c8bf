"""Check a space on a data set: try some of its points, and see what its hyperparameters do to its size."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tunebench.checking.measuring import Measured, measure, with_few_images
from tunebench.checking.points import Point, points_to_try, random_seed
from tunebench.checking.sizes import Effect, effects
from tunebench.progress import Estimate, Progress
from tunebench.session import Session
from tunebench.spaces.hyperparameters.declare import declare


@dataclass(frozen=True, kw_only=True)
class CheckedSpace:
    """What was found in a space.

    Attributes:
        name: Of the space.
        summary: The first line of its docstring.
        dataset: Name of the data set.
        image_shape: ``(height, width, channels)`` of its images.
        num_classes: Number of its classes.
        has_prefix: Whether the front part of its models is frozen.
        points: What was found at the defaults, the starting points and random points.
        effects: What each hyperparameter does to the number of parameters.
        unbuildable: Values at which no model can be built, found on the way to ``effects``.
    """

    name: str
    summary: str
    dataset: str
    image_shape: tuple[int, ...]
    num_classes: int
    has_prefix: bool
    points: list[Measured]
    effects: list[Effect]
    unbuildable: list[Measured]

    @property
    def problems(self) -> list[Measured]:
        """The points at which a search would fail."""
        return [*(each for each in self.points if each.problem is not None), *self.unbuildable]

    def as_json(self) -> dict[str, Any]:
        """The same as an object for JSON."""
        return {
            "space": self.name,
            "summary": self.summary,
            "dataset": self.dataset,
            "image_shape": list(self.image_shape),
            "num_classes": self.num_classes,
            "has_prefix": self.has_prefix,
            "points": [_as_json(each) for each in self.points],
            "effects": [asdict(each) for each in self.effects],
            "unbuildable": [_as_json(each) for each in self.unbuildable],
        }


def check_space(session: Session, num_points: int, progress: Progress) -> CheckedSpace:
    """Try some points of a space and measure the effect of each hyperparameter on its size.

    Args:
        session: The space and the data set.
        num_points: Number of random points.
        progress: Receives progress events.

    Returns:
        What was found, problems included.

    Raises:
        InvalidSpaceError: No model can be built at the defaults, or a starting point is not valid.
    """
    space, data = session.space, session.preparation.data
    declared = declare(space, data.image_shape, data.num_classes, augment=True)
    chosen = points_to_try(space, declared, num_points, random_seed(session.options.seed))
    few = with_few_images(session.preparation)
    found = []
    progress.begin("point", Estimate(len(chosen)))
    for point in chosen:
        progress.step(point.name)
        found.append(measure(few, point))
        progress.finish(f"{point.name}: {_outcome(found[-1])}", None)
    progress.end()
    unbuildable: list[Measured] = []

    def on_problem(point: Point, reason: str) -> None:
        unbuildable.append(Measured(point=point, problem=reason))

    return CheckedSpace(
        name=space.name,
        summary=space.summary,
        dataset=data.name,
        image_shape=data.image_shape,
        num_classes=data.num_classes,
        has_prefix=space.has_prefix,
        points=found,
        effects=list(effects(few, declared, on_problem)),
        unbuildable=unbuildable,
    )


def _outcome(found: Measured) -> str:
    if found.problem is not None:
        return "fails"
    step = "" if found.seconds_per_step is None else f", {found.seconds_per_step:.3g} s a step"
    return f"{found.parameters:,} parameters{step}"


def _as_json(found: Measured) -> Mapping[str, Any]:
    return {
        "name": found.point.name,
        "hyperparameters": dict(found.point.values),
        **{name: value for name, value in asdict(found).items() if name != "point"},
    }
