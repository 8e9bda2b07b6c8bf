"""Choose an optimizer for a model with a pretrained part."""

from typing import Any


def optimizer_of_two_rates(name: str, learning_rate: Any, *, slow: Any | None, slow_factor: float) -> Any:
    """An optimizer that trains one part of a model with a smaller learning rate.

    Args:
        name: ``adam``, ``adamw``, ``rmsprop`` or ``sgd``.
        learning_rate: For the other weights; a number or a Keras schedule.
        slow: The ``keras.Model`` or layer to train more slowly, if any.
        slow_factor: The slow part's learning rate is multiplied by this number, above 0.

    Returns:
        A Keras optimizer; Keras' own class if ``slow`` is ``None``.
    """
    import keras  # noqa: PLC0415 (slow to import)

    from tunebench.backbones.two_rates import CLASSES  # noqa: PLC0415 (imports Keras)

    if slow is None:
        return keras.optimizers.get({"class_name": name, "config": {"learning_rate": learning_rate}})
    paths = [variable.path for variable in slow.trainable_variables]
    return CLASSES[name](learning_rate=learning_rate, slow_paths=paths, slow_factor=slow_factor)
