"""What a space needs to know of the selected backbone."""

from dataclasses import dataclass

from tunebench.backbones import handles
from tunebench.backbones.handles import Kind
from tunebench.backbones.sources import load_saved_model

_NUM_MAPS = 1280


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a space needs to know of the selected backbone.

    Attributes:
        scale: With ``offset``, takes a pixel from 0 to 255 to what the backbone expects:
            ``keras.layers.Rescaling(scale, offset)``.
        offset: See ``scale``.
        image_size: ``(height, width)`` that it takes; ``None`` where any size from 32 upward will do.
        can_be_cut: Whether its last blocks can be trained and its features pooled in other ways: it is a
            Keras model. A SavedModel gives what it gives.
        has_logits: Whether a Keras model can give its ImageNet logits too.
        num_features: Size of a feature vector: 1,280 pooled features, or 1,001 ImageNet logits.
    """

    scale: float
    offset: float
    image_size: tuple[int, int] | None
    can_be_cut: bool
    has_logits: bool
    num_features: int


def facts() -> Facts:
    """What the selected backbone takes and allows; downloads and loads it where it is a SavedModel.

    Raises:
        BackboneError: It cannot be found, downloaded or used.
    """
    handle = handles.selected()
    if (kind := handles.kind_of(handle)) in {Kind.KERAS, Kind.WEIGHTS}:
        return Facts(
            scale=1 / 127.5,
            offset=-1.0,
            image_size=None,
            can_be_cut=True,
            has_logits=kind is Kind.KERAS,
            num_features=_NUM_MAPS,
        )
    loaded = load_saved_model(handle)
    # The convention of TF Hub's image models: pixels from 0 to 1.
    return Facts(
        scale=1 / 255,
        offset=0.0,
        image_size=loaded.image_size,
        can_be_cut=False,
        has_logits=False,
        num_features=loaded.num_features,
    )
