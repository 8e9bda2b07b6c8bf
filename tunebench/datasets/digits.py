"""scikit-learn's handwritten digits: small, and there without a download."""

from pathlib import Path

import numpy as np

from tunebench.datasets.dataset import Dataset, Split
from tunebench.datasets.source import Place, Source

TRAIN_SIZE, TEST_SIZE = 1_297, 500
_BRIGHTEST = 16
_ENLARGEMENT = 4


def load(
    _data_dir: Path | None = None, train_size: int | None = None, test_size: int | None = None
) -> Dataset:
    """scikit-learn's 1,797 digits in their original order: the first 1,297 to train on, the last 500 to test.

    Each of the 8×8 pixels from 0 to 16 becomes 4×4 pixels from 0 to 255, the same in red, green and blue.

    Args:
        _data_dir: Not needed.
        train_size: How many training images; ``None`` takes them all.
        test_size: How many test images; ``None`` takes them all.

    Returns:
        The digits, images of shape ``(n, 32, 32, 3)``.

    Raises:
        NotEnoughImagesError: A split holds fewer images.
    """
    from sklearn.datasets import load_digits  # noqa: PLC0415 (a second, that listing the data sets need not wait)

    digits = load_digits()
    brightness = np.rint(digits.images * (255 / _BRIGHTEST)).astype(np.uint8)
    enlarged = brightness.repeat(_ENLARGEMENT, axis=1).repeat(_ENLARGEMENT, axis=2)
    images = np.repeat(enlarged[..., np.newaxis], 3, axis=-1)
    labels = digits.target.astype(np.int64)
    return Dataset(
        SOURCE.name,
        Split(images[:TRAIN_SIZE], labels[:TRAIN_SIZE]),
        Split(images[-TEST_SIZE:], labels[-TEST_SIZE:]),
        tuple(str(name) for name in digits.target_names),
        mirror_safe=False,
    ).limited(train_size, test_size)


def locate(_data_dir: Path | None = None) -> Place:
    """Always there."""
    return Place(folder=None, available=True, how_to_get="comes with scikit-learn")


SOURCE = Source(
    name="digits",
    summary="handwritten digits, 8×8 enlarged to 32×32; needs no download",
    num_classes=10,
    train_size=TRAIN_SIZE,
    test_size=TEST_SIZE,
    load=load,
    locate=locate,
)
