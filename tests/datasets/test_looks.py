"""Near duplicates: perceptual hashes, and pairs of them that differ little."""

import io
from pathlib import Path

import imagehash
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.datasets.photographs import encoded, picture, write_class
from tunebench.datasets import Dataset
from tunebench.datasets.decoded import ImageCache
from tunebench.datasets.from_files import Reading, read_images
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
    assert near_pairs(hashes, np.arange(300) % 100) == []
    assert near_pairs(np.zeros(501, np.uint64)) == []


def test_an_image_of_another_quality_is_a_near_duplicate() -> None:
    """Other images are not."""
    images = np.stack([picture(seed, 96, 128) for seed in range(40)])
    again = Image.open(io.BytesIO(encoded(Image.fromarray(images[7]), "JPEG", quality=80)))
    hashes = perceptual_hashes(np.concatenate([images, np.asarray(again)[np.newaxis]]))
    assert near_pairs(hashes) == [(7, 40)]


def test_near_duplicates_are_in_the_summary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those across splits by name, without exact copies; a second command reads them from the cache."""
    for split, first in (("train", 0), ("test", 2000)):
        write_class(tmp_path / "data" / split / "cats", 6, first)
        write_class(tmp_path / "data" / split / "dogs", 6, first + 1000)
    again = encoded(Image.fromarray(picture(3)), "JPEG", quality=90)
    (tmp_path / "data" / "test" / "cats" / "again.jpg").write_bytes(again)
    (tmp_path / "data" / "test" / "cats" / "copy.jpg").write_bytes(again)
    reading = Reading(cache=ImageCache(tmp_path / "cache"))
    for _ in range(2):
        found = read_images(tmp_path / "data", reading).summary
        assert found is not None
        assert (
            "Near duplicates: 1 pair of images that look alike, 1 of them across splits "
            "(test/cats/again.jpg and train/cats/003.png)."
        ) in list(found.sentences())
        monkeypatch.setattr("tunebench.datasets.file_facts.perceptual_hashes", None)


def test_images_of_one_group_are_no_near_duplicates(tmp_path: Path) -> None:
    """They stay on one side anyway; those of other groups are reported."""
    write_class(tmp_path, 12, 0)
    lines = ["file_name,label,group", *(f"{place:03d}.png,{'ab'[place % 2]},{place}" for place in range(12))]
    for name, group in (("same.jpg", "3"), ("other.jpg", "new")):
        number = 3 if group == "3" else 5
        (tmp_path / name).write_bytes(encoded(Image.fromarray(picture(number)), "JPEG", quality=90))
        lines.append(f"{name},b,{group}")
    (tmp_path / "metadata.csv").write_text("\n".join(lines))
    found = read_images(tmp_path, Reading()).summary
    assert found is not None
    assert [(pair.first, pair.second) for pair in found.near_duplicates] == [("005.png", "other.jpg")]


def test_near_duplicates_of_arrays() -> None:
    """They are named by split and number."""
    images = np.stack([picture(seed) for seed in range(20)])
    darker = np.where(images[:1] > 0, images[:1] - 1, 0)
    labels = np.arange(20) % 2
    found = Dataset.from_arrays(
        images, labels, np.concatenate([darker, 255 - images[1:2]]), labels[:2]
    ).summary
    assert found is not None
    (pair,) = found.near_duplicates
    assert (pair.first, pair.second, pair.splits) == ("train image 0", "test image 0", ("train", "test"))
