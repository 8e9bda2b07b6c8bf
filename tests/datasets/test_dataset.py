"""What a search is handed: checked, stratified, repeatable, and without test images."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tunebench.datasets.dataset import Dataset, Split, TrainingData
from tunebench.errors import DamagedDataError, DatasetError, NotEnoughImagesError


def numbered_split(labels: list[int], first: int = 0) -> Split:
    """Images of 1×2 pixels, each of which carries its own number."""
    images = np.zeros((len(labels), 1, 2, 3), np.uint8)
    numbers = np.arange(first, first + len(labels))
    images[:, 0, 0, 0], images[:, 0, 0, 1] = numbers // 256, numbers % 256
    return Split(images, np.array(labels, np.int64))


def numbers_of(split: Split) -> list[int]:
    """The numbers that ``numbered_split`` gave the images."""
    return [int(high) * 256 + int(low) for high, low in split.images[:, 0, 0, :2]]


@st.composite
def datasets(draw: st.DrawFn, smallest_class: int = 5) -> Dataset:
    """Data sets of two to six classes of unequal sizes, in any order."""
    counts = draw(st.lists(st.integers(smallest_class, 40), min_size=2, max_size=6))
    labels = draw(st.permutations([label for label, count in enumerate(counts) for _ in range(count)]))
    test = numbered_split(list(range(len(counts))), first=len(labels))
    names = tuple(f"class {label}" for label in range(len(counts)))
    return Dataset("made up", numbered_split(labels), test, names, mirror_safe=True)


def parts(data: TrainingData) -> tuple[Split, Split]:
    """Its two splits."""
    return data.train, data.validation


@given(datasets(), st.integers(0, 2**32 - 1), st.sampled_from([0.2, 0.25, 0.5]))
def test_validation_is_disjoint_complete_and_stratified(data: Dataset, seed: int, fraction: float) -> None:
    """An image would be lost, trained on and validated on at once, or a class be missing from validation."""
    train, validation = parts(data.training_data(seed, fraction))
    assert sorted(numbers_of(train) + numbers_of(validation)) == list(range(len(data.train)))
    assert len(validation) == np.ceil(fraction * len(data.train))
    for label in range(len(data.class_names)):
        proportion = len(validation) / len(data.train) * np.count_nonzero(data.train.labels == label)
        assert abs(np.count_nonzero(validation.labels == label) - proportion) <= 1
    for part in (train, validation):
        assert numbers_of(part) == sorted(numbers_of(part))
        np.testing.assert_array_equal(part.labels, data.train.labels[numbers_of(part)])


@given(datasets(), st.integers(0, 2**32 - 1))
def test_the_seed_decides_the_validation_part(data: Dataset, seed: int) -> None:
    """A resumed search would validate on other images than it began with."""
    first, second = data.training_data(seed), data.training_data(seed)
    assert numbers_of(first.validation) == numbers_of(second.validation)
    assert first.sha256 == second.sha256


def test_another_seed_holds_out_other_images() -> None:
    """The seed would have no effect."""
    data = Dataset("x", numbered_split([0, 1] * 50), numbered_split([0, 1]), ("a", "b"), mirror_safe=True)
    assert numbers_of(data.training_data(1).validation) != numbers_of(data.training_data(2).validation)


def reachable_arrays(value: Any) -> list[NDArray[Any]]:
    """Every array that can be reached from an object by attributes, items and views."""
    if isinstance(value, np.ndarray):
        return [value, *([] if value.base is None else reachable_arrays(value.base))]
    if isinstance(value, tuple | list):
        return [array for item in value for array in reachable_arrays(item)]
    attributes = vars(value).values() if hasattr(value, "__dict__") and not isinstance(value, type) else ()
    return [array for item in attributes for array in reachable_arrays(item)]


@given(datasets(), st.integers(0, 1000))
def test_training_data_leads_to_no_test_image(data: Dataset, seed: int) -> None:
    """A search could choose by the images that are to judge its choice."""
    test_pixels = {image.tobytes() for image in data.test.images}
    handed_over = data.training_data(seed)
    _ = handed_over.sha256
    arrays = reachable_arrays(handed_over)
    assert sum(array.ndim == 4 for array in arrays) >= 2
    for array in arrays:
        assert not np.shares_memory(array, data.test.images)
        assert not np.shares_memory(array, data.test.labels)
        if array.ndim == 4:
            assert not test_pixels & {image.tobytes() for image in array}


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_images_to_hold_out(count: int) -> None:
    """scikit-learn's traceback would reach the user."""
    data = Dataset(
        "tiny", numbered_split([0] * 9 + [1] * count), numbered_split([0]), ("a", "b"), mirror_safe=True
    )
    if count == 0:
        assert len(data.training_data(0).validation) == 2
    else:
        with pytest.raises(DatasetError, match="larger --train-size") as caught:
            data.training_data(0)
        assert "\n" not in str(caught.value)


@given(datasets(smallest_class=2))
def test_arrays_are_read_only(data: Dataset) -> None:
    """An augmentation or a model could change the images for every later trial."""
    handed_over = data.training_data(0) if len(data.train) >= 30 else None
    for split in (data.train, data.test, *(parts(handed_over) if handed_over else ())):
        with pytest.raises(ValueError, match="read-only"):
            split.images[0] = 0
        with pytest.raises(ValueError, match="read-only"):
            split.labels[0] = 0
    with pytest.raises(dataclasses.FrozenInstanceError):
        data.train = data.test  # type: ignore[misc]  # the assignment under test


def test_a_split_leaves_the_callers_arrays_writeable() -> None:
    """A caller's own array would become read-only behind their back."""
    images = np.zeros((2, 4, 4, 3), np.uint8)
    Split(images, np.zeros(2, np.int64))
    images[0] = 1


@given(datasets(), st.data())
def test_the_hash_sees_every_change(data: Dataset, drawn: st.DataObject) -> None:
    """A run would be resumed, or a cache used, with other data."""
    split_name = drawn.draw(st.sampled_from(["train", "test"]))
    split: Split = getattr(data, split_name)
    number = drawn.draw(st.integers(0, len(split) - 1))
    images, labels = split.images.copy(), split.labels.copy()
    images[number, 0, drawn.draw(st.integers(0, 1)), drawn.draw(st.integers(0, 2))] += 1
    other_labels = labels.copy()
    other_labels[number] = (other_labels[number] + 1) % len(data.class_names)
    renamed = (*data.class_names[:-1], data.class_names[-1] + drawn.draw(st.text(min_size=1)))
    changes: list[dict[str, Any]] = [
        {split_name: Split(images, labels)},
        {split_name: Split(split.images, other_labels)},
        {"class_names": renamed},
    ]
    hashes = {data.sha256, *(dataclasses.replace(data, **change).sha256 for change in changes)}
    assert len(hashes) == 1 + len(changes)
    assert (
        dataclasses.replace(data, train=Split(data.train.images.copy(), data.train.labels)).sha256
        == data.sha256
    )


def test_the_hash_keeps_class_names_apart() -> None:
    """Names that read the same when joined would give the same hash."""
    split = numbered_split([0, 0])
    one = Dataset("x", split, split, ("a\0b", "c"), mirror_safe=True)
    other = Dataset("x", split, split, ("a", "b\0c"), mirror_safe=True)
    assert one.sha256 != other.sha256


def test_the_hash_keeps_shapes_apart() -> None:
    """The same bytes as a wide and as a tall image would give the same hash."""
    wide, tall = np.zeros((2, 1, 4, 3), np.uint8), np.zeros((2, 4, 1, 3), np.uint8)
    labels = np.zeros(2, np.int64)
    hashes = {
        Dataset("x", Split(images, labels), Split(images, labels), ("a",), mirror_safe=True).sha256
        for images in (wide, tall)
    }
    assert len(hashes) == 2


@given(datasets(), st.data())
def test_limited_takes_the_first_images(data: Dataset, drawn: st.DataObject) -> None:
    """Another subset than the first N would be compared with the published figures."""
    train_size = drawn.draw(st.none() | st.integers(1, len(data.train)))
    limited = data.limited(train_size, 1)
    assert numbers_of(limited.train) == numbers_of(data.train)[:train_size]
    assert numbers_of(limited.test) == numbers_of(data.test)[:1]


def test_more_images_than_there_are() -> None:
    """A search would quietly run on fewer images than were asked for."""
    data = Dataset("x", numbered_split([0] * 7), numbered_split([0] * 3), ("a",), mirror_safe=True)
    with pytest.raises(
        NotEnoughImagesError, match=r"8 train images were asked for, but there are 7.*--train-size 7"
    ):
        data.limited(8, None)
    with pytest.raises(
        NotEnoughImagesError, match=r"4 test images were asked for, but there are 3.*--test-size 3"
    ):
        data.limited(None, 4)


@pytest.mark.parametrize("size", [0, -1])
def test_sizes_are_positive(size: int) -> None:
    """A negative size would silently drop images from the end."""
    data = Dataset("x", numbered_split([0] * 7), numbered_split([0] * 3), ("a",), mirror_safe=True)
    with pytest.raises(DatasetError, match="from 1 to 7"):
        data.limited(size, None)


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
    """A source's mistake would show as a shape error deep inside Keras, or not at all."""
    with pytest.raises(DamagedDataError, match="must be"):
        Split(images, labels)


@pytest.mark.parametrize(
    ("train", "test", "message"),
    [
        (Split(IMAGES, LABELS), Split(IMAGES[:, :2], LABELS), "must agree"),
        (Split(IMAGES[:0], LABELS[:0]), Split(IMAGES, LABELS), "training split of x is empty"),
        (Split(IMAGES, LABELS), Split(IMAGES[:0], LABELS[:0]), "test split of x is empty"),
        (Split(IMAGES, LABELS + 1), Split(IMAGES, LABELS), "training label of x lies outside 0 to 0"),
        (Split(IMAGES, LABELS), Split(IMAGES, LABELS - 1), "test label of x lies outside 0 to 0"),
    ],
)
def test_a_data_set_checks_its_splits(train: Split, test: Split, message: str) -> None:
    """Splits that do not belong together would be trained on."""
    with pytest.raises(DamagedDataError, match=message):
        Dataset("x", train, test, ("only",), mirror_safe=True)


def test_training_data_says_its_shape_and_classes() -> None:
    """A model would be built for other images."""
    data = Dataset("x", Split(np.zeros((20, 4, 6, 3), np.uint8), np.tile([0, 1], 10)), *_test_and_rest())
    handed_over = data.training_data(0)
    assert handed_over.image_shape == (4, 6, 3)
    assert handed_over.num_classes == 2


def _test_and_rest() -> tuple[Split, tuple[str, str], bool]:
    return Split(np.zeros((1, 4, 6, 3), np.uint8), np.zeros(1, np.int64)), ("a", "b"), True
