"""A model's most confident errors as images: one sprite per model."""

import base64
import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from tunebench.comparison import ModelSummary
from tunebench.report import formats

_SHOWN = 16
_NAME_LENGTH = 24


@dataclass(frozen=True)
class Mistake:
    """One test image that was misclassified.

    Attributes:
        position: Its place in the sprite, as a CSS position in percent.
        text: Its class, the predicted class and the model's confidence.
    """

    position: str
    text: str


@dataclass(frozen=True)
class GalleryView:
    """The most confident errors of a model's first seed.

    Attributes:
        sprite: All images side by side, a PNG as a ``data:`` URL.
        columns: Number of images.
        mistakes: The most confident first.
    """

    sprite: str
    columns: int
    mistakes: tuple[Mistake, ...]


def gallery_view(model: ModelSummary) -> GalleryView | None:
    """Collect the most confident errors.

    Args:
        model: The model.

    Returns:
        Its view; ``None`` if no images were kept or none was misclassified.
    """
    first = model.predictions[0] if model.predictions else None
    if first is None or first.mistakes is None or not len(first.mistakes.indices):
        return None
    indices, images = first.mistakes.indices[:_SHOWN], first.mistakes.images[:_SHOWN]
    names = [formats.shorten(name, _NAME_LENGTH) for name in model.record.dataset.class_names]
    steps = max(1, len(indices) - 1)
    mistakes = []
    for number, index in enumerate(indices.tolist()):
        true, predicted = names[int(first.labels[index])], names[int(first.classes[index])]
        sure = formats.percent(min(1.0, float(first.probabilities[index].max())), 0)
        mistakes.append(
            Mistake(f"{100 * number / steps:.4g}", f"{true} predicted as {predicted}, {sure} confident")
        )
    buffer = io.BytesIO()
    Image.fromarray(np.concatenate(list(images), axis=1)).save(buffer, format="PNG", optimize=True)
    sprite = f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
    return GalleryView(sprite, len(indices), tuple(mistakes))
