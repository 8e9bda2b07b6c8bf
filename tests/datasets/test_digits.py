"""The embedded digits as 32×32 pictures."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from tunebench.datasets import digits
from tunebench.errors import NotEnoughImagesError


def test_all_digits_in_their_original_order() -> None:
    """The splits hold every digit once, enlarged to 4×4 grey pixels that fill the range from 0 to 255."""
    data = digits.load()
    assert (len(data.train), len(data.test)) == (1297, 500)
    assert data.class_names == tuple("0123456789")
    assert not data.mirror_safe
    original = load_digits()
    np.testing.assert_array_equal(np.concatenate([data.train.labels, data.test.labels]), original.target)
    images = np.concatenate([data.train.images, data.test.images])
    assert images.shape == (1797, 32, 32, 3)
    blocks = images.reshape(1797, 8, 4, 8, 4, 3)
    np.testing.assert_array_equal(blocks.min(axis=(2, 4, 5)), blocks.max(axis=(2, 4, 5)))
    np.testing.assert_array_equal(np.rint(blocks[:, :, 0, :, 0, 0] * (16 / 255)), original.images)
    assert (images.min(), images.max()) == (0, 255)


def test_sizes_are_taken_from_the_start() -> None:
    """A smaller data set holds the first digits of each split."""
    data = digits.load(None, 100, 50)
    np.testing.assert_array_equal(data.train.images, digits.load().train.images[:100])
    assert len(data.test) == 50
    with pytest.raises(NotEnoughImagesError, match="1,297"):
        digits.load(None, 1298)


def test_the_content_has_not_changed() -> None:
    """The content hash is that of earlier versions, so that their runs stay comparable."""
    assert digits.load().sha256 == "c18e644f973ef73e8a0e49a65fd327b08143e2218c56c339b219b32508d11018"
