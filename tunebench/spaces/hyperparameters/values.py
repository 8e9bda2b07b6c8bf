"""Values of hyperparameters that the user sets: read, checked and excluded from the search."""

import contextlib
from collections.abc import Iterable, Mapping
from typing import Any

import keras_tuner

from tunebench.errors import SpaceError, did_you_mean
from tunebench.records import HyperparameterValue
from tunebench.spaces.hyperparameters import points
from tunebench.spaces.hyperparameters.declare import declare, is_recordable
from tunebench.spaces.hyperparameters.training import BATCH_SIZE, is_batch_size
from tunebench.spaces.shapes import Shape
from tunebench.spaces.space import Space

_BOOLEANS = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}


def declare_given(
    space: Space,
    image_shape: Shape,
    num_classes: int,
    given: Mapping[str, HyperparameterValue | str],
    *,
    augment: bool,
) -> tuple[Any, dict[str, HyperparameterValue]]:
    """The hyperparameters of a space, and the values of those that the user sets.

    One may be declared only in a branch of ``build``, without a condition that Keras Tuner knows. If the user
    sets one that is not found, the space is built again with the values of those that are.

    Args:
        space: The space.
        image_shape: ``(height, width, channels)`` of the raw images.
        num_classes: Size of the output.
        given: Values or text by name.
        augment: See :func:`~tunebench.spaces.hyperparameters.declare.declare`.

    Returns:
        ``keras_tuner.HyperParameters``, and the converted values.

    Raises:
        InvalidSpaceError: See :func:`~tunebench.spaces.hyperparameters.declare.declare`.
        SpaceError: See :func:`read_values`.
    """
    declared = declare(space, image_shape, num_classes, augment=augment)
    while unknown := given.keys() - {hp.name for hp in declared.space}:
        found = {name: value for name, value in given.items() if name not in unknown}
        branch = read_values(space.name, declared, found)
        further = declare(space, image_shape, num_classes, given=branch)
        if not unknown & {hp.name for hp in further.space}:
            break
        declared.merge(further, overwrite=False)
    return declared, read_values(space.name, declared, given)


def read_values(
    space_name: str, declared: Any, given: Mapping[str, HyperparameterValue | str]
) -> dict[str, HyperparameterValue]:
    """Convert values to their hyperparameters' types.

    Args:
        space_name: For the message.
        declared: ``keras_tuner.HyperParameters``.
        given: Values or text by name.

    Returns:
        The converted values.

    Raises:
        SpaceError: There is no such hyperparameter, or the value is not valid for it.
    """
    check_names(space_name, declared, given)
    # A name may be declared under several conditions, with other choices.
    return {
        name: _read_one([hp for hp in declared.space if hp.name == name], value)
        for name, value in given.items()
    }


def check_names(space_name: str, declared: Any, names: Iterable[str]) -> None:
    """Check that each name is a hyperparameter of the space.

    Args:
        space_name: For the message.
        declared: ``keras_tuner.HyperParameters``.
        names: The names.

    Raises:
        SpaceError: There is no such hyperparameter.
    """
    known = list(dict.fromkeys(hp.name for hp in declared.space))
    for name in names:
        if name not in known:
            raise SpaceError(
                f"Space {space_name} has no hyperparameter {name!r}. {did_you_mean(str(name), known)}"
                f"Expected one of {', '.join(known)}; one that is declared only in a branch of build() also "
                "needs the values that lead there."
            )


def fixed(declared: Any, values: Mapping[str, HyperparameterValue]) -> Any:
    """The same hyperparameters, some of them fixed to one value.

    Args:
        declared: ``keras_tuner.HyperParameters``.
        values: The fixed values by name.

    Returns:
        New ``keras_tuner.HyperParameters``.
    """
    result = keras_tuner.HyperParameters()
    for hp in declared.space:
        if hp.name in values:
            maker = keras_tuner.HyperParameters()
            maker.Fixed(hp.name, values[hp.name])
            (alone,) = maker.space
            alone.conditions = list(hp.conditions)
            result.merge([alone])
        else:
            result.merge([hp])
    return result


def check_reachable(declared: Any, fixed: Mapping[str, HyperparameterValue]) -> None:
    """Check that fixed values do not exclude each other.

    Args:
        declared: ``keras_tuner.HyperParameters``.
        fixed: The fixed values by name.

    Raises:
        SpaceError: One has no effect in any trial, because of another one.
    """
    for name in fixed:
        closed = [
            any(parent.name in fixed and fixed[parent.name] not in parent.values for parent in hp.conditions)
            for hp in declared.space
            if hp.name == name
        ]
        if all(closed):
            hp = next(hp for hp in declared.space if hp.name == name)
            raise SpaceError(
                f"{name} has no effect unless {requirement(hp)}. Leave one of the two --set options out."
            )


def requirement(hp: Any) -> str:
    """The condition under which a hyperparameter is active, such as ``regularize=True``."""
    return " and ".join(f"{parent.name}={parent.values[0]}" for parent in hp.conditions)


def _read_one(declared: list[Any], value: HyperparameterValue | str) -> HyperparameterValue:
    """The value, if one of a name's declarations allows it."""
    for hp in declared[:-1]:
        with contextlib.suppress(SpaceError):
            return read(hp, value)
    return read(declared[-1], value)


def read(hp: Any, value: HyperparameterValue | str) -> HyperparameterValue:
    """Convert a value to its hyperparameter's type, and check it against the choices.

    Args:
        hp: A hyperparameter of Keras Tuner.
        value: A value or text.

    Returns:
        The value, which may be outside a range.

    Raises:
        SpaceError: It cannot be converted, or is not one of the choices.
    """
    kind = type(points.default_of(hp))
    try:
        typed: HyperparameterValue
        typed = _BOOLEANS[str(value).lower()] if kind is bool else kind(value)
        if not is_recordable(typed):
            raise ValueError(value)  # noqa: TRY301 (the handler raises the message)
        if isinstance(value, float) and typed != value:
            raise ValueError(value)  # noqa: TRY301 (2.5 is not an integer)
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        raise SpaceError(
            f"{value!r} is not a valid value for the hyperparameter {hp.name}. "
            f"Expected {kind.__name__}, such as {hp.default}."
        ) from error
    if not hasattr(hp, "min_value") and typed not in hp.values:
        raise SpaceError(
            f"{value!r} is not a valid value for the hyperparameter {hp.name}. "
            f"Expected one of {', '.join(map(str, hp.values))}."
        )
    if hp.name == BATCH_SIZE and not is_batch_size(typed):
        raise SpaceError(
            f"{value!r} is not a valid value for the hyperparameter {hp.name}. "
            "Expected a whole number of at least 1."
        )
    return typed
