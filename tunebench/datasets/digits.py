"""scikit-learn's handwritten digits: small, and available without a download."""

from pathlib import Path

import numpy as np

from tunebench.datasets.dataset import Dataset
from tunebench.datasets.source import CatalogueEntry
from tunebench.datasets.split import Split

_MAX_BRIGHTNESS = 16
_SCALE = 4

ENTRY = CatalogueEntry(
    name="digits",
    summary="handwritten digits, 8×8 enlarged to 32×32, the test images harder than the others; needs no "
    "download",
    num_classes=10,
    train_size=1_297,
    test_size=500,
    how_to_get="comes with scikit-learn",
)


def load(
    _data_dir: Path | None = None, train_size: int | None = None, test_size: int | None = None
) -> Dataset:
    """scikit-learn's 1,797 digits in their original order: 1,297 to train on, then 500 to test.

    The last ones are harder: logistic regression on the pixels, trained on the other 1,297, has 91.6 % of
    them right, and 96.9 % of 500 images drawn at random (mean of five draws).

    Each of the 8×8 pixels from 0 to 16 becomes 4×4 pixels from 0 to 255, the same in red, green and blue.

    Args:
        _data_dir: Not needed.
        train_size: Number of training images; ``None`` takes them all.
        test_size: Number of test images; ``None`` takes them all.

    Returns:
        The digits, images of shape ``(n, 32, 32, 3)``.

    Raises:
        NotEnoughImagesError: A split has fewer images.
    """
    from sklearn.datasets import load_digits  # noqa: PLC0415 (takes a second, which a list of data sets can save)

    digits = load_digits()
    brightness = np.rint(digits.images * (255 / _MAX_BRIGHTNESS)).astype(np.uint8)
    enlarged = brightness.repeat(_SCALE, axis=1).repeat(_SCALE, axis=2)
    images = np.repeat(enlarged[..., np.newaxis], 3, axis=-1)
    labels = digits.target.astype(np.int64)
    return Dataset(
        ENTRY.name,
        Split(images[: ENTRY.train_size], labels[: ENTRY.train_size]),
        Split(images[-ENTRY.test_size :], labels[-ENTRY.test_size :]),
        tuple(str(name) for name in digits.target_names),
        mirror_safe=False,
    ).limited(train_size, test_size)


def locate(_data_dir: Path | None = None) -> CatalogueEntry:
    """Always available."""
    return ENTRY
