"""Predictions are kept with the most confident errors, and checked when they are read."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tunebench.errors import RecordError
from tunebench.records import DatasetRecord
from tunebench.runs.predictions import read_predictions, write_predictions

DATASET = DatasetRecord(
    name="d", train_size=9, validation_size=3, test_size=6, class_names=["a", "b", "c"], sha256="0"
)
LABELS = np.array([0, 1, 2, 0, 1, 2], dtype=np.int64)
PROBABILITIES = np.array(
    [[0.8, 0.1, 0.1], [0.6, 0.3, 0.1], [0.1, 0.1, 0.8], [0.0, 0.9, 0.1], [0.2, 0.5, 0.3], [0.4, 0.3, 0.3]],
    dtype=np.float32,
)


def images(side: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Six images, each of one colour."""
    return np.stack([np.full((side, side, 3), 40 * number, dtype=np.uint8) for number in range(6)])


def test_the_most_confident_errors_come_first(tmp_path: Path) -> None:
    """Correct predictions are not among them."""
    path = tmp_path / "predictions-0.npz"
    write_predictions(path, LABELS, PROBABILITIES, images(8))
    read = read_predictions(path, DATASET)
    assert np.array_equal(read.labels, LABELS)
    assert np.array_equal(read.probabilities, PROBABILITIES)
    assert read.mistakes is not None
    assert read.mistakes.indices.tolist() == [3, 1, 5]
    assert read.mistakes.images[:, 0, 0, 0].tolist() == [120, 40, 200]


def test_large_images_are_kept_small(tmp_path: Path) -> None:
    """Copies of photographs are reduced, so that the page stays small."""
    path = tmp_path / "predictions-0.npz"
    write_predictions(path, LABELS, PROBABILITIES, images(300))
    read = read_predictions(path, DATASET)
    assert read.mistakes is not None
    assert read.mistakes.images.shape == (3, 60, 60, 3)


def test_a_model_without_errors_has_none(tmp_path: Path) -> None:
    """There are no images, of the usual shape."""
    path = tmp_path / "predictions-0.npz"
    write_predictions(path, PROBABILITIES.argmax(axis=1), PROBABILITIES, images(8))
    read = read_predictions(path, DATASET)
    assert read.mistakes is not None
    assert read.mistakes.images.shape == (0, 8, 8, 3)


@pytest.mark.parametrize(
    ("indices", "pictures"),
    [
        ([6], np.zeros((1, 8, 8, 3), dtype=np.uint8)),
        ([-1], np.zeros((1, 8, 8, 3), dtype=np.uint8)),
        ([0, 1], np.zeros((1, 8, 8, 3), dtype=np.uint8)),
        ([0], np.zeros((1, 8, 8), dtype=np.uint8)),
        ([0], np.zeros((1, 8, 8, 3))),
        ([0], np.zeros((1, 500, 500, 3), dtype=np.uint8)),
        ([0] * 50, np.zeros((50, 8, 8, 3), dtype=np.uint8)),
        ([3], np.zeros((1, 0, 8, 3), dtype=np.uint8)),
        ([0], np.zeros((1, 8, 8, 3), dtype=np.uint8)),
    ],
)
def test_images_that_are_not_errors_are_refused(tmp_path: Path, indices: list[int], pictures: Any) -> None:
    """Indices outside the test split, images of wrong shapes, and correct predictions are refused."""
    path = tmp_path / "predictions-0.npz"
    np.savez(
        path, labels=LABELS, probabilities=PROBABILITIES, mistakes=np.array(indices), mistake_images=pictures
    )
    with pytest.raises(RecordError, match="errors"):
        read_predictions(path, DATASET)


@pytest.mark.parametrize("name", ["labels", "surplus"])
def test_a_zip_bomb_is_not_unpacked(tmp_path: Path, name: str) -> None:
    """A small file that unpacks to far more than predictions is refused before it is unpacked."""
    path = tmp_path / "predictions-0.npz"
    arrays: dict[str, Any] = {"labels": LABELS, "probabilities": PROBABILITIES, name: np.zeros(2 * 10**6)}
    np.savez_compressed(path, **arrays)
    with pytest.raises(RecordError, match="unpacks to more"):
        read_predictions(path, DATASET)
