"""Build the frozen MobileNetV2 of the selected handle, whole or cut in two."""

import importlib
from typing import Any

from tunebench.backbones.cutting import cut
from tunebench.backbones.handles import Kind, kind_of, selected
from tunebench.backbones.sources import load_keras_model, load_saved_model
from tunebench.errors import BackboneError

_NUM_BLOCKS = 17
# Blocks, counted from 0, that halve the maps; the first convolution does too.
_HALVING_BLOCKS = (1, 3, 6, 13)


def mobilenet_v2(
    input_shape: tuple[int, int, int], *, pooling: str | None = "avg", logits: bool = False
) -> Any:
    """Build the selected backbone, frozen.

    Args:
        input_shape: ``(height, width, 3)`` of the images; the size that `facts` asks for, if any.
        pooling: ``"avg"`` or ``"max"`` over the last feature maps, or ``None``: the maps themselves. A
            SavedModel knows only ``"avg"``: its own output.
        logits: Give the 1,000 ImageNet logits instead, where `facts` says that it has them.

    Returns:
        A ``keras.Model`` from images scaled as `facts` says to features ``(n, num_features)``, or
        ``(n, height / 32, width / 32, 1280)`` without pooling.

    Raises:
        BackboneError: The weights cannot be found, downloaded or used, or the shape or pooling does not fit.
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
        trainable_blocks: How many of the 17 blocks belong to the tail, from 1.

    Returns:
        A ``keras.Model`` from images scaled as `facts` says to feature maps.

    Raises:
        BackboneError: The weights cannot be found, downloaded or used, or cannot be cut.
    """
    return _cut(input_shape, trainable_blocks)[0]


def mobilenet_v2_tail(maps_shape: tuple[int, int, int], trainable_blocks: int) -> Any:
    """The last inverted-residual blocks of the selected backbone, and its last convolution, to be trained.

    Args:
        maps_shape: ``(height, width, channels)`` of what `mobilenet_v2_front` gives.
        trainable_blocks: The same as there.

    Returns:
        A ``keras.Model`` from these maps to the last feature maps ``(n, …, …, 1280)``; its batch norm is
        frozen: see `cut`.

    Raises:
        BackboneError: See `mobilenet_v2_front`.
    """
    # Only the maps' size decides how the tail pads, so any image that gives these maps gives this tail.
    last_frozen_block = _NUM_BLOCKS - 1 - trainable_blocks
    stride = 2 ** (1 + sum(last_frozen_block >= block for block in _HALVING_BLOCKS))
    return _cut((maps_shape[0] * stride, maps_shape[1] * stride, 3), trainable_blocks)[1]


def register_layers() -> None:
    """Make the package's Keras classes known to Keras; call it before loading a ``.keras`` file."""
    for module in ("layer", "two_rates"):
        importlib.import_module(f"tunebench.backbones.{module}")


def _cut(input_shape: tuple[int, int, int], trainable_blocks: int) -> tuple[Any, Any]:
    handle = selected()
    if kind_of(handle) not in {Kind.KERAS, Kind.WEIGHTS}:
        raise BackboneError(
            f"{handle} is a SavedModel, whose blocks cannot be trained. "
            "Pass --backbone keras or a *.weights.h5 file, or train no blocks."
        )
    if not 1 <= trainable_blocks < _NUM_BLOCKS:
        raise BackboneError(
            f"MobileNetV2 can train its last 1 to {_NUM_BLOCKS - 1} blocks, "
            f"but {trainable_blocks} were asked for."
        )
    model = load_keras_model(input_shape, None)
    last_frozen_block = _NUM_BLOCKS - 1 - trainable_blocks
    block = f"block_{last_frozen_block}" if last_frozen_block else "expanded_conv"
    # A block ends in a sum where its input has the shape of its output, else in its last batch norm.
    names = {layer.name for layer in model.layers}
    return cut(model, next(name for name in (f"{block}_add", f"{block}_project_BN") if name in names))


def _saved_model(input_shape: tuple[int, int, int], pooling: str | None, handle: str) -> Any:
    import keras  # noqa: PLC0415 (seconds; only where a backbone is built)

    from tunebench.backbones.layer import SavedModelBackbone  # noqa: PLC0415 (imports Keras)

    loaded = load_saved_model(handle)
    if loaded.image_size not in {None, input_shape[:2]} or pooling != "avg":
        size = loaded.image_size or input_shape[:2]
        raise BackboneError(
            f"{handle} takes {size[0]}×{size[1]} images and gives its own features, but {input_shape[0]}×"
            f"{input_shape[1]} images with pooling {pooling!r} were asked for. "
            "Pass --backbone keras or a *.weights.h5 file to choose size and pooling."
        )
    images = keras.Input(input_shape)
    return keras.Model(
        images, SavedModelBackbone(loaded.files.sha256, loaded.num_features)(images), name="backbone"
    )
