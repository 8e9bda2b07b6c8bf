"""Join a frozen prefix and the model that was trained on its features."""

from typing import Any


def join(prefix: Any, head: Any) -> Any:
    """One model from a frozen prefix and the model that was trained on its output.

    Args:
        prefix: A ``keras.Model`` from raw images to features.
        head: A ``keras.Model`` from these features to class probabilities.

    Returns:
        A ``keras.Model`` from raw images, of the prefix's input dtype, to class probabilities. It shares the
        weights of both, the prefix is frozen, and it is not compiled.
    """
    import keras  # noqa: PLC0415 (imports the back end)

    frozen = bare(prefix, "prefix")
    frozen.trainable = False
    (batch_shape,) = [tuple(tensor.shape) for tensor in prefix.inputs]
    images = keras.Input(batch_shape[1:], dtype=prefix.inputs[0].dtype, name="images")
    # Unless a caller says the mode, Keras hands that of the prefix's last Resizing, whose own default is
    # training=True, to all layers after it.
    return keras.Model(images, bare(head, "head")(frozen(images), training=False))


def bare(model: Any, name: str | None = None) -> Any:
    """The same layers without optimizers and their variables, which would be saved with the model.

    A model of a user's own class inside it can no longer be trained.
    """
    import keras  # noqa: PLC0415

    for layer in getattr(model, "layers", []):
        if getattr(layer, "compiled", False):
            layer.optimizer, layer.compiled = None, False
    return keras.Model(model.inputs, model.outputs, name=name) if getattr(model, "outputs", None) else model
