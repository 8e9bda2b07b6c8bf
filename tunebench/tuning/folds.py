"""Cut a trial's examples into folds, each validated on once."""

import warnings
from collections.abc import Iterator

import numpy as np
from sklearn.model_selection import StratifiedKFold

from tunebench.errors import SearchError
from tunebench.fitting import Examples
from tunebench.preparation import Prepared


def folds(prepared: Prepared, number: int, seed: int) -> Iterator[tuple[Examples, Examples]]:
    """Training and validation examples of each fold, over all examples that a search may see.

    Args:
        prepared: The examples; their division into training and validation is given up.
        number: How many folds, 2 or more.
        seed: Of the division; the same for every trial, so that all are judged on the same folds.

    Yields:
        What to train on and what to validate on, in the classes' proportions. Views are only trained on.

    Raises:
        SearchError: A class has fewer images than there are folds.
    """
    train, validation = prepared.train, prepared.validation
    labels = np.concatenate([train.labels, validation.labels])
    versions = [
        np.concatenate([of_train, of_validation])
        for of_train, of_validation in zip(
            (train.inputs, *train.views), (validation.inputs, *validation.views), strict=True
        )
    ]
    smallest = int(np.bincount(labels)[np.unique(labels)].min())
    if smallest < number:
        raise SearchError(
            f"Cross-validation with {number} folds needs {number} training images of each class, but one "
            f"class has {smallest}. Use a larger --train-size or a smaller --cv."
        )
    with warnings.catch_warnings():
        # scikit-learn says what was checked above.
        warnings.simplefilter("ignore", UserWarning)
        divided = list(StratifiedKFold(number, shuffle=True, random_state=seed).split(labels, labels))
    for chosen, held_out in divided:
        views = tuple(version[chosen] for version in versions[1:])
        yield (
            Examples(versions[0][chosen], labels[chosen], views),
            Examples(versions[0][held_out], labels[held_out]),
        )
