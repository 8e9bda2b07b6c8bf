"""Preparing what the tuned part of a model trains on."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras_tuner
import numpy as np
import pytest

from tests.small import digits, write_space
from tunebench import spaces
from tunebench.features import FeatureCache, folding
from tunebench.features.preparation import Preparation

WITH_PREFIX = '''\
"""A space whose prefix depends on a hyperparameter."""

import keras
from keras import layers

BUILT = []


def frozen_prefix(hp, input_shape):
    pool = hp.Choice("pool", [8, 16])
    BUILT.append(pool)
    return keras.Sequential(
        [keras.Input(input_shape), layers.Rescaling(1 / 255), layers.AveragePooling2D(pool), layers.Flatten()]
    )


def build(hp, input_shape, num_classes):
    model = keras.Sequential([keras.Input(input_shape), layers.Dense(num_classes, "softmax")])
    optimizer = hp.Choice("optimizer", ["adam", "sgd"])
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
'''
DATA = digits().training_data(0)


def _values(**values: int | str) -> keras_tuner.HyperParameters:
    hp = keras_tuner.HyperParameters()
    hp.values = values
    return hp


def _preparation(folder: Path, source: str, cache: FeatureCache | None = None) -> Preparation:
    return Preparation(spaces.find(str(write_space(folder, source))), DATA, cache, seed=1)


def test_without_a_prefix_the_images_themselves_are_trained_on(tmp_path: Path) -> None:
    """A copy would double the memory."""
    source = WITH_PREFIX.replace("def frozen_prefix", "def other")
    prepared = _preparation(tmp_path, source).prepare(_values())
    assert prepared.prefix is None
    assert prepared.seconds == 0.0
    assert np.shares_memory(prepared.train.inputs, DATA.train.images)


def test_a_prefix_runs_once_for_trials_that_share_it(tmp_path: Path) -> None:
    """Every trial would pay for the features again."""
    preparation = _preparation(tmp_path, WITH_PREFIX)
    built = preparation.space.build_function.__globals__["BUILT"]
    first = preparation.prepare(_values(pool=8, optimizer="adam"))
    assert preparation.prepare(_values(pool=8, optimizer="sgd")) is first
    assert built == [8]
    assert first.seconds > 0
    assert first.input_shape == (4 * 4 * 3,)
    assert preparation.prepare(_values(pool=16, optimizer="sgd")).input_shape == (2 * 2 * 3,)
    assert built == [8, 16]


def test_what_a_prefix_reads_without_declaring_it_counts(tmp_path: Path) -> None:
    """A trial would train on the features of another trial's prefix."""
    for reads, reads_all in (('hp.get("pool")', False), ("[*hp.values.values()][0]", True)):
        source = WITH_PREFIX.replace('hp.Choice("pool", [8, 16])', reads)
        preparation = _preparation(tmp_path, source)
        first = preparation.prepare(_values(pool=8, optimizer="adam"))
        assert preparation.prepare(_values(pool=16, optimizer="adam")).input_shape == (2 * 2 * 3,)
        again = preparation.prepare(_values(pool=8, optimizer="adam"))
        assert again.input_shape == first.input_shape == (4 * 4 * 3,)
        # Where it looks at everything, everything may matter.
        assert (preparation.prepare(_values(pool=8, optimizer="sgd")) is again) != reads_all


def test_features_are_the_prefix_of_the_images(tmp_path: Path) -> None:
    """Features of other images, or in another order, would train nonsense."""
    prepared = _preparation(tmp_path, WITH_PREFIX, FeatureCache(tmp_path / "cache")).prepare(_values(pool=8))
    images = DATA.validation.images.astype(np.float64) / 255
    pooled = images.reshape(-1, 4, 8, 4, 8, 3).mean(axis=(2, 4)).reshape(len(images), -1)
    assert np.allclose(prepared.validation.inputs, pooled, atol=1e-5)
    assert np.array_equal(prepared.validation.labels, DATA.validation.labels)


def test_a_warm_cache_still_says_what_the_features_cost(tmp_path: Path) -> None:
    """The clock would call a transfer model fast because somebody else had waited."""
    cold = _preparation(tmp_path, WITH_PREFIX, FeatureCache(tmp_path / "cache")).prepare(_values(pool=8))
    warm = _preparation(tmp_path, WITH_PREFIX, FeatureCache(tmp_path / "cache")).prepare(_values(pool=8))
    assert warm.seconds == cold.seconds > 0
    assert np.array_equal(warm.train.inputs, cold.train.inputs)


def test_views_are_computed_once_each_and_their_cost_counts(tmp_path: Path) -> None:
    """A model trained on four versions of its images would be as cheap as one trained on the images."""
    cache = FeatureCache(tmp_path / "cache")
    preparation = _preparation(tmp_path, WITH_PREFIX, cache)
    plain = preparation.prepare(_values(pool=8))
    several = preparation.prepare(_values(pool=8, views=4))
    assert [len(prepared.train.views) for prepared in (plain, several)] == [0, 3]
    assert np.array_equal(several.train.inputs, plain.train.inputs)
    # Digits must not be mirrored, so each view is shifted in its own way.
    assert len({np.asarray(view).tobytes() for view in (plain.train.inputs, *several.train.views)}) == 4
    assert several.seconds > plain.seconds
    assert not several.validation.views, "validation images stay as they are"
    # Four versions of the training images and one of the validation images.
    assert cache.usage().num_arrays == 5
    warm = _preparation(tmp_path, WITH_PREFIX, cache).prepare(_values(pool=8, views=2))
    assert np.array_equal(warm.train.views[0], several.train.views[0])
    assert plain.seconds < warm.seconds < several.seconds


def test_a_network_is_folded_once_for_all_numbers_of_views(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seconds for each change of views, and a copy of its weights more in memory each time."""
    made: list[Any] = []
    fold = folding.folded

    def counting(prefix: Any) -> Any:
        made.append(prefix)
        return fold(prefix)

    preparation = _preparation(tmp_path, WITH_PREFIX)
    monkeypatch.setattr(folding, "folded", counting)
    for num_views in (1, 2, 1, 4):
        preparation.prepare(_values(pool=8, views=num_views))
    assert len(made) == 1
    preparation.prepare(_values(pool=16, views=2))
    assert len(made) == 2
    assert made[0] is not made[1]


def test_in_folds_validation_images_have_views_whose_cost_counts(tmp_path: Path) -> None:
    """They are trained on in all folds but one."""
    preparation = _preparation(tmp_path, WITH_PREFIX, FeatureCache(tmp_path / "cache"))
    alone = preparation.prepare(_values(pool=8, views=2))
    folded = replace(preparation, folded=True).prepare(_values(pool=8, views=2))
    assert len(folded.validation.views) == len(folded.train.views) == 1
    assert folded.seconds > alone.seconds
