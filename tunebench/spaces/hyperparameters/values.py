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

    A branch of ``build`` may declare others, without a condition that Keras Tuner knows. So the space is
    built with these values, until they lead to no further one of them.

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
    found: dict[str, HyperparameterValue] = {}
    while True:
        declared = declare(space, image_shape, num_classes, augment=augment, given=found)
        further: dict[str, HyperparameterValue] = {}
        for name in (given.keys() - found.keys()) & {hp.name for hp in declared.space}:
            # In the branch that the others lead to, it may have other choices.
            with contextlib.suppress(SpaceError):
                further |= read_values(space.name, declared, {name: given[name]})
        if not further:
            break
        found |= further
    check_names(space.name, declared, given, in_branch=True)
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


def check_names(space_name: str, declared: Any, names: Iterable[str], *, in_branch: bool = False) -> None:
    """Check that each name is a hyperparameter of the space.

    Args:
        space_name: For the message.
        declared: ``keras_tuner.HyperParameters``.
        names: The names.
        in_branch: Whether these are the hyperparameters of the branch of ``build`` that other values lead to.

    Raises:
        SpaceError: There is no such hyperparameter.
    """
    known = list(dict.fromkeys(hp.name for hp in declared.space))
    where, hint = "", ""
    if in_branch:
        where = " with these values"
        hint = " If only a branch of build() declares it, set the values that lead there, too."
    for name in names:
        if name not in known:
            raise SpaceError(
                f"Space {space_name} has no hyperparameter {name!r}{where}. "
                f"{did_you_mean(str(name), known)}Expected one of {', '.join(known)}.{hint}"
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
