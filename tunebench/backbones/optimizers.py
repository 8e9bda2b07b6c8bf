"""Choose an optimizer for a model of which a part is pretrained."""

from typing import Any


def optimizer_of_two_rates(name: str, learning_rate: Any, *, slow: Any | None, slow_factor: float) -> Any:
    """An optimizer that trains a part of a model more slowly than the rest.

    Args:
        name: ``adam``, ``adamw``, ``rmsprop`` or ``sgd``.
        learning_rate: Of the other weights; a number or a Keras schedule.
        slow: The ``keras.Model`` or layer to train more slowly; ``None``: there is none.
        slow_factor: What its learning rate is multiplied by, above 0.

    Returns:
        A Keras optimizer; Keras' own of that name where nothing is slow.
    """
    import keras  # noqa: PLC0415 (imports the back end)

    from tunebench.backbones.two_rates import CLASSES  # noqa: PLC0415 (imports Keras)

    if slow is None:
        return keras.optimizers.get({"class_name": name, "config": {"learning_rate": learning_rate}})
    paths = [variable.path for variable in slow.trainable_variables]
    return CLASSES[name](learning_rate=learning_rate, slow_paths=paths, slow_factor=slow_factor)
