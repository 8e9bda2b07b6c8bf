"""Folders and tables that cannot be used: one line each, and nothing outside the folder is read."""

from pathlib import Path

import pytest

from tests.datasets.photographs import write_class
from tunebench.datasets.from_files import Reading, read_images
from tunebench.errors import DatasetError


def two_classes(root: Path, number: int) -> Path:
    """Two classes with different images."""
    write_class(root / "cats", number, 0)
    write_class(root / "dogs", number, 1000)
    return root


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("file_name,label\n../../etc/passwd,x\n", r"names '../../etc/passwd'. Expected paths below"),
        ("file_name,label\n/etc/passwd,x\n", "names '/etc/passwd'"),
        ("file_name,label\nC:\\secret.png,x\n", "Expected paths below"),
        ("name,class\na,b\n", "has no column 'file_name'; its columns are name, class"),
        ("", "has no column 'file_name'"),
        ("file_name,label\n\xff\xfe\x00", "is not a readable table|not there|Expected paths"),
        ("file_name,label\na, b.png,c,d\n", "line 2 has 4 fields, the header 2"),
        ("file_name,label,split\n000.png,x,train\n001.png,y,holdout\n", "has the split 'holdout'"),
        (
            "file_name,label,split\n000.png,x,train\n001.png,y,\n",
            "gives a split for some images, but not for '001",
        ),
        ("file_name,label,split\n000.png,x,test\n001.png,y,test\n", "has no row with the split train"),
        ("file_name,label\n000.png,x\n001.png,x\n", "has one class, x"),
    ],
)
def test_a_bad_table_is_one_line(tmp_path: Path, table: str, message: str) -> None:
    """Nothing outside the folder is read, and the line says what was expected."""
    write_class(tmp_path, 3, 0)
    (tmp_path / "metadata.csv").write_bytes(table.encode("latin-1"))
    with pytest.raises(DatasetError, match=message) as caught:
        read_images(tmp_path, Reading())
    assert "\n" not in str(caught.value)


def _nothing(root: Path) -> None:
    root.mkdir(exist_ok=True)


def _one_class(root: Path) -> None:
    write_class(root / "cats", 4, 0)


def _one_image(root: Path) -> None:
    write_class(root / "cats", 4, 0)
    write_class(root / "dogs", 1, 100)


def _too_deep(root: Path) -> None:
    two_classes(root / "photos", 4)


def _only_in_the_test_split(root: Path) -> None:
    two_classes(root / "train", 4)
    write_class(root / "test" / "birds", 2, 300)


def _no_training_folder(root: Path) -> None:
    two_classes(root / "test", 4)


def _all_test_images_are_copies(root: Path) -> None:
    two_classes(root / "train", 4)
    two_classes(root / "test", 4)


def _all_damaged(root: Path) -> None:
    for label in ("cats", "dogs"):
        (root / label).mkdir(parents=True)
        (root / label / "1.jpg").write_bytes(b"")


def _one_to_train(root: Path) -> None:
    two_classes(root / "train", 4)
    write_class(root / "train" / "birds", 1, 300)
    two_classes(root / "test", 5)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (_nothing, "has no folders of images. Expected .*<class>"),
        (_one_class, "has one class, cats"),
        (_one_image, r"too few different images of 1 of 2 classes \(dogs: 1\). Expected at least 3 of each"),
        (_too_deep, "has one class, photos.* Perhaps you meant .*photos?"),
        (_only_in_the_test_split, "has the class birds in its test split, but not in its training split"),
        (_no_training_folder, "has the folder test, but none of training images"),
        (_all_test_images_are_copies, "All 8 test images of .* are also in its other splits"),
        (_all_damaged, r"has no image that can be decoded \(cats/1.jpg is empty, and 1 more\)"),
        (_one_to_train, r"too few different images of 1 of 3 classes \(birds: 1\). Expected at least 2"),
    ],
)
def test_a_bad_folder_is_one_line(tmp_path: Path, make: object, message: str) -> None:
    """The line names the folder, the numbers and what was expected."""
    make(tmp_path / "data")  # type: ignore[operator] # one of the functions above
    with pytest.raises(DatasetError, match=message) as caught:
        read_images(tmp_path / "data", Reading())
    assert "\n" not in str(caught.value)
