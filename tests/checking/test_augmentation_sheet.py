"""The sheet that shows what augmentation does."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.datasets.photographs import picture
from tests.small import digits
from tunebench.checking.augmentation_sheet import drawn, write_sheet
from tunebench.datasets.split import Split
from tunebench.errors import TunebenchError


def test_a_row_for_each_strength(tmp_path: Path) -> None:
    """The first row shows the images themselves, each of another class, and lower rows shifted ones."""
    write_sheet(tmp_path / "sheet.png", digits().train, mirror=False, views=False, seed=0)
    with Image.open(tmp_path / "sheet.png") as image:
        sheet = np.asarray(image)
    # Rows of 96 pixels and gaps of 6, columns behind 120 pixels of labels.
    assert sheet.shape == (6 + 5 * 102, 120 + 8 * 102, 3)
    zero = digits().train.images[np.flatnonzero(digits().train.labels == 0)[0]]
    assert np.array_equal(sheet[6:102:3, 120:216:3], zero)
    strongest = sheet[6 + 4 * 102 : 6 + 4 * 102 + 96, 120:]
    assert not np.array_equal(strongest, sheet[6:102, 120:])


def test_views_of_a_frozen_network(tmp_path: Path) -> None:
    """The second view is the mirror image, as the network sees it."""
    images = np.stack([picture(seed, 40, 20) for seed in range(3)])
    write_sheet(tmp_path / "s.webp", Split(images, np.arange(3)), mirror=True, views=True, seed=0)
    with Image.open(tmp_path / "s.webp") as sheet:
        assert sheet.size == (120 + 3 * (40 + 6), 6 + 4 * (80 + 6))


@pytest.mark.parametrize("shape", [(1, 1, 3), (5, 300, 3), (700, 500, 1), (100, 1, 1), (1000, 1, 3)])
def test_any_size_and_grey(shape: tuple[int, int, int]) -> None:
    """Small images are enlarged and large ones made smaller; none is more than 192 pixels high or wide."""
    images = np.zeros((2, *shape), np.uint8)
    sheet = drawn([("unchanged", images), ("strength 1", images)])
    assert 120 + 2 * 7 <= sheet.width <= 120 + 2 * (192 + 6)
    assert sheet.height <= 6 + 2 * (192 + 6)


def test_another_ending_is_refused(tmp_path: Path) -> None:
    """One line names those that there are."""
    with pytest.raises(TunebenchError, match=r"Expected a name that ends in \.png"):
        write_sheet(tmp_path / "sheet.txt", digits().train, mirror=False, views=False, seed=0)
