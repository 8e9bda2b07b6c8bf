"""Build the MobileNetV2 of the selected handle, complete or cut in two."""

import importlib
from typing import Any

from tunebench.backbones.cutting import cut
from tunebench.backbones.handles import Kind, kind_of, selected
from tunebench.backbones.sources import load_keras_model, load_saved_model
from tunebench.errors import BackboneError

_NUM_BLOCKS = 17
# Indices of the blocks that halve the feature maps; the first convolution halves them too.
_HALVING_BLOCKS = (1, 3, 6, 13)


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
        model = load_keras_model(input_shape, pooling, logits=logits)
    else:
        model = _saved_model(input_shape, pooling, handle)
    model.trainable = False
    return model


def mobilenet_v2_front(input_shape: tuple[int, int, int], trainable_blocks: int) -> Any:
    """The selected backbone without its last inverted-residual blocks, frozen.

    Args:
        input_shape: ``(height, width, 3)`` of the images, multiples of 32.
        trainable_blocks: How many of the 17 blocks belong to the tail, from 1 to 16.

    Returns:
        A ``keras.Model`` from images, scaled as in `facts`, to feature maps.

    Raises:
        BackboneError: The weights cannot be found, downloaded or used, or cannot be cut.
    """
    return _cut(input_shape, trainable_blocks)[0]


def mobilenet_v2_tail(maps_shape: tuple[int, int, int], trainable_blocks: int) -> Any:
    """The last inverted-residual blocks and the last convolution of the selected backbone, trainable.

    Args:
        maps_shape: ``(height, width, channels)`` of the output of `mobilenet_v2_front`.
        trainable_blocks: As for `mobilenet_v2_front`.

    Returns:
        A ``keras.Model`` from these maps to the last feature maps ``(n, …, …, 1280)``. Batch norm is frozen;
        see `cut`.

    Raises:
        BackboneError: See `mobilenet_v2_front`.
    """
    # The tail's padding depends only on the size of the maps, so any image size with these maps will do.
    last_frozen_block = _NUM_BLOCKS - 1 - trainable_blocks
    stride = 2 ** (1 + sum(last_frozen_block >= block for block in _HALVING_BLOCKS))
    return _cut((maps_shape[0] * stride, maps_shape[1] * stride, 3), trainable_blocks)[1]


def register_layers() -> None:
    """Register the package's classes with Keras; call this before loading a ``.keras`` file."""
    for module in ("layer", "two_rates"):
        importlib.import_module(f"tunebench.backbones.{module}")


def _cut(input_shape: tuple[int, int, int], trainable_blocks: int) -> tuple[Any, Any]:
    handle = selected()
    if kind_of(handle) not in {Kind.KERAS, Kind.WEIGHTS}:
        raise BackboneError(
            f"{handle} is a SavedModel, whose blocks cannot be trained. "
            "Pass --backbone keras or a *.weights.h5 file, or set trainable_blocks to 0."
        )
    if not 1 <= trainable_blocks < _NUM_BLOCKS:
        raise BackboneError(
            f"trainable_blocks must be from 1 to {_NUM_BLOCKS - 1} for MobileNetV2, got {trainable_blocks}."
        )
    model = load_keras_model(input_shape, None)
    last_frozen_block = _NUM_BLOCKS - 1 - trainable_blocks
    block = f"block_{last_frozen_block}" if last_frozen_block else "expanded_conv"
    # A block ends in a sum if its input and output have the same shape, otherwise in its last batch norm.
    names = {layer.name for layer in model.layers}
    return cut(model, next(name for name in (f"{block}_add", f"{block}_project_BN") if name in names))


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
