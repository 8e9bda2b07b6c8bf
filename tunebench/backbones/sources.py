"""Load the network that a handle names: Keras' MobileNetV2 with weights, or a SavedModel."""

from typing import Any

from tunebench.backbones import hub_cache, saved_model
from tunebench.backbones.handles import HINT, Kind, kind_of, local_path, selected
from tunebench.backbones.saved_model import LoadedSavedModel, SavedModelFiles
from tunebench.errors import BackboneError

_SMALLEST_SIZE = 32


def load_keras_model(input_shape: tuple[int, int, int], pooling: str | None, *, logits: bool = False) -> Any:
    """Keras' MobileNetV2 with the selected handle's weights; see `tunebench.backbones.mobilenet_v2`.

    Raises:
        BackboneError: The weights cannot be downloaded, do not fit, or have no logits.
    """
    import keras  # noqa: PLC0415 (slow to import)

    handle = selected()
    weights = "imagenet" if kind_of(handle) is Kind.KERAS else str(local_path(handle))
    if logits and weights != "imagenet":
        raise BackboneError(
            f"{handle} has no ImageNet logits. Pass --backbone keras, or use pooled features."
        )
    if min(input_shape[:2]) < _SMALLEST_SIZE:
        raise BackboneError(
            f"MobileNetV2 takes images of at least 32×32, got {input_shape[0]}×{input_shape[1]}. "
            "Resize them in the space's frozen_prefix."
        )
    try:
        return keras.applications.MobileNetV2(
            input_shape=input_shape,
            include_top=logits,
            weights=weights,
            pooling=pooling,
            classifier_activation=None,
        )
    # A failed download is a plain Exception; an unsuitable file is an OSError, KeyError or ValueError.
    except Exception as error:
        reason = " ".join(str(error).split())
        raise BackboneError(
            f"keras.applications.MobileNetV2 cannot load the weights {weights}: {reason}. {HINT}"
        ) from error


def load_saved_model(handle: str) -> LoadedSavedModel:
    """The SavedModel of a folder or a URL, downloaded on first use.

    Raises:
        BackboneError: It cannot be found, downloaded or used.
    """
    saved_model.require_tensorflow()
    if kind_of(handle) is Kind.FOLDER:
        return saved_model.load(SavedModelFiles.read(local_path(handle)), source=f"The SavedModel {handle}")
    folder = hub_cache.resolve(handle)
    source = f"{handle}, downloaded to {folder} (delete this folder to download it again),"
    return saved_model.load(SavedModelFiles.read(folder), source=source)
