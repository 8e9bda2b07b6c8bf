"""Data sets and what a search receives of them: checked, stratified, repeatable, without test images."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tunebench.datasets.dataset import Dataset
from tunebench.datasets.split import Split
from tunebench.errors import DamagedDataError, DatasetError, NotEnoughImagesError


def numbered_split(labels: list[int], first: int = 0) -> Split:
    """Images of 1×2 pixels, each of which holds its own number."""
    images = np.zeros((len(labels), 1, 2, 3), np.uint8)
    numbers = np.arange(first, first + len(labels))
    images[:, 0, 0, 0], images[:, 0, 0, 1] = numbers // 256, numbers % 256
    return Split(images, np.array(labels, np.int64))


def numbers_of(split: Split) -> list[int]:
    """The numbers that ``numbered_split`` gave the images."""
    return [int(high) * 256 + int(low) for high, low in split.images[:, 0, 0, :2]]


def dataset_of(counts: list[int], seed: int = 0) -> Dataset:
    """A data set with ``counts[label]`` training images of each label, shuffled, and one test image each."""
    labels = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts)).tolist()
    test = numbered_split(list(range(len(counts))), first=len(labels))
    names = tuple(f"class {label}" for label in range(len(counts)))
    return Dataset("made up", numbered_split(labels), test, names, mirror_safe=True)


DATA = dataset_of([7, 20, 13])


@given(
    counts=st.lists(st.integers(5, 40), min_size=2, max_size=6),
    seed=st.integers(0, 2**32 - 1),
    fraction=st.sampled_from([0.2, 0.25, 0.5]),
)
@settings(max_examples=25)
def test_validation_is_disjoint_complete_and_stratified(
    counts: list[int], seed: int, fraction: float
) -> None:
    """Each image is in one part, in the original order; each class is represented in proportion."""
    data = dataset_of(counts, seed)
    parts = data.training_data(seed, fraction)
    train, validation = parts.train, parts.validation
    assert sorted(numbers_of(train) + numbers_of(validation)) == list(range(len(data.train)))
    assert len(validation) == np.ceil(fraction * len(data.train))
    for label, count in enumerate(counts):
        proportion = len(validation) / len(data.train) * count
        assert abs(np.count_nonzero(validation.labels == label) - proportion) <= 1
    for part in (train, validation):
        assert numbers_of(part) == sorted(numbers_of(part))
        np.testing.assert_array_equal(part.labels, data.train.labels[numbers_of(part)])


def test_the_seed_selects_the_validation_images() -> None:
    """The same seed selects the same validation images; another seed selects others."""
    first, again, other = (DATA.training_data(seed) for seed in (1, 1, 2))
    assert numbers_of(first.validation) == numbers_of(again.validation)
    assert first.sha256 == again.sha256
    assert numbers_of(first.validation) != numbers_of(other.validation)


def reachable_arrays(value: Any) -> list[NDArray[Any]]:
    """Every array that can be reached from an object through attributes, items and views."""
    if isinstance(value, np.ndarray):
        return [value, *([] if value.base is None else reachable_arrays(value.base))]
    if isinstance(value, tuple | list):
        return [array for item in value for array in reachable_arrays(item)]
    attributes = vars(value).values() if hasattr(value, "__dict__") and not isinstance(value, type) else ()
    return [array for item in attributes for array in reachable_arrays(item)]


def test_training_data_holds_no_test_image() -> None:
    """No test image can be reached from the training data."""
    test_pixels = {image.tobytes() for image in DATA.test.images}
    training_data = DATA.training_data(0)
    _ = training_data.sha256
    arrays = reachable_arrays(training_data)
    assert sum(array.ndim == 4 for array in arrays) >= 2
    for array in arrays:
        assert not np.shares_memory(array, DATA.test.images)
        assert not np.shares_memory(array, DATA.test.labels)
        if array.ndim == 4:
            assert not test_pixels & {image.tobytes() for image in array}


def test_training_data_has_the_shape_and_classes_of_its_images() -> None:
    """A model is built for the images' shape and the number of classes."""
    training_data = DATA.training_data(0)
    assert training_data.image_shape == (1, 2, 3)
    assert training_data.num_classes == 3


def test_too_few_images_to_hold_out() -> None:
    """A class with a single image cannot be stratified, which gives a one-line error."""
    with pytest.raises(DatasetError, match="larger --train-size") as caught:
        dataset_of([9, 1]).training_data(0)
    assert "\n" not in str(caught.value)


def test_arrays_are_read_only() -> None:
    """No augmentation or model can change the images of a data set."""
    training_data = DATA.training_data(0)
    for split in (DATA.train, DATA.test, training_data.train, training_data.validation):
        with pytest.raises(ValueError, match="read-only"):
            split.images[0] = 0
        with pytest.raises(ValueError, match="read-only"):
            split.labels[0] = 0


def test_the_callers_arrays_stay_writeable() -> None:
    """A split makes its own views read-only and leaves the caller's arrays as they were."""
    images = np.zeros((2, 4, 4, 3), np.uint8)
    Split(images, np.zeros(2, np.int64))
    images[0] = 1


def test_the_hash_depends_on_all_content() -> None:
    """Every pixel, label, shape and class name changes the hash; a copy does not."""
    images, labels = np.zeros((4, 1, 4, 3), np.uint8), np.zeros(4, np.int64)
    pixel, label = images.copy(), labels.copy()
    pixel[3, 0, 3, 2], label[3] = 1, 1
    split = Split(images, labels)
    data = Dataset("x", split, split, ("a\0b", "c"), mirror_safe=True)
    tall = Split(images.reshape(4, 4, 1, 3), labels)
    changed = [
        dataclasses.replace(data, train=Split(pixel, labels)),
        dataclasses.replace(data, test=Split(pixel, labels)),
        dataclasses.replace(data, train=Split(images, label)),
        dataclasses.replace(data, test=Split(images, label)),
        dataclasses.replace(data, train=tall, test=tall),
        dataclasses.replace(data, class_names=("a", "b\0c")),
    ]
    assert len({data.sha256, *(other.sha256 for other in changed)}) == 1 + len(changed)
    assert dataclasses.replace(data, train=Split(images.copy(), labels)).sha256 == data.sha256


@pytest.mark.parametrize("train_size", [None, 1, 17, 40])
def test_limited_takes_the_first_images(train_size: int | None) -> None:
    """A limited data set holds the first images of each split."""
    limited = DATA.limited(train_size, 1)
    assert numbers_of(limited.train) == numbers_of(DATA.train)[:train_size]
    assert numbers_of(limited.test) == numbers_of(DATA.test)[:1]


def test_more_images_than_there_are() -> None:
    """A size that a split cannot fill is an error that says the largest size."""
    with pytest.raises(
        NotEnoughImagesError, match=r"41 train images were requested, but there are 40.*--train-size 40"
    ):
        DATA.limited(41, None)
    with pytest.raises(
        NotEnoughImagesError, match=r"4 test images were requested, but there are 3.*--test-size 3"
    ):
        DATA.limited(None, 4)


@pytest.mark.parametrize("size", [0, -1])
def test_sizes_are_positive(size: int) -> None:
    """A size below one is an error that says the range."""
    with pytest.raises(DatasetError, match="from 1 to 40"):
        DATA.limited(size, None)


IMAGES, LABELS = np.zeros((2, 4, 4, 3), np.uint8), np.zeros(2, np.int64)


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        (IMAGES.astype(np.float32), LABELS),
        (IMAGES[..., :1], LABELS),
        (IMAGES[0], LABELS),
        (IMAGES, LABELS.astype(np.int32)),
        (IMAGES, LABELS[:1]),
        (IMAGES, LABELS[:, np.newaxis]),
    ],
)
def test_a_split_checks_its_arrays(images: NDArray[Any], labels: NDArray[Any]) -> None:
    """Arrays of another dtype or shape are refused."""
    with pytest.raises(DamagedDataError, match="must be"):
        Split(images, labels)


@pytest.mark.parametrize(
    ("train", "test", "message"),
    [
        (Split(IMAGES, LABELS), Split(IMAGES[:, :2], LABELS), "must agree"),
        (Split(IMAGES[:0], LABELS[:0]), Split(IMAGES, LABELS), "training split of x is empty"),
        (Split(IMAGES, LABELS), Split(IMAGES[:0], LABELS[:0]), "test split of x is empty"),
        (Split(IMAGES, LABELS + 1), Split(IMAGES, LABELS), "training label of x is outside 0 to 0"),
        (Split(IMAGES, LABELS), Split(IMAGES, LABELS - 1), "test label of x is outside 0 to 0"),
    ],
)
def test_a_data_set_checks_its_splits(train: Split, test: Split, message: str) -> None:
    """Splits that are empty, of different shapes or with labels out of range are refused."""
    with pytest.raises(DamagedDataError, match=message):
        Dataset("x", train, test, ("only",), mirror_safe=True)
