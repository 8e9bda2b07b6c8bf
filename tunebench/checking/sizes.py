"""What each hyperparameter of a space does to the number of its model's parameters."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import keras_tuner

from tunebench.checking.points import Point
from tunebench.errors import SpaceError
from tunebench.features.preparation import Preparation
from tunebench.fitting import num_parameters
from tunebench.records import HyperparameterValue
from tunebench.spaces.hyperparameters import points
from tunebench.spaces.hyperparameters.training import AUGMENTATION, VIEWS
from tunebench.spaces.hyperparameters.values import requirement


@dataclass(frozen=True)
class Size:
    """A model's size with one value of a hyperparameter.

    Attributes:
        value: The value.
        parameters: Weights of the model and its frozen prefix.
    """

    value: HyperparameterValue
    parameters: int


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What one hyperparameter does, the others at their defaults.

    Attributes:
        hyperparameter: Its name.
        requires: What the others need to be for it to matter, such as ``regularized=True``; empty: nothing.
        low: At its lowest value. Of words, the one with the fewest parameters.
        high: At its highest value. Of words, the one with the most.
    """

    hyperparameter: str
    requires: str
    low: Size
    high: Size

    @property
    def factor(self) -> float:
        """The larger size by the smaller; 1: no effect."""
        sizes = sorted(max(1, each.parameters) for each in (self.low, self.high))
        return sizes[1] / sizes[0]


OnProblem = Callable[[Point, str], None]


def effects(preparation: Preparation, declared: Any, on_problem: OnProblem) -> Iterator[Effect]:
    """Build the model with the ends of each hyperparameter's range.

    Args:
        preparation: The space and its images.
        declared: Everything that a search would tune (``keras_tuner.HyperParameters``).
        on_problem: Called with a point at which no model can be built, and the reason.

    Yields:
        The effect of each hyperparameter that has more than one value.
    """
    for hp in declared.space:
        values = _ends(hp)
        # Augmentation is tunebench's own, and changes no model.
        if hp.name in {AUGMENTATION, VIEWS} or len(values) < 2:  # noqa: PLR2004 (a choice of one)
            continue
        found = []
        for value in values:
            point = _with(declared, hp, value)
            try:
                found.append(Size(value, _parameters(preparation, point)))
            except SpaceError as error:
                on_problem(Point(f"{hp.name}={value}", point), str(error))
        if len(found) > 1:
            if isinstance(values[0], str):
                found.sort(key=lambda size: size.parameters)
            yield Effect(
                hyperparameter=hp.name,
                requires=requirement(hp) if hp.conditions else "",
                low=found[0],
                high=found[-1],
            )


def _ends(hp: Any) -> list[HyperparameterValue]:
    """The lowest and the highest value of a hyperparameter; of words all."""
    if hasattr(hp, "min_value"):
        return [hp.min_value, hp.max_value] if hp.min_value < hp.max_value else []
    values = list(hp.values)
    return values if isinstance(values[0], str) or len(values) == 1 else [min(values), max(values)]


def _with(declared: Any, changed: Any, value: HyperparameterValue) -> points.Values:
    """The defaults with one other value, and what it needs to matter."""
    needed = {condition.name: condition.values[0] for condition in changed.conditions}

    def choose(hp: Any) -> HyperparameterValue:
        if hp.name == changed.name:
            return value
        return needed[hp.name] if hp.name in needed else points.default_of(hp)

    return points.complete_point(declared, choose)


def _parameters(preparation: Preparation, values: points.Values) -> int:
    hp, data = keras_tuner.HyperParameters(), preparation.data
    hp.values = dict(values)
    prefix, model = preparation.space.build_whole(hp, data.image_shape, data.num_classes)
    return num_parameters(prefix) + num_parameters(model)
