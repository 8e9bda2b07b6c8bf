"""Load what the selected handle names: Keras' network with weights, or a SavedModel."""

from typing import Any

from tunebench.backbones import hub_cache, saved_model
from tunebench.backbones.handles import MEND, Kind, kind_of, local_path, selected
from tunebench.backbones.saved_model import LoadedSavedModel, SavedModelFiles
from tunebench.errors import BackboneError

_SMALLEST_SIZE = 32


def load_keras_model(input_shape: tuple[int, int, int], pooling: str | None, *, logits: bool = False) -> Any:
    """Keras' MobileNetV2 with the selected handle's weights; see `tunebench.backbones.mobilenet_v2`.

    Raises:
        BackboneError: The weights cannot be downloaded, do not fit, or have no logits.
    """
    import keras  # noqa: PLC0415 (seconds; only where a backbone is built)

    handle = selected()
    weights = "imagenet" if kind_of(handle) is Kind.KERAS else str(local_path(handle))
    if logits and weights != "imagenet":
        raise BackboneError(
            f"{handle} has no ImageNet logits. Pass --backbone keras, or use pooled features."
        )
    if min(input_shape[:2]) < _SMALLEST_SIZE:
        raise BackboneError(
            f"MobileNetV2 takes images from 32×32 upward, but they are {input_shape[0]}×{input_shape[1]}. "
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


def load_saved_model(handle: str) -> LoadedSavedModel:
    """The SavedModel of a folder or a URL; downloaded where need be.

    Raises:
        BackboneError: It cannot be found, downloaded or used.
    """
    saved_model.require_tensorflow()
    if kind_of(handle) is Kind.FOLDER:
        return saved_model.load(SavedModelFiles.read(local_path(handle)), source=f"The SavedModel {handle}")
    was_there = hub_cache.is_cached(handle)
    folder = hub_cache.resolve(handle)
    try:
        return saved_model.load(SavedModelFiles.read(folder), source=f"{handle} (in {folder})")
    except BackboneError:
        # An archive cut at a member's end unpacks without complaint; do not keep what it gave. What was there
        # before may be the user's own.
        if not was_there:
            hub_cache.forget(handle)
        raise
