"""Training batches."""

import numpy as np

from tests.small import digits
from tunebench.fitting import Examples, TrainingBatches
from tunebench.fitting.augmentation import Augmentation

TRAIN = digits(70, 10).train
EXAMPLES = Examples(TRAIN.images, TRAIN.labels)


def _epoch(batches: TrainingBatches) -> tuple[np.ndarray, np.ndarray]:
    parts = [batches[index] for index in range(len(batches))]
    return np.concatenate([images for images, _ in parts]), np.concatenate([labels for _, labels in parts])


def test_an_epoch_holds_every_example_once_with_its_label() -> None:
    """The last, smaller batch is included, and labels keep their images."""
    images, labels = _epoch(TrainingBatches(EXAMPLES, 32, seed=1))
    assert len(images) == 70
    by_content = {image.tobytes(): label for image, label in zip(TRAIN.images, TRAIN.labels, strict=True)}
    assert [by_content[image.tobytes()] for image in images] == list(labels)
    assert len({image.tobytes() for image in images}) == len(by_content)


def test_each_epoch_has_its_own_order_and_the_seed_repeats_them() -> None:
    """The order depends on the seed and the epoch alone."""
    first, second = TrainingBatches(EXAMPLES, 32, seed=1), TrainingBatches(EXAMPLES, 32, seed=1)
    one = _epoch(first)[1]
    first.on_epoch_end()
    two = _epoch(first)[1]
    assert not np.array_equal(one, two)
    assert np.array_equal(one, _epoch(second)[1])
    assert not np.array_equal(one, _epoch(TrainingBatches(EXAMPLES, 32, seed=2))[1])


def test_a_resumed_training_gets_the_same_batches() -> None:
    """Order and augmentation depend on the number of the epoch, not on the epochs drawn before."""
    augment = Augmentation(0.5, mirror=False)
    through = TrainingBatches(EXAMPLES, 32, 1, augment)
    through.on_epoch_end()
    through.on_epoch_end()
    resumed = TrainingBatches(EXAMPLES, 32, 1, augment, first_epoch=2)
    assert np.array_equal(_epoch(through)[0], _epoch(resumed)[0])


def test_augmentation_changes_training_images_and_leaves_the_originals() -> None:
    """The same images are augmented in every epoch."""
    before = TRAIN.images.copy()
    images, _ = _epoch(TrainingBatches(EXAMPLES, 32, 1, Augmentation(1.0, mirror=False)))
    plain, _ = _epoch(TrainingBatches(EXAMPLES, 32, 1))
    assert (images != plain).any(axis=(1, 2, 3)).mean() > 0.5
    assert images.dtype == np.uint8
    assert np.array_equal(TRAIN.images, before)


def test_each_epoch_draws_one_view_of_every_example() -> None:
    """Every view is drawn, and labels keep their examples."""
    # The features are the number of the example and of its view.
    versions = [np.stack([np.arange(70), np.full(70, number)], axis=1) for number in range(3)]
    batches = TrainingBatches(Examples(versions[0], TRAIN.labels, tuple(versions[1:])), 32, seed=1)
    drawn = []
    for _ in range(2):
        features, labels = _epoch(batches)
        assert sorted(features[:, 0]) == list(range(70))
        assert np.array_equal(labels, TRAIN.labels[features[:, 0]])
        drawn.append(features[np.argsort(features[:, 0]), 1])
        batches.on_epoch_end()
    assert all(set(views) == {0, 1, 2} for views in drawn)
    assert not np.array_equal(*drawn)
    resumed = TrainingBatches(
        Examples(versions[0], TRAIN.labels, tuple(versions[1:])), 32, seed=1, first_epoch=1
    )
    assert np.array_equal(_epoch(resumed)[0], features)
