"""Divide a trial's examples into folds, each validated on once."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from tunebench.errors import SearchError
from tunebench.features.preparation import Prepared
from tunebench.features.redrawing import rows_of
from tunebench.fitting import Examples
from tunebench.units import Units

Groups = NDArray[np.int64] | None


def folds(prepared: Prepared, number: int, seed: int) -> Iterator[tuple[Examples, Examples]]:
    """Training and validation examples of each fold, from all examples that a search may see.

    Args:
        prepared: The examples; their split into training and validation is ignored.
        number: Number of folds, 2 or more.
        seed: Of the folds; the same for every trial, so that all are scored on the same folds.

    Yields:
        Training and validation examples, stratified by class, with each group in one fold. Views are in the
        training examples only.

    Raises:
        SearchError: A class has fewer images, or groups of images, than there are folds.
    """
    train, validation = prepared.train, prepared.validation
    labels = np.concatenate([train.labels, validation.labels])
    units = Units.of(labels, _joined(train.groups, validation.groups))
    smallest = int(np.bincount(units.labels)[np.unique(labels)].min())
    if smallest < number:
        raise SearchError(
            f"Cross-validation with {number} folds needs {number} training images of each class, but one "
            f"class has {smallest}. Use a larger --train-size or a smaller --cv."
        )
    divided = StratifiedKFold(number, shuffle=True, random_state=seed).split(units.labels, units.labels)
    for chosen, held_out in ((units.images(one), units.images(other)) for one, other in divided):
        views = tuple(
            rows_of(of_train, of_validation, chosen)
            for of_train, of_validation in zip(train.views, validation.views, strict=True)
        )
        yield (
            Examples(rows_of(train.inputs, validation.inputs, chosen), labels[chosen], views),
            Examples(rows_of(train.inputs, validation.inputs, held_out), labels[held_out]),
        )


def _joined(train: Groups, validation: Groups) -> Groups:
    return None if train is None or validation is None else np.concatenate([train, validation])
