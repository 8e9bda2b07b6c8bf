"""Build the MobileNetV2 of the selected handle."""

from typing import Any

from tunebench.backbones.handles import Kind, kind_of, selected
from tunebench.backbones.sources import load_keras_model, load_saved_model
from tunebench.errors import BackboneError


def mobilenet_v2(
    input_shape: tuple[int, int, int], *, pooling: str | None = "avg", logits: bool = False
) -> Any:
    """Build the selected backbone, frozen.

    Args:
        input_shape: ``(height, width, 3)`` of the images; the size in `facts`, if it requires one.
        pooling: ``"avg"`` or ``"max"`` over the last feature maps, or ``None`` for the maps. For a SavedModel
            only ``"avg"``, its own output.
        logits: Return the 1,000 ImageNet logits instead, if `facts` has them.

    Returns:
        A ``keras.Model`` from images, scaled as in `facts`, to features ``(n, num_features)``, or
        ``(n, height / 32, width / 32, 1280)`` without pooling.

    Raises:
        BackboneError: The weights cannot be found, downloaded or used, or do not allow these arguments.
    """
    handle = selected()
    if kind_of(handle) in {Kind.KERAS, Kind.WEIGHTS}:
        model = load_keras_model("MobileNetV2", input_shape, pooling, logits=logits)
    else:
        model = _saved_model(input_shape, pooling, handle)
    model.trainable = False
    return model


def _saved_model(input_shape: tuple[int, int, int], pooling: str | None, handle: str) -> Any:
    import keras  # noqa: PLC0415 (slow to import)

    from tunebench.backbones.layer import SavedModelBackbone  # noqa: PLC0415 (imports Keras)

    loaded = load_saved_model(handle)
    if loaded.image_size not in {None, input_shape[:2]} or pooling != "avg":
        size = loaded.image_size or input_shape[:2]
        raise BackboneError(
            f"{handle} takes {size[0]}×{size[1]} images with pooling 'avg', got {input_shape[0]}×"
            f"{input_shape[1]} and pooling {pooling!r}. "
            "Pass --backbone keras or a *.weights.h5 file to choose size and pooling."
        )
    images = keras.Input(input_shape)
    layer = SavedModelBackbone(loaded.files.sha256, loaded.num_features)
    return keras.Model(images, layer(images), name="backbone")
