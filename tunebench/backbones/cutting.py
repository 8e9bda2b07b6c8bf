"""Cut a network in two: a front that stays frozen, and a tail that is trained."""

from typing import Any

from tunebench.errors import BackboneError


def cut(model: Any, after: str) -> tuple[Any, Any]:
    """Cut a functional Keras model after one of its layers.

    Batch norm stays frozen in the tail too, as is usual where a pretrained network is trained further: with
    few images its statistics would drift. Calling the tail with ``training=False`` would not keep them, for a
    functional model that is trained passes its own mode on.

    Args:
        model: A functional ``keras.Model``.
        after: Name of the layer whose output goes from the front to the tail.

    Returns:
        Two models that share the given one's weights: the front, frozen, and the tail, trainable but for its
        batch norm.

    Raises:
        BackboneError: There is no such layer, or the network has a connection around it.
    """
    import keras  # noqa: PLC0415 (seconds; only where a backbone is built)

    names = [layer.name for layer in model.layers]
    if after not in names:
        raise BackboneError(f"{model.name} has no layer {after!r}. Expected one of {', '.join(names)}.")
    boundary = model.get_layer(after).output
    front = keras.Model(model.inputs, boundary, name="front")
    try:
        tail = keras.Model(boundary, model.outputs[0], name="tail")
    except ValueError as error:
        raise BackboneError(
            f"{model.name} cannot be cut after {after!r}: a connection leads around it. "
            "Choose a layer through which everything passes, such as the end of a block."
        ) from error
    front.trainable = False
    tail.trainable = True
    for layer in tail.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    return front, tail
