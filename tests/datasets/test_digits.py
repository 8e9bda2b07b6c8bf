"""The embedded digits as 32×32 pictures."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from tunebench.datasets import digits
from tunebench.errors import NotEnoughImagesError


def test_all_digits_in_their_original_order() -> None:
    """Digits would be lost, doubled or shuffled between the splits."""
    data = digits.load()
    original = load_digits()
    np.testing.assert_array_equal(np.concatenate([data.train.labels, data.test.labels]), original.target)
    assert (len(data.train), len(data.test)) == (1297, 500)
    assert data.class_names == tuple("0123456789")
    assert not data.mirror_safe


def test_pixels_are_enlarged_and_fill_the_range() -> None:
    """A digit would be blurred, cropped, too dark, or differ between red, green and blue."""
    data = digits.load()
    images = np.concatenate([data.train.images, data.test.images])
    assert images.shape == (1797, 32, 32, 3)
    assert images.dtype == np.uint8
    for row, column in ((0, 0), (3, 3), (1, 2)):
        for channel in range(3):
            shrunk = images[:, row::4, column::4, channel]
            np.testing.assert_array_equal(np.rint(shrunk * (16 / 255)), load_digits().images)
    assert (images.min(), images.max()) == (0, 255)


def test_sizes_are_taken_from_the_front() -> None:
    """A smaller data set would hold other digits."""
    data = digits.load(None, 100, 50)
    np.testing.assert_array_equal(data.train.images, digits.load().train.images[:100])
    assert len(data.test) == 50
    with pytest.raises(NotEnoughImagesError, match="1,297"):
        digits.load(None, 1298)


def test_the_content_has_not_changed() -> None:
    """Runs on the digits would silently stop being comparable with older ones."""
    assert digits.load().sha256 == "c18e644f973ef73e8a0e49a65fd327b08143e2218c56c339b219b32508d11018"
