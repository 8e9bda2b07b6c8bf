"""Splits that a user gives, and those that are made: no copy and no group on two sides."""

from pathlib import Path

import numpy as np
import pytest

from tests.datasets.photographs import write_class
from tunebench.datasets import Dataset
from tunebench.datasets.from_files import Reading, read_images
from tunebench.errors import DatasetError


def read(root: Path) -> Dataset:
    """The folder as a data set, without a cache."""
    return read_images(root, Reading())


def sentences(data: Dataset) -> str:
    """All that is said about it."""
    assert data.summary is not None
    return " ".join(data.summary.sentences())


def write_table(root: Path, rows: list[tuple[str, str, str, str]]) -> None:
    """A table of files, labels, splits and groups."""
    lines = ["file_name,label,split,group", *(",".join(row) for row in rows)]
    (root / "metadata.csv").write_text("\n".join(lines))


def test_a_group_in_two_given_splits_is_kept_out_of_the_later_one(tmp_path: Path) -> None:
    """Of validation and test; one line each says how many."""
    write_class(tmp_path / "all", 24, 0)
    splits = ["train", "validation", "test"]
    rows = []
    for place in range(24):
        group = f"g{place % 8}" if place % 8 < 2 else f"{place}"
        rows.append((f"all/{place:03d}.png", "xy"[place % 2], splits[place // 8], group))
    write_table(tmp_path, rows)
    data = read(tmp_path)
    assert data.validation is not None
    assert (len(data.train), len(data.validation), len(data.test)) == (8, 6, 6)
    assert "Kept out of the validation split: 2 images" in sentences(data)
    assert "Kept out of the test split: 2 images" in sentences(data)
    assert "Groups: 20, each in one split." in sentences(data)


def test_a_large_group_stays_in_training(tmp_path: Path) -> None:
    """About a fifth is held out, and the line has the real share."""
    write_class(tmp_path / "all", 100, 0)
    rows = [(f"all/{n:03d}.png", "xy"[n % 2], "", f"{n % 2}big" if n < 60 else f"{n}") for n in range(100)]
    write_table(tmp_path, rows)
    data = read(tmp_path)
    assert np.bincount(data.test.labels).tolist() == [10, 10]
    assert "Test images: 20% of all" in sentences(data)


def test_a_column_that_is_not_used_is_named(tmp_path: Path) -> None:
    """A group column of another name would otherwise be missed silently."""
    write_class(tmp_path, 8, 0)
    (tmp_path / "metadata.csv").write_text(
        "\n".join(["file_name, label, subject", *(f"{n:03d}.png,{'xy'[n % 2]},s{n}," for n in range(8))])
    )
    assert "Columns that are not used: subject." in sentences(read(tmp_path))


def test_splits_beside_other_folders_are_refused(tmp_path: Path) -> None:
    """They would be classes, and test images would be trained on."""
    for split in ("train", "test"):
        write_class(tmp_path / split / "cats", 4, len(split))
        write_class(tmp_path / split / "dogs", 4, 100 * len(split))
    (tmp_path / "labels").mkdir()
    with pytest.raises(DatasetError, match=r"has folders of splits \(test, train\) beside others \(labels\)"):
        read(tmp_path)


def test_one_class_named_like_a_split_is_said(tmp_path: Path) -> None:
    """It may be a vehicle."""
    write_class(tmp_path / "train", 4, 0)
    write_class(tmp_path / "bus", 4, 100)
    assert "Taken as classes, although named like splits: train." in sentences(read(tmp_path))


def test_classes_whose_printable_names_coincide_are_numbered(tmp_path: Path) -> None:
    """None of them is lost from the counts."""
    for place, name in enumerate(["a\n", "a\t", "b"]):
        write_class(tmp_path / name, 5, 100 * place)
    data = read(tmp_path)
    assert data.class_names == ("a\N{REPLACEMENT CHARACTER}", "a\N{REPLACEMENT CHARACTER} (2)", "b")
    assert data.summary is not None
    assert len(data.summary.classes) == 3


def test_counts_follow_the_sizes(tmp_path: Path) -> None:
    """After a part is taken, the summary has its numbers."""
    write_class(tmp_path / "a", 20, 0)
    write_class(tmp_path / "b", 20, 100)
    part = read(tmp_path).sampled(10, 4, 0)
    assert part.summary is not None
    assert part.summary.classes == {"a": {"train": 5, "test": 2}, "b": {"train": 5, "test": 2}}


def test_three_images_of_each_class_are_enough(tmp_path: Path) -> None:
    """One to train, one to validate and one to test on."""
    for place in range(6):
        write_class(tmp_path / f"class{place}", 3, 10 * place)
    training = read(tmp_path).training_data(0)
    for split in (training.train, training.validation):
        assert np.bincount(split.labels).tolist() == [1] * 6


def test_links_that_lead_to_themselves_end(tmp_path: Path) -> None:
    """And a folder with many links to it is read once."""
    write_class(tmp_path / "a", 5, 0)
    write_class(tmp_path / "b", 5, 100)
    (tmp_path / "a" / "self").symlink_to("self")
    for number in range(12):
        (tmp_path / "a" / f"again{number}").symlink_to(tmp_path / "b")
    data = read(tmp_path)
    assert data.summary is not None
    # The pictures of b are in a, too: by one of the links.
    assert sum(len(group) for group in data.summary.duplicates) == 10
    assert len(data.summary.left_out) == 12
