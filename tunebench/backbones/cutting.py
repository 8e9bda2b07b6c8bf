"""Cut a network into a frozen front and a trainable tail."""

from typing import Any

from tunebench.errors import BackboneError


def cut(model: Any, after: str) -> tuple[Any, Any]:
    """Cut a functional Keras model after one of its layers.

    Batch norm stays frozen in the tail too, as is usual in fine-tuning: with few images its statistics would
    drift. Calling the tail with ``training=False`` would not freeze them: a functional model that is trained
    overrides the mode of its layers.

    Args:
        model: A functional ``keras.Model``.
        after: Name of the layer whose output is the front's output and the tail's input.

    Returns:
        The front, frozen, and the tail, trainable except for its batch norm; both share the model's weights.

    Raises:
        BackboneError: There is no such layer, or a connection bypasses it.
    """
    import keras  # noqa: PLC0415 (slow to import)

    names = [layer.name for layer in model.layers]
    if after not in names:
        raise BackboneError(f"{model.name} has no layer {after!r}. Expected one of {', '.join(names)}.")
    boundary = model.get_layer(after).output
    front = keras.Model(model.inputs, boundary, name="front")
    try:
        tail = keras.Model(boundary, model.outputs[0], name="tail")
    except ValueError as error:
        raise BackboneError(
            f"{model.name} cannot be cut after {after!r}: a connection bypasses it. "
            "Choose a layer that every path passes through, such as the end of a block."
        ) from error
    front.trainable = False
    tail.trainable = True
    for layer in tail.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    return front, tail
