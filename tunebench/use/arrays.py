"""Predict images that are arrays."""

from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tunebench.datasets.arrays import as_rgb
from tunebench.datasets.resizing import resized
from tunebench.runtime import import_keras
from tunebench.use.predictor import open_predictor


def predict_arrays(
    path: Path, images: ArrayLike, *, seed: int | None, ensemble: bool, trust_code: bool
) -> NDArray[np.float32]:
    """See :meth:`tunebench.runs.Run.predict`."""
    import_keras()
    rgb = as_rgb(images, "The array")
    predictor = open_predictor(path, seed=seed, ensemble=ensemble, trust_code=trust_code)
    size = predictor.image_shape[:2]
    return predictor.probabilities(rgb if rgb.shape[1:3] == size else resized(rgb, size, predictor.resize))
