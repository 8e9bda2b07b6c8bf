"""Examples are prepared once for trials that share a prefix."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras_tuner
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.small import digits, write_space
from tunebench import spaces
from tunebench.array_cache import CachedArray
from tunebench.features import FeatureCache, Inference, features
from tunebench.features.preparation import Preparation

WITH_PREFIX = '''\
"""A space whose prefix depends on a hyperparameter."""

import keras
from keras import layers

def frozen_prefix(hp, input_shape):
    pool = hp.Choice("pool", [8, 16])
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
OTHER = digits().training_data(1)


def _values(**values: int | str) -> keras_tuner.HyperParameters:
    hp = keras_tuner.HyperParameters()
    hp.values = values
    return hp


def _preparation(folder: Path, source: str, cache: FeatureCache | None = None) -> Preparation:
    return Preparation(spaces.find(str(write_space(folder, source))), DATA, cache, seed=1)


def test_without_a_prefix_the_images_are_the_examples(tmp_path: Path) -> None:
    """They are not copied."""
    source = WITH_PREFIX.replace("def frozen_prefix", "def other")
    prepared = _preparation(tmp_path, source).prepare(_values())
    assert prepared.prefix is None
    assert prepared.seconds == 0.0
    assert np.shares_memory(prepared.train.inputs, DATA.train.images)


def test_trials_with_the_same_prefix_share_examples(tmp_path: Path) -> None:
    """They are computed again only for other values of the prefix's own hyperparameters."""
    preparation = _preparation(tmp_path, WITH_PREFIX)
    first = preparation.prepare(_values(pool=8, optimizer="adam"))
    assert preparation.prepare(_values(pool=8, optimizer="sgd")) is first
    assert first.seconds > 0
    assert first.train.inputs.shape[1:] == (4 * 4 * 3,)
    assert preparation.prepare(_values(pool=16, optimizer="sgd")).train.inputs.shape[1:] == (2 * 2 * 3,)
    assert preparation.prepare(_values(pool=8)) is not first


def test_examples_are_the_prefix_of_the_images(tmp_path: Path) -> None:
    """In the order of the labels; from a warm cache with the seconds that they took to compute."""
    cold, warm = (
        _preparation(tmp_path, WITH_PREFIX, FeatureCache(tmp_path / "cache")).prepare(_values(pool=8))
        for _ in range(2)
    )
    images = DATA.validation.images.astype(np.float64) / 255
    pooled = images.reshape(-1, 4, 8, 4, 8, 3).mean(axis=(2, 4)).reshape(len(images), -1)
    for prepared in (cold, warm):
        assert np.allclose(prepared.validation.inputs, pooled, atol=1e-5)
        assert np.array_equal(prepared.validation.labels, DATA.validation.labels)
    assert warm.seconds == cold.seconds > 0


@pytest.mark.parametrize("cached", [True, False])
@pytest.mark.parametrize("num_views", [1, 2])
def test_another_split_takes_the_features_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, num_views: int, *, cached: bool
) -> None:
    """They are those of its images, as if computed directly; an image keeps its views."""
    computed: list[int] = []

    def count(inference: Inference, images: NDArray[np.uint8], **settings: Any) -> CachedArray:
        computed.append(len(images))
        return features(inference, images, **settings)

    monkeypatch.setattr("tunebench.features.preparation.features", count)
    cache = FeatureCache(tmp_path / "cache") if cached else None
    preparation = _preparation(tmp_path, WITH_PREFIX, cache)
    hp = _values(pool=8, views=num_views)
    first = preparation.prepare(hp)
    folded = replace(preparation, cache=None, folded=True).prepare(hp)
    views_of = {
        plain.tobytes(): [view.tobytes() for view in views]
        for side in (folded.train, folded.validation)
        for plain, *views in zip(side.inputs, *side.views, strict=True)
    }
    computed.clear()
    for seed in (1, 2, 1):
        data = digits().training_data(seed)
        prepared = preparation.prepare(hp, data)
        direct = Preparation(preparation.space, data, None, seed=1).prepare(_values(pool=8))
        for found, expected in ((prepared.train, direct.train), (prepared.validation, direct.validation)):
            assert np.array_equal(found.inputs, expected.inputs)
            assert np.array_equal(found.labels, expected.labels)
            assert isinstance(found.inputs, np.memmap) == cached
            assert len(found.views) == num_views - 1
            for plain, *views in zip(found.inputs, *found.views, strict=True):
                assert [view.tobytes() for view in views] == views_of[plain.tobytes()]
        assert prepared.seconds == first.seconds
        assert preparation.prepare(hp, data) is prepared
    # The other view of the validation images, once; the rest was computed directly, by this test.
    assert [number for number in computed if number not in {len(data.train), len(data.validation)}] == []
    assert len(computed) == 3 * 2 + num_views - 1
    back = preparation.prepare(hp)
    assert np.array_equal(back.train.inputs, first.train.inputs)
    if cached:
        assert not list((tmp_path / "cache").glob("*.writing-*"))
        assert len(list((tmp_path / "cache").glob("*.npy"))) == 2 * num_views


def test_features_are_divided_in_memory_if_they_cannot_be_written(tmp_path: Path) -> None:
    """A folder that can only be read is no reason to fail."""
    cache = FeatureCache(tmp_path / "cache")
    preparation = _preparation(tmp_path, WITH_PREFIX, cache)
    preparation.prepare(_values(pool=8))
    cache.folder = tmp_path / "tiny.py"
    found = preparation.prepare(_values(pool=8), OTHER).train.inputs
    assert not isinstance(found, np.memmap)
    direct = Preparation(preparation.space, OTHER, None, seed=1).prepare(_values(pool=8))
    assert np.array_equal(found, direct.train.inputs)


def test_images_of_one_split_are_in_memory(tmp_path: Path) -> None:
    """Without a prefix, those of the other split are released."""
    preparation = _preparation(tmp_path, WITH_PREFIX.replace("def frozen_prefix", "def other"))
    preparation.prepare(_values())
    assert "images" in vars(DATA.train)
    prepared = preparation.prepare(_values(), OTHER)
    assert prepared.train.inputs is OTHER.train.images
    assert "images" not in vars(DATA.train)
    assert np.array_equal(preparation.prepare(_values()).train.labels, DATA.train.labels)


def test_each_view_is_computed_once_and_its_cost_counts(tmp_path: Path) -> None:
    """Training images have N views, validation images one, or N as well if folds train on them."""
    cache = FeatureCache(tmp_path / "cache")
    preparation = _preparation(tmp_path, WITH_PREFIX, cache)
    plain = preparation.prepare(_values(pool=8))
    several = preparation.prepare(_values(pool=8, views=4))
    assert [len(prepared.train.views) for prepared in (plain, several)] == [0, 3]
    assert not several.validation.views
    assert np.array_equal(several.train.inputs, plain.train.inputs)
    # Digits must not be mirrored, so each view is shifted in another way.
    assert len({np.asarray(view).tobytes() for view in (plain.train.inputs, *several.train.views)}) == 4
    assert cache.usage().num_arrays == 5
    fewer = preparation.prepare(_values(pool=8, views=2))
    assert np.array_equal(fewer.train.views[0], several.train.views[0])
    assert plain.seconds < fewer.seconds < several.seconds
    folded = replace(preparation, folded=True).prepare(_values(pool=8, views=2))
    assert len(folded.validation.views) == len(folded.train.views) == 1
    assert folded.seconds > fewer.seconds
    assert cache.usage().num_arrays == 6
