"""Cross-validation."""

from dataclasses import replace
from pathlib import Path
from statistics import fmean

import keras_tuner
import numpy as np
import pytest

from tests.small import UNTRACED_SPACE
from tests.tuning.searches import SETTINGS, prepare, records, search
from tunebench.errors import SearchError
from tunebench.features.preparation import Prepared
from tunebench.fitting import Examples
from tunebench.tuning.folds import folds


def test_every_image_is_validated_on_once(tmp_path: Path) -> None:
    """The folds are disjoint, stratified by class and the same for every trial."""
    preparation = prepare(tmp_path)
    prepared = preparation.prepare(keras_tuner.HyperParameters())
    first, second = [*folds(prepared, 3, seed=7)], [*folds(prepared, 3, seed=7)]
    data = preparation.data
    images = np.concatenate([data.train.images, data.validation.images])
    held_out = np.concatenate([validation.inputs for _, validation in first])
    assert sorted(image.tobytes() for image in held_out) == sorted(image.tobytes() for image in images)
    for (train, validation), (same_train, same_validation) in zip(first, second, strict=True):
        assert np.array_equal(train.labels, same_train.labels)
        assert np.array_equal(validation.inputs, same_validation.inputs)
        shares = np.bincount(train.labels, minlength=10) / len(train)
        assert shares.min() > 0.05


def test_groups_stay_in_one_fold() -> None:
    """Images of one group are validated on together; each image still once."""
    groups = np.arange(60) // 3
    examples = Examples(np.arange(60)[:, np.newaxis], groups % 2, groups=groups)
    parts = [examples.inputs[:45], examples.inputs[45:]]
    prepared = Prepared(
        None,
        Examples(parts[0], examples.labels[:45], groups=groups[:45]),
        Examples(parts[1], examples.labels[45:], groups=groups[45:]),
        0.0,
    )
    seen: list[int] = []
    for train, validation in folds(prepared, 4, seed=1):
        held_out = set(groups[validation.inputs[:, 0]].tolist())
        assert not held_out & set(groups[train.inputs[:, 0]].tolist())
        seen += validation.inputs[:, 0].tolist()
    assert sorted(seen) == list(range(60))


def test_each_fold_is_trained_as_often_as_set(tmp_path: Path) -> None:
    """The score is the mean of all trainings, no two of which are alike."""
    settings = replace(SETTINGS, trials=1, epochs=1, cv=2, executions=2)
    search(prepare(tmp_path, UNTRACED_SPACE), tmp_path / "run", settings)
    (record,) = records(tmp_path / "run")
    assert [training.fold for training in record.trainings] == [0, 0, 1, 1]
    assert record.score == pytest.approx(fmean(record.scores))
    assert len({tuple(training.history["loss"]) for training in record.trainings}) == 4


def test_too_many_folds_are_refused(tmp_path: Path) -> None:
    """A class with fewer images than folds gives an error that names both numbers."""
    expected = r"200 folds needs 200 training images of each class, but one class has"
    with pytest.raises(SearchError, match=expected):
        search(prepare(tmp_path), tmp_path / "run", replace(SETTINGS, cv=200))
