"""Whether a model brings the values of its images into a range that it can learn from."""

from typing import Any

# Layers, and operations such as images / 255.
_SCALING = {
    "Rescaling",
    "Normalization",
    "BatchNormalization",
    "LayerNormalization",
    "GroupNormalization",
    "Lambda",
    "Divide",
    "TrueDivide",
    "Multiply",
}


def scales(model: Any) -> bool:
    """Whether a model rescales or normalises its images.

    Args:
        model: A ``keras.Model``.

    Returns:
        Also true if that cannot be seen, as of code that is not Keras'.
    """
    parts = getattr(model, "operations", None) or model.layers
    return any(
        type(part).__name__ in _SCALING
        or type(part).__module__.partition(".")[0] != "keras"
        or (hasattr(part, "layers") and scales(part))
        for part in [model, *parts]
        if part is not model or type(part).__module__.partition(".")[0] != "keras"
    )
