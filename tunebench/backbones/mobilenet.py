"""Build the frozen MobileNetV2 of the selected handle, and say what it takes and allows."""

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tunebench.backbones import hub_cache, saved_model
from tunebench.backbones.handles import MEND, Kind, kind_of, local_path, selected
from tunebench.backbones.saved_model import LoadedSavedModel, SavedModelFiles
from tunebench.errors import BackboneError

_SMALLEST_SIZE = 32


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a space needs to know of the selected backbone.

    Attributes:
        scale: With ``offset``, takes a pixel from 0 to 255 to what the backbone expects:
            ``keras.layers.Rescaling(scale, offset)``.
        offset: See ``scale``.
        image_size: ``(height, width)`` that it takes; ``None`` where any size from 32 upward will do.
        can_be_cut: Whether it is a Keras model, whose blocks a space can reach and train.
        num_features: Size of a feature vector: 1,280 pooled features, or 1,001 ImageNet logits.
    """

    scale: float
    offset: float
    image_size: tuple[int, int] | None
    can_be_cut: bool
    num_features: int


def facts() -> Facts:
    """What the selected backbone takes and allows; downloads and loads it where it is a SavedModel.

    Raises:
        BackboneError: It cannot be found, downloaded or used.
    """
    handle = selected()
    if kind_of(handle) in {Kind.KERAS, Kind.WEIGHTS}:
        return Facts(scale=1 / 127.5, offset=-1.0, image_size=None, can_be_cut=True, num_features=1280)
    loaded = _load_saved_model(handle)
    # The convention of TF Hub's image models: pixels from 0 to 1.
    return Facts(
        scale=1 / 255,
        offset=0.0,
        image_size=loaded.image_size,
        can_be_cut=False,
        num_features=loaded.num_features,
    )


def mobilenet_v2(input_shape: tuple[int, int, int], *, pooling: str | None = "avg") -> Any:
    """Build the selected backbone, frozen.

    Args:
        input_shape: ``(height, width, 3)`` of the images; the size that `facts` asks for, if any.
        pooling: ``"avg"`` or ``"max"`` over the last feature maps, or ``None``: the maps themselves. A
            SavedModel knows only ``"avg"``: its own output.

    Returns:
        A ``keras.Model`` from images scaled as `facts` says to features ``(n, num_features)``, or
        ``(n, height / 32, width / 32, 1280)`` without pooling.

    Raises:
        BackboneError: The weights cannot be found, downloaded or used, or the shape or pooling does not fit.
    """
    handle = selected()
    kind = kind_of(handle)
    if kind is Kind.KERAS:
        model = _keras_model(input_shape, pooling, "imagenet")
    elif kind is Kind.WEIGHTS:
        model = _keras_model(input_shape, pooling, str(local_path(handle)))
    else:
        model = _saved_model(input_shape, pooling, handle)
    model.trainable = False
    return model


def register_layers() -> None:
    """Make the package's layers known to Keras; call it before loading a ``.keras`` file."""
    importlib.import_module("tunebench.backbones.layer")


def count_parameters(model: Any) -> int:
    """All weights of a Keras model, those inside a SavedModel included, which Keras does not see."""
    hidden = {id(layer): getattr(layer, "num_hidden_parameters", 0) for layer in _layers(model)}
    return int(model.count_params()) + sum(hidden.values())


def _layers(model: Any) -> Iterator[Any]:
    for layer in model.layers:
        yield layer
        if hasattr(layer, "layers"):
            yield from _layers(layer)


def _keras_model(input_shape: tuple[int, int, int], pooling: str | None, weights: str) -> Any:
    import keras  # noqa: PLC0415 (seconds; only where a backbone is built)

    if min(input_shape[:2]) < _SMALLEST_SIZE:
        raise BackboneError(
            f"MobileNetV2 takes images from 32×32 upward, but they are {input_shape[0]}×{input_shape[1]}. "
            "Resize them in the space's frozen_prefix."
        )
    try:
        return keras.applications.MobileNetV2(
            input_shape=input_shape, include_top=False, weights=weights, pooling=pooling
        )
    # A plain Exception where the download fails; OSError, KeyError or ValueError where the file does not fit.
    except Exception as error:
        reason = " ".join(str(error).split())
        if weights == "imagenet":
            raise BackboneError(
                f"keras.applications could not download its ImageNet weights: {reason}. "
                "Pass --backbone a local SavedModel folder or *.weights.h5 file."
            ) from error
        raise BackboneError(
            f"The weights file {weights} does not fit keras.applications.MobileNetV2(include_top=False): "
            f"{reason}. {MEND}"
        ) from error


def _saved_model(input_shape: tuple[int, int, int], pooling: str | None, handle: str) -> Any:
    import keras  # noqa: PLC0415 (seconds; only where a backbone is built)

    from tunebench.backbones.layer import SavedModelBackbone  # noqa: PLC0415 (imports Keras)

    loaded = _load_saved_model(handle)
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


def _load_saved_model(handle: str) -> LoadedSavedModel:
    if kind_of(handle) is Kind.FOLDER:
        return saved_model.load(SavedModelFiles.read(local_path(handle)), source=f"The SavedModel {handle}")
    folder = hub_cache.resolve(handle)
    try:
        return saved_model.load(SavedModelFiles.read(folder), source=handle)
    except BackboneError:
        # An archive cut at a member's end unpacks without complaint; do not keep what it gave.
        hub_cache.forget(handle)
        raise
