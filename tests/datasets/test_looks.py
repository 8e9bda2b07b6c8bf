"""Near duplicates: perceptual hashes, and pairs of them that differ little."""

import io

import imagehash
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.datasets.photographs import encoded, picture
from tunebench.datasets.looks import near_pairs, perceptual_hashes


@pytest.mark.parametrize("size", [(32, 32), (28, 28), (96, 128), (8, 200)])
def test_hashes_are_those_of_imagehash(size: tuple[int, int]) -> None:
    """Also of plain images and of noise, and of more images than are hashed at a time."""
    noise = np.random.default_rng(0).integers(0, 256, (20, *size, 3), np.uint8)
    plain = [np.full((*size, 3), value, np.uint8) for value in (0, 7, 255)]
    images = np.stack([*(picture(seed, *size) for seed in range(500)), *plain, *noise])
    expected = [int(str(imagehash.phash(Image.fromarray(image))), 16) for image in images]
    assert perceptual_hashes(images).tolist() == expected


@given(st.lists(st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 63), st.integers(0, 63)), max_size=12))
def test_near_hashes_are_found(drawn: list[tuple[int, int, int]]) -> None:
    """Every pair that differs in at most three bits is found once, and none in more than four."""
    hashes = np.array([hash_ ^ flip for hash_, a, b in drawn for flip in (0, (1 << a) | (1 << b))], np.uint64)
    pairs = near_pairs(hashes)
    found = set(pairs)
    assert len(pairs) == len(found)
    for one in range(len(hashes)):
        for other in range(one + 1, len(hashes)):
            distance = int(np.bitwise_count(hashes[one] ^ hashes[other]))
            assert distance > 3 or (one, other) in found
            assert distance <= 4 or (one, other) not in found


def test_the_closest_pairs_of_very_many_come_first() -> None:
    """And no more than were asked for; images that nearly all share a hash are not compared."""
    base = np.random.default_rng(0).integers(0, 2**63, 100, np.uint64)
    hashes = np.concatenate([base, base ^ np.uint64(1), base ^ np.uint64(7 << 40)])
    assert near_pairs(hashes, most=5) == [(place, 100 + place) for place in range(5)]
    assert near_pairs(np.zeros(501, np.uint64)) == []


def test_an_image_of_another_quality_is_a_near_duplicate() -> None:
    """Other images are not."""
    images = np.stack([picture(seed, 96, 128) for seed in range(40)])
    again = Image.open(io.BytesIO(encoded(Image.fromarray(images[7]), "JPEG", quality=80)))
    hashes = perceptual_hashes(np.concatenate([images, np.asarray(again)[np.newaxis]]))
    assert near_pairs(hashes) == [(7, 40)]
