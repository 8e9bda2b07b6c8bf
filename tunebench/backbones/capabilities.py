"""What a space needs to know of the selected backbone."""

from dataclasses import dataclass

from tunebench.backbones import handles
from tunebench.backbones.handles import Kind
from tunebench.backbones.sources import load_saved_model

_NUM_CHANNELS = 1280


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a space needs to know of the selected backbone.

    Attributes:
        scale: ``keras.layers.Rescaling(scale, offset)`` maps pixels from 0–255 to the backbone's range.
        offset: See ``scale``.
        image_size: The required ``(height, width)``; ``None`` if any size from 32 upward works.
        can_be_cut: Whether the last blocks can be trained and the pooling chosen: true of Keras models, false
            of SavedModels.
        has_logits: Whether `mobilenet_v2` can return ImageNet logits instead of features.
        num_features: Length of a feature vector; for TF Hub's classification model, 1,001 logits.
    """

    scale: float
    offset: float
    image_size: tuple[int, int] | None
    can_be_cut: bool
    has_logits: bool
    num_features: int


def facts() -> Facts:
    """What the selected backbone takes and allows. A SavedModel is downloaded (if need be) and loaded.

    Raises:
        BackboneError: The backbone cannot be found, downloaded or used.
    """
    handle = handles.selected()
    if (kind := handles.kind_of(handle)) in {Kind.KERAS, Kind.WEIGHTS}:
        return Facts(
            scale=1 / 127.5,
            offset=-1.0,
            image_size=None,
            can_be_cut=True,
            has_logits=kind is Kind.KERAS,
            num_features=_NUM_CHANNELS,
        )
    loaded = load_saved_model(handle)
    # TF Hub's convention for image models: pixels from 0 to 1.
    return Facts(
        scale=1 / 255,
        offset=0.0,
        image_size=loaded.image_size,
        can_be_cut=False,
        has_logits=False,
        num_features=loaded.num_features,
    )
