"""Load the network that a handle names: one of Keras with weights, or a SavedModel."""

import contextlib
import functools
import sys
import warnings
from pathlib import Path
from typing import Any

from tunebench.backbones import applications, hub_cache, saved_model
from tunebench.backbones.handles import Kind, kind_of, local_path, selected
from tunebench.backbones.saved_model import LoadedSavedModel, SavedModelFiles
from tunebench.errors import BackboneError, first_line

# Of ImageNet's red, green and blue, from 0 to 1.
_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)


def load_keras_model(
    name: str, input_shape: tuple[int, int, int], pooling: str | None, *, logits: bool = False
) -> Any:
    """A network of keras.applications with the selected handle's weights.

    Args:
        name: One of `tunebench.backbones.networks`.
        input_shape: ``(height, width, 3)`` of the images.
        pooling: ``"avg"`` or ``"max"`` over the last feature maps, or ``None`` for the maps.
        logits: Return the ImageNet logits instead.

    Returns:
        A ``keras.Model``.

    Raises:
        BackboneError: The weights cannot be downloaded, do not fit, or have no logits, or the images are too
            small.
    """
    handle = selected()
    kind = kind_of(handle)
    otherwise = "" if kind is Kind.KERAS else ", or --backbone keras"
    hint = (
        f"Pass --backbone FILE, saved by keras.applications.{name}(include_top=False).save_weights("
        f"'{name}.weights.h5') on a machine with a network{otherwise}."
    )
    if kind not in {Kind.KERAS, Kind.WEIGHTS}:
        raise BackboneError(
            f"{handle} is a SavedModel, but {name} of keras.applications needs weights of Keras. {hint}"
        )
    if logits and kind is not Kind.KERAS:
        raise BackboneError(
            f"{handle} has no ImageNet logits. Pass --backbone keras, or use pooled features."
        )
    make = functools.partial(applications.function(name), classifier_activation=None)
    weights = "imagenet" if kind is Kind.KERAS else None
    try:
        # Keras prints the progress of a download to standard output.
        with warnings.catch_warnings(), contextlib.redirect_stdout(sys.stderr):
            # Of MobileNets, which have files for some sizes only; each fits every size.
            warnings.filterwarnings("ignore", message="`input_shape` is undefined or non-square")
            model = make(include_top=logits, weights=weights, input_shape=input_shape, pooling=pooling)
    # A failed download is a plain Exception, too small an image a ValueError.
    except Exception as error:
        height, width, _ = input_shape
        raise BackboneError(
            f"keras.applications.{name} cannot load the weights {handle} for {height}×{width} images: "
            f"{first_line(error)[:200].rstrip('.: ')}. {hint}"
        ) from error
    if kind is Kind.WEIGHTS:
        try:
            _load_file(make, model, local_path(handle))
        # An OSError, KeyError, ValueError or, if weights are missing, a warning.
        except Exception as error:
            raise BackboneError(
                f"keras.applications.{name} cannot load the weights {handle}: they are of another network, "
                f"or the file is damaged. {hint}"
            ) from error
    return model


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


def _load_file(make: Any, model: Any, path: Path) -> None:
    """Load a weights file, with or without the layers that classify ImageNet."""
    try:
        with warnings.catch_warnings():
            # Keras would leave some layers with random weights.
            warnings.filterwarnings("error", message="Skipping nested container")
            model.load_weights(path)
    except ValueError:
        # Keras ignores them in *.weights.h5, but counts all layers of the older *.h5.
        if path.name.endswith(".weights.h5"):
            raise
        whole = make(weights=None)
        whole.load_weights(path)
        model.set_weights(whole.get_weights()[: len(model.weights)])
    _divide_again(model)


def _divide_again(model: Any) -> None:
    """Scale the images of an EfficientNet as its ImageNet weights need it.

    With ``weights="imagenet"`` Keras adds a division by the root of ImageNet's deviations, which no file
    contains (https://github.com/tensorflow/tensorflow/issues/49930). Here the first kernel takes it up.
    """
    import keras  # noqa: PLC0415 (slow to import)
    import numpy as np  # noqa: PLC0415 (a list of spaces does without)

    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.Normalization)]
    if any(norm.weights and np.allclose(norm.get_weights()[0], _MEAN) for norm in norms):
        stem = model.get_layer("stem_conv")
        (kernel,) = stem.get_weights()
        stem.set_weights([kernel / np.sqrt(_DEVIATION)[:, np.newaxis]])
