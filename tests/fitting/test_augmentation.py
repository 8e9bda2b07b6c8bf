"""Augmentation."""

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tunebench.fitting.augmentation import Augmentation, Draw, apply, view
from tunebench.spaces.hyperparameters.training import STRENGTHS

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 8, 8, 3), dtype=np.uint8)
ALL = np.arange(6)


def _draw(mirrored: bool = False, down: int = 0, right: int = 0) -> Draw:  # noqa: FBT001, FBT002 (reads well below)
    return Draw(np.full(6, mirrored), np.full(6, down), np.full(6, right))


def test_nothing_drawn_changes_nothing() -> None:
    """At strength 0 the images are unchanged."""
    assert np.array_equal(apply(IMAGES, _draw(), ALL), IMAGES)


def test_mirroring_swaps_left_and_right() -> None:
    """Rows keep their order."""
    assert np.array_equal(apply(IMAGES, _draw(mirrored=True), ALL), IMAGES[:, :, ::-1])


def test_a_shift_moves_down_and_right_and_reflects_the_rest() -> None:
    """The uncovered border is filled by reflection."""
    shifted = apply(IMAGES, _draw(down=2, right=1), ALL)
    assert np.array_equal(shifted[:, 2:, 1:], IMAGES[:, :-2, :-1])
    assert np.array_equal(shifted[:, 1, 1:], IMAGES[:, 1, :-1])
    assert np.array_equal(shifted[:, 0, 1:], IMAGES[:, 2, :-1])


@given(st.sampled_from(STRENGTHS), st.booleans(), st.integers(0, 2**31))
def test_shifts_stay_within_the_strength_and_digits_are_never_mirrored(
    strength: float,
    mirror: bool,  # noqa: FBT001 (drawn)
    seed: int,
) -> None:
    """Images are shifted by at most a quarter of their size; images that must not be mirrored are not."""
    draw = Augmentation(strength, mirror).draw(50, (32, 16, 3), np.random.default_rng(seed))
    assert np.abs(draw.down).max() <= round(strength * 8)
    assert np.abs(draw.right).max() <= round(strength * 4)
    assert not draw.mirrored.any() or (mirror and strength > 0)


def test_half_of_the_photographs_are_mirrored_and_every_shift_occurs() -> None:
    """Shifts include both end points."""
    draw = Augmentation(0.5, mirror=True).draw(4000, (32, 32, 3), np.random.default_rng(1))
    assert 0.45 < draw.mirrored.mean() < 0.55
    assert set(draw.down) == set(range(-4, 5))


def test_only_the_chosen_images_are_returned_in_their_order() -> None:
    """A batch is a part of the epoch's images."""
    chosen = np.array([4, 1])
    assert np.array_equal(apply(IMAGES, _draw(), chosen), IMAGES[[4, 1]])


def test_the_first_views_are_the_image_and_its_mirror_image() -> None:
    """Only further views are random."""
    assert view(IMAGES, 0, mirror=True, seed=3) is IMAGES
    assert np.array_equal(view(IMAGES, 1, mirror=True, seed=3), IMAGES[:, :, ::-1])


def test_views_are_reproducible_and_differ() -> None:
    """The same seed gives the same views; nearly all images differ between two of them."""
    images = np.random.default_rng(0).integers(0, 256, (200, 16, 16, 3), dtype=np.uint8)
    views, again = ([view(images, number, mirror=False, seed=1) for number in range(4)] for _ in range(2))
    assert np.array_equal(views, again)
    assert {(each.shape, each.dtype) for each in views} == {(images.shape, images.dtype)}
    for one, other in combinations(views, 2):
        assert (one != other).any(axis=(1, 2, 3)).mean() > 0.9
