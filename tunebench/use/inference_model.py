"""The model that is exported: float32, without augmentation, from raw images to probabilities."""

from typing import Any

import keras
import numpy as np

from tunebench.dtype_policy import dtype_policy
from tunebench.errors import ExportError
from tunebench.use.artefact import reason

_HALF = ("mixed_bfloat16", "mixed_float16", "bfloat16", "float16")
# Keras' layers that change images only in training. RandomCrop crops in use, too, so it stays.
_AUGMENTATION = {
    *(name for name in dir(keras.layers) if name.startswith("Random") and name != "RandomCrop"),
    *("AugMix", "CutMix", "MixUp", "RandAugment"),
}


def for_use(model: Any) -> Any:
    """A model that computes in float32 and has no augmentation.

    Args:
        model: A final ``keras.Model``.

    Returns:
        The model itself if it is so, otherwise one with the same weights.

    Raises:
        ExportError: It cannot be rebuilt.
    """
    config = keras.saving.serialize_keras_object(model)
    wanted = _for_use(config)
    return model if wanted == config else _rebuilt(model, wanted)


def from_raw_images(model: Any) -> Any:
    """A model with the input ``images``, ``uint8``, that shares the weights of ``model``; not compiled."""
    inputs = getattr(model, "inputs", None)
    shape = tuple(model.input_shape if inputs else model.get_build_config()["input_shape"])[1:]
    images = keras.Input(shape, dtype="uint8", name="images")
    # A model without inputs of its own is trained on what it is given, which is uint8.
    x = keras.ops.cast(images, inputs[0].dtype) if inputs else images
    # Keras' ONNX and OpenVINO exports do not say the mode. Then Resizing in a frozen prefix, whose own
    # default is training=True, would put all layers after the prefix in training mode.
    whole = keras.Model(images, model(x, training=False))
    # Keras exports no model that was never called.
    whole(np.zeros((1, *shape), np.uint8))
    return whole


def _for_use(config: Any) -> Any:
    """A serialised Keras object, with half precision and augmentation replaced."""
    if isinstance(config, list | tuple):
        return type(config)(map(_for_use, config))
    if not isinstance(config, dict):
        return config
    kind = config.get("class_name")
    if kind in _AUGMENTATION and config["module"] == "keras.layers":
        # Multiplies by 1: as augmentation does in use, it only converts to the dtype.
        name = config["config"]["name"]
        scaling = {"name": name, "scale": 1.0, "offset": 0.0, "dtype": "float32"}
        return {**config, "class_name": "Rescaling", "config": scaling}
    if kind == "DTypePolicy" and config["config"]["name"] in _HALF:
        return {**config, "config": {"name": "float32"}}
    return {
        name: "float32" if name == "dtype" and value in _HALF else _for_use(value)
        for name, value in config.items()
    }


def _rebuilt(model: Any, config: Any) -> Any:
    """The model of a changed configuration, with the same weights."""
    try:
        # For layers whose configuration does not say.
        with dtype_policy("float32"):
            rebuilt = keras.saving.deserialize_keras_object(config, safe_mode=True)
        rebuilt.set_weights(model.get_weights())
    except Exception as error:  # a user's layers may raise anything
        raise ExportError(
            f"The model cannot be rebuilt in float32 and without augmentation: {reason(error)} Let each "
            "layer of its own return all its arguments in get_config()."
        ) from error
    pairs = zip(model.get_weights(), rebuilt.get_weights(), strict=True)
    if not all(np.array_equal(np.float32(old), np.float32(new)) for old, new in pairs):
        raise ExportError(
            "The model has other weights after it is rebuilt in float32 and without augmentation. Train it "
            "with --precision float32."
        )
    return rebuilt
