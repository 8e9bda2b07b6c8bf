"""Build a space's models and learn from that which hyperparameters it has."""

import copy
from typing import Any

from tunebench.spaces.space import Shape, Space


def declare(space: Space, image_shape: Shape, num_classes: int) -> Any:
    """All hyperparameters of a space, those inside conditions included.

    Builds the space once for each condition that no build so far made active, as Keras Tuner does.

    Args:
        space: The space.
        image_shape: ``(height, width, channels)`` of the raw images.
        num_classes: Size of the output.

    Returns:
        ``keras_tuner.HyperParameters`` holding the default values.

    Raises:
        InvalidSpaceError: A model cannot be built.
    """
    import keras_tuner  # noqa: PLC0415 (imports Keras)

    declared = keras_tuner.HyperParameters()
    once_active: list[Any] = []
    never_active: list[Any] = []
    while True:
        hp = keras_tuner.HyperParameters()
        hp.merge(declared.space)
        for condition in never_active[0] if never_active else ():
            hp.values[condition.name] = condition.values[0]
        hp.ensure_active_values()
        build(space, hp, image_shape, num_classes)
        declared.merge(hp.space, overwrite=False)
        once_active += [copy.deepcopy(scope) for scope in hp.active_scopes if scope not in once_active]
        never_active += [copy.deepcopy(scope) for scope in hp.inactive_scopes if scope not in never_active]
        never_active = [scope for scope in never_active if scope not in once_active]
        if not never_active:
            break
    defaults = keras_tuner.HyperParameters()
    defaults.merge(declared.space)
    return defaults


def build(space: Space, hp: Any, image_shape: Shape, num_classes: int) -> tuple[Any | None, Any]:
    """The frozen prefix (or ``None``) and the compiled model behind it, for raw images of ``image_shape``.

    Raises:
        InvalidSpaceError: One of them cannot be built, or they do not fit each other.
    """
    prefix = space.frozen_prefix(hp, image_shape)
    input_shape = image_shape if prefix is None else tuple(prefix.output_shape[1:])
    return prefix, space.build(hp, input_shape, num_classes)
