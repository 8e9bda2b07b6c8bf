"""A head on pretrained MobileNetV2, whose last blocks may be trained too (reference model 4)."""

from typing import Any

import keras
from keras import layers

from search_spaces._pretrained import head
from tunebench import backbones

EPOCHS = 5
_TRAINED = (1, 2, 4, 6)


def STARTING_POINTS() -> list[dict[str, Any]]:  # noqa: N802 (the name of the list in other spaces)
    """The best of the configurations compared (docs/decisions/0005), as far as the backbone has them."""
    backbone = backbones.facts()
    # One view of 160 pixels costs less than the defaults: the first trial of a short budget has to fit.
    head: dict[str, Any] = {"interpolation": "bicubic", "dropout": 0.2, "schedule": "cosine"}
    if backbone.image_size is None:
        head["image_size"] = 160
    tail = {"trainable_blocks": 6, "fine_tuning_factor": 0.3, "label_smoothing": 0.1, "views": 4}
    blocks = {**head, **tail}
    return [head, blocks] if backbone.can_be_cut else [head]


def frozen_prefix(hp: Any, input_shape: tuple[int, ...]) -> keras.Model:
    """Rescale, resize and apply the frozen part of MobileNetV2: from raw images to features or feature maps.

    A TF Hub model cannot be cut, and most accept one image size; these choices are then not declared.
    """
    backbone = backbones.facts()
    height, width = backbone.image_size or _image_size(hp)
    interpolation = hp.Choice("interpolation", ["bilinear", "bicubic"], default="bilinear")
    trainable_blocks, pooling = _cut(hp, backbone)
    shape = (height, width, 3)
    if trainable_blocks:
        network = backbones.front("MobileNetV2", shape, _num_layers(trainable_blocks))
    else:
        # The reference model's head takes the ImageNet logits.
        features = hp.Choice("features", ["logits", "pooled"]) if backbone.has_logits else "pooled"
        network = backbones.mobilenet_v2(shape, pooling=pooling, logits=features == "logits")

    images = keras.Input(input_shape, dtype="uint8")
    # Rescaled first: Keras resizes uint8 to uint8, which would round the interpolated values.
    x = layers.Rescaling(backbone.scale, backbone.offset)(images)
    x = layers.Resizing(height, width, interpolation=interpolation)(x)
    return keras.Model(images, network(x))


def build(hp: Any, input_shape: tuple[int, ...], num_classes: int) -> keras.Model:
    """The head, behind the blocks that are trained (if any)."""
    backbone = backbones.facts()
    trainable_blocks, pooling = _cut(hp, backbone)
    tail = None
    if trainable_blocks:
        tail = backbones.tail("MobileNetV2", (*_image_size(hp), 3), _num_layers(trainable_blocks))
    trained = ("trainable_blocks", _TRAINED) if backbone.can_be_cut else None
    return head(hp, input_shape, num_classes, tail, pooling, trained)


def _image_size(hp: Any) -> tuple[int, int]:
    size: int = hp.Choice("image_size", [96, 128, 160, 192, 224], default=224)
    return size, size


def _cut(hp: Any, backbone: backbones.Facts) -> tuple[int, str]:
    """How many of the 17 blocks are trained, and how the maps are pooled; the same for prefix and head."""
    if not backbone.can_be_cut:
        return 0, "avg"
    trainable_blocks = hp.Choice("trainable_blocks", [0, *_TRAINED], default=0)
    return trainable_blocks, hp.Choice("pooling", ["avg", "max"], default="avg")


def _num_layers(trainable_blocks: int) -> int:
    """Each block has three convolutions; one follows the last block."""
    return 3 * trainable_blocks + 1
