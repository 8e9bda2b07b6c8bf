"""Which classes a model takes for which.

scikit-learn counts the same, but loading it takes longer than the rest of a comparison of trained models.
"""

import numpy as np
from numpy.typing import NDArray


def confusion_matrix(
    labels: NDArray[np.int64], predicted: NDArray[np.int64], classes: int
) -> NDArray[np.int64]:
    """Count the images of each true class that were taken for each class.

    Args:
        labels: True classes, from 0 to ``classes - 1``, of shape ``(images,)``.
        predicted: The model's classes, in the same range, of the same shape.
        classes: How many classes there are.

    Returns:
        Counts of shape ``(classes, classes)``: true class, predicted class.
    """
    cells = np.bincount(labels * classes + predicted, minlength=classes**2)
    return np.asarray(cells.reshape(classes, classes), dtype=np.int64)


def macro_f1(confusion: NDArray[np.int64]) -> float:
    """F1 averaged over classes: each class counts alike, however many images it has.

    Args:
        confusion: Counts of shape ``(classes, classes)``, as :func:`confusion_matrix` returns them.

    Returns:
        From 0 to 1. A class that is neither among the images nor ever predicted counts 0.

    Source:
        F1 is the harmonic mean of precision and recall: C. J. van Rijsbergen, Information Retrieval (2nd ed.,
        1979), chapter 7; equal to ``sklearn.metrics.f1_score(average="macro", zero_division=0)``.
    """
    hits = confusion.diagonal()
    seen = confusion.sum(axis=0) + confusion.sum(axis=1)
    return float(np.mean(2 * hits / np.maximum(seen, 1)))
