"""Build a space's models to find its hyperparameters and their ranges."""

import copy
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from tunebench.errors import InvalidSpaceError
from tunebench.record_json import UNREADABLE, to_json
from tunebench.records import HyperparameterValue
from tunebench.spaces.hyperparameters import points
from tunebench.spaces.hyperparameters.training import (
    AUGMENTATION,
    BATCH_SIZE,
    STRENGTHS,
    VIEW_COUNTS,
    VIEWS,
    is_batch_size,
)
from tunebench.spaces.shapes import Shape
from tunebench.spaces.space import Space


def declare(
    space: Space,
    image_shape: Shape,
    num_classes: int,
    *,
    augment: bool = False,
    given: Mapping[str, HyperparameterValue] = MappingProxyType({}),
) -> Any:
    """All hyperparameters of a space, including conditional ones, and optionally augmentation.

    Builds the space once for each condition that no earlier build made active, as Keras Tuner does, and
    listens to a ``fit`` of the user's.

    Args:
        space: The space.
        image_shape: ``(height, width, channels)`` of the raw images.
        num_classes: Size of the output.
        augment: Whether to add augmentation: its strength, or the number of views of each image if the model
            has a frozen prefix.
        given: Values of some hyperparameters in these builds, instead of their defaults.

    Returns:
        ``keras_tuner.HyperParameters`` holding the default values.

    Raises:
        InvalidSpaceError: A model cannot be built, a value could not be recorded, or a batch size is none.
    """
    import keras_tuner  # noqa: PLC0415 (imports Keras)

    declared = keras_tuner.HyperParameters()
    once_active: list[Any] = []
    never_active: list[Any] = []
    while True:
        wanted = never_active[0] if never_active else []
        values = {condition.name: condition.values[0] for condition in wanted}
        excluded = any(
            condition.name in given and given[condition.name] not in condition.values for condition in wanted
        )
        try:
            chosen = values if excluded else {**given, **values}
            hp = _listened(space, image_shape, num_classes, declared, chosen)
        except InvalidSpaceError:
            if not wanted or not given:
                raise
            # The given values may be too large for a branch that they do not lead to.
            hp = _listened(space, image_shape, num_classes, declared, values)
        declared.merge(hp.space, overwrite=False)
        once_active += [copy.deepcopy(scope) for scope in hp.active_scopes if scope not in once_active]
        never_active += [copy.deepcopy(scope) for scope in hp.inactive_scopes if scope not in never_active]
        # Also if it is still inactive: its condition can never hold.
        once_active.append(wanted)
        never_active = [scope for scope in never_active if scope not in once_active]
        if not never_active:
            break
    for known in declared.space:
        _check_values(space, known)
    defaults = keras_tuner.HyperParameters()
    defaults.merge(declared.space)
    if augment and space.has_prefix:
        defaults.Choice(VIEWS, VIEW_COUNTS, default=1)
    elif augment:
        # No augmentation by default, as in the reference models.
        defaults.Choice(AUGMENTATION, STRENGTHS, default=0.0)
    return defaults


def _listened(
    space: Space,
    image_shape: Shape,
    num_classes: int,
    declared: Any,
    values: Mapping[str, HyperparameterValue],
) -> Any:
    """The hyperparameters that the space declares when it is built with these values, and the known ones."""
    hp = declared.copy()
    hp.values.update(values)
    hp.ensure_active_values()
    space.declare(hp, image_shape, num_classes)
    return hp


def _check_values(space: Space, hp: Any) -> None:
    """Refuse values that a record cannot hold or a training cannot use, before a search meets one of them."""
    values = [hp.min_value, hp.max_value] if hasattr(hp, "min_value") else list(hp.values)
    for value in [hp.name, *values, hp.default]:
        if not is_recordable(value):
            raise InvalidSpaceError(
                f"Space {space.name}: the hyperparameter {hp.name} can be {value!r}, which cannot be "
                "recorded. Expected text, true or false, a whole number of 64 bits, or a number up to 1e100."
            )
    wrong = [value for value in [*values, hp.default] if hp.name == BATCH_SIZE and not is_batch_size(value)]
    if wrong:
        raise InvalidSpaceError(
            f"Space {space.name}: the hyperparameter {BATCH_SIZE} can be {wrong[0]!r}. It is the number of "
            "images in a training step: expected whole numbers of at least 1. If it means something else, "
            "give it another name."
        )


def is_recordable(value: object) -> bool:
    """Whether a record can hold a hyperparameter's value, such as no infinity."""
    try:
        found = msgspec.json.decode(to_json(value), type=HyperparameterValue)
    except (TypeError, ValueError, OverflowError, *UNREADABLE):  # ValueError: half of a surrogate pair
        return False
    return bool(found == value)


def ranges(declared: Any) -> dict[str, list[HyperparameterValue]]:
    """``[minimum, maximum]`` of what a search can try, and the values of choices with more than one."""
    found = {hp.name: _reached(hp) for hp in declared.space}
    return {name: values for name, values in found.items() if len(values) > 1}


def range_of(hp: Any) -> list[HyperparameterValue]:
    """``[minimum, maximum]`` of a range, or the values of a choice."""
    return [hp.min_value, hp.max_value] if hasattr(hp, "min_value") else list(hp.values)


def _reached(hp: Any) -> list[HyperparameterValue]:
    """:func:`range_of`, but a range ends where its steps do: of 0 to 0.5 in steps of 0.2, at 0.4."""
    if getattr(hp, "step", None) is None:
        return range_of(hp)
    # A search tries the default also if no step reaches it.
    tried: list[Any] = [points.value_at(hp, 0.0), points.value_at(hp, 1.0), points.default_of(hp)]
    return [min(tried), max(tried)]
