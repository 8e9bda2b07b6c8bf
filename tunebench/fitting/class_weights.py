"""Weights with which rare classes count as much in the training loss as common ones."""

import numpy as np
from numpy.typing import NDArray


def balanced(labels: NDArray[np.int64]) -> dict[int, float]:
    """The weight of an image of each class: images / (classes × images of the class).

    The weights of all images have the mean 1, so that the learning rate keeps its meaning.

    Args:
        labels: Of the training images, ``int64`` of shape ``(n,)``.

    Returns:
        A weight for each class that has images.

    Source:
        G. King and L. Zeng, "Logistic regression in rare events data", Political Analysis 9 (2001), p.
        137-163.
    """
    classes, numbers = np.unique(labels, return_counts=True)
    weights = len(labels) / (len(classes) * numbers)
    return dict(zip(classes.tolist(), weights.tolist(), strict=True))
