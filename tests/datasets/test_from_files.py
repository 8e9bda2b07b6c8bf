"""Folders and tables of images: layouts, splits, copies, and one line for each bad input."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.datasets.photographs import CLUTTER, DAMAGED, encoded, picture, write_class, write_oddities
from tunebench.datasets import Dataset
from tunebench.datasets.from_files import Reading, dataset_name, read_images
from tunebench.errors import DamagedDataError, DatasetError, NotEnoughImagesError


def read(root: Path, **reading: object) -> Dataset:
    """The folder as a data set, without a cache."""
    return read_images(root, Reading(**reading))  # type: ignore[arg-type] # a test's own arguments


def summary_of(dataset: Dataset) -> str:
    """All sentences about a data set."""
    assert dataset.summary is not None
    return " ".join(dataset.summary.sentences())


def two_classes(root: Path, number: int = 10) -> Path:
    """Two classes with different images."""
    write_class(root / "cats", number, 0)
    write_class(root / "dogs", number, 1000)
    return root


def test_a_folder_of_classes(tmp_path: Path) -> None:
    """A fifth of each class is held out for the test; the images keep their own size if they agree."""
    data = read(two_classes(tmp_path / "pets"))
    assert (data.name, data.class_names, data.train.image_shape) == ("pets", ("cats", "dogs"), (24, 32, 3))
    assert np.bincount(data.train.labels).tolist() == [8, 8]
    assert np.bincount(data.test.labels).tolist() == [2, 2]
    first = data.train.name(0)
    assert first is not None
    assert np.array_equal(data.train.images[0], picture(int(first.partition("/")[2][:3])))


@pytest.mark.parametrize("words", [("train", "val", "test"), ("Training", "dev", "EVAL")])
def test_a_folder_of_splits(tmp_path: Path, words: tuple[str, ...]) -> None:
    """Split folders are recognised by their names; a validation folder is the validation split."""
    for place, word in enumerate(words):
        two_classes(tmp_path / word, 4)
        for label in ("cats", "dogs"):
            for number in range(4):
                content = encoded(Image.fromarray(picture(place * 100 + number + len(label) * 7)), "PNG")
                (tmp_path / word / label / f"{number:03d}.png").write_bytes(content)
        write_class(tmp_path / word / "dogs", 4, 5000 + 10 * place)
        write_class(tmp_path / word / "cats", 4, 7000 + 10 * place)
    data = read(tmp_path)
    assert (len(data.train), len(data.test)) == (8, 8)
    training = data.training_data(0)
    assert len(training.train) == 8
    assert training.validation is data.validation


def test_a_class_may_be_called_test(tmp_path: Path) -> None:
    """Top folders are splits only if all of them are."""
    write_class(tmp_path / "test", 5, 0)
    write_class(tmp_path / "scans", 5, 100)
    assert read(tmp_path).class_names == ("scans", "test")


def test_every_oddity(tmp_path: Path) -> None:
    """Damaged files are left out with their reason, clutter is ignored, copies and conflicts are found."""
    write_oddities(tmp_path / "odd")
    data = read(tmp_path / "odd", image_size=(32, 32))
    found = data.summary
    assert found is not None
    assert [each.file for each in found.left_out] == sorted(f"cats/{name}" for name in DAMAGED)
    assert found.ignored["hidden files and system files"] == len(CLUTTER) + 1
    assert (found.ignored["files outside class folders"], found.ignored[".txt files"]) == (1, 1)
    assert len(found.duplicates) == 3
    assert found.conflicts[0].labels == ["cats", "dogs"]
    assert found.remarks["turned upright by EXIF data"] == 1
    with pytest.raises(
        DamagedDataError, match=r"files that cannot be used \(cats/empty.jpg is empty, and 2 more"
    ):
        read(tmp_path / "odd", strict=True)


def test_copies_stay_on_one_side(tmp_path: Path) -> None:
    """Five copies of each image, and no image is in two splits."""
    for label, first in (("cats", 0), ("dogs", 100)):
        for copy in range(5):
            for number in range(6):
                path = tmp_path / label / f"{copy}-{number}.png"
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(encoded(Image.fromarray(picture(first + number)), "PNG"))
    data = read(tmp_path)
    training = data.training_data(3)
    sides = [
        {image.tobytes() for image in split.images}
        for split in (training.train, training.validation, data.test)
    ]
    assert sum(map(len, sides)) == len(set().union(*sides)) == 12


def test_groups_stay_on_one_side(tmp_path: Path) -> None:
    """Pictures of one subject, named by the table's column, are in one split, and in one fold."""
    write_class(tmp_path / "all", 40, 0)
    rows = [f"all/{number:03d}.png,{'ab'[number % 2]},subject {number // 4}" for number in range(40)]
    (tmp_path / "metadata.csv").write_text("\n".join(["file_name,label,group", *rows]))
    data = read(tmp_path)

    def subjects(names: list[str | None]) -> set[int]:
        return {int(str(name)[4:7]) // 4 for name in names}

    training = data.training_data(1)
    sides = [
        subjects([split.name(place) for place in range(len(split))])
        for split in (training.train, training.validation, data.test)
    ]
    assert sum(map(len, sides)) == len(set().union(*sides)) == 10


def test_added_images_do_not_reshuffle(tmp_path: Path) -> None:
    """Five more images of 100 move at most five others between the splits."""
    two_classes(tmp_path, 100)
    before = read(tmp_path).test
    names = {before.name(place) for place in range(len(before))}
    for number in range(5):
        content = encoded(Image.fromarray(picture(5000 + number)), "PNG")
        (tmp_path / "cats" / f"new{number}.png").write_bytes(content)
    after = read(tmp_path).test
    now = {after.name(place) for place in range(len(after))}
    assert len(names - now) <= 5


def test_test_images_that_are_also_trained_on_are_kept_out(tmp_path: Path) -> None:
    """By content or by pixels; one line says how many."""
    two_classes(tmp_path / "train", 6)
    write_class(tmp_path / "test" / "cats", 3, 500)
    write_class(tmp_path / "test" / "dogs", 3, 600)
    copy = tmp_path / "train" / "cats" / "000.png"
    (tmp_path / "test" / "cats" / "copy.bmp").write_bytes(encoded(Image.open(copy), "BMP"))
    data = read(tmp_path)
    assert len(data.test) == 6
    assert "Kept out of the test split: 1 image" in summary_of(data)


def test_part_of_a_folder_is_stratified(tmp_path: Path) -> None:
    """Eight of sixteen training images are four of each class, and another seed takes others."""
    data = read(two_classes(tmp_path))
    part = data.sampled(8, None, 1)
    assert np.bincount(part.train.labels).tolist() == [4, 4]
    assert part.sha256 == data.sampled(8, None, 1).sha256 != data.sampled(8, None, 2).sha256
    with pytest.raises(NotEnoughImagesError, match="17 train images were requested, but there are 16"):
        data.sampled(17, None, 1)
    with pytest.raises(DatasetError, match="1 train image would be too few: 1 of 2 classes would have none"):
        data.sampled(1, None, 1)


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_table(tmp_path: Path, kind: str) -> None:
    """Files, labels and splits come from the table; what it does not name is not used."""
    write_class(tmp_path / "all", 12, 0)
    rows = [
        {
            "file_name": f"all/{number:03d}.png",
            "label": "xy"[number % 2],
            "split": "test" if number > 7 else "train",
        }
        for number in range(11)
    ]
    rows += [{"file_name": "all/missing.png", "label": "x", "split": "train"}, rows[0]]
    if kind == "csv":
        lines = ["file_name,label,split", *(",".join(row.values()) for row in rows)]
    else:
        lines = [json.dumps(row) for row in rows]
    (tmp_path / f"metadata.{kind}").write_text("\n".join(lines))
    data = read(tmp_path)
    assert (len(data.train), len(data.test), data.class_names) == (8, 3, ("x", "y"))
    assert "all/missing.png is not there" in summary_of(data)
    assert "repeated rows of the table (1)" in summary_of(data)
    assert read(tmp_path / f"metadata.{kind}").sha256 == data.sha256


def test_labels_of_a_table_are_text(tmp_path: Path) -> None:
    """A number stays as it is written beside a missing label, and a byte order mark does not matter."""
    write_class(tmp_path, 9, 0)
    labels = [97, "cats", None] * 3
    rows = [{"file_name": f"{number:03d}.png", "label": label} for number, label in enumerate(labels)]
    (tmp_path / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8-sig")
    data = read(tmp_path)
    assert data.class_names == ("97", "cats")
    assert "has no label" in summary_of(data)


def test_links_are_followed_inside_the_folder_only(tmp_path: Path) -> None:
    """A link out of it is left out, and a circle ends."""
    root = two_classes(tmp_path / "data", 5)
    (tmp_path / "secret.png").write_bytes(encoded(Image.fromarray(picture(77)), "PNG"))
    (root / "cats" / "out.png").symlink_to(tmp_path / "secret.png")
    (root / "cats" / "inside.png").symlink_to(root / "dogs" / "000.png")
    (root / "cats" / "circle").symlink_to(root / "cats")
    (root / "dogs" / "elsewhere").symlink_to(tmp_path)
    os.mkfifo(root / "dogs" / "pipe.png")
    data = read(root)
    assert data.summary is not None
    assert {each.file: each.reason for each in data.summary.left_out} == {
        "cats/out.png": "is a link out of the folder",
        "cats/circle": "is a link to a folder that is read anyway",
        "dogs/elsewhere": "is a link out of the folder",
        "dogs/pipe.png": "is not a regular file",
    }
    assert len(data.summary.conflicts) == 1


def test_names_that_are_not_utf_8(tmp_path: Path) -> None:
    """Such a class gets a name that can be written."""
    write_class(tmp_path / "cats", 5, 0)
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/d\xf6gs"))
    write_class(folder, 5, 100)
    assert read(tmp_path).class_names == ("cats", "d\N{REPLACEMENT CHARACTER}gs")


@pytest.mark.parametrize(
    ("folder", "name"), [("my photos", "my photos"), ("a\nb<c>", "a_b_c_"), ("--rm", "rm"), ("...", "images")]
)
def test_the_name_of_a_data_set(tmp_path: Path, folder: str, name: str) -> None:
    """It is a plain folder name; a table takes its folder's name."""
    (tmp_path / folder).mkdir()
    assert dataset_name(tmp_path / folder) == name
    assert dataset_name(tmp_path / folder / "metadata.csv") == name


def test_sizes(tmp_path: Path) -> None:
    """Images of one small size keep it; large or different ones become 96 × 96, and a sentence says why."""
    two_classes(tmp_path / "a", 3)
    assert "Images are 24×32 (height × width), the images' own." in summary_of(read(tmp_path / "a"))
    (tmp_path / "a" / "cats" / "large.png").write_bytes(encoded(Image.fromarray(picture(9, 50, 60)), "PNG"))
    data = read(tmp_path / "a")
    assert data.train.image_shape == (96, 96, 3)
    assert "because the images differ, such as 24×32 and 50×60" in summary_of(data)
    for label in ("cats", "dogs"):
        (tmp_path / "b" / label).mkdir(parents=True)
        for number in range(3):
            content = encoded(Image.fromarray(picture(number + len(label) * ord(label[0]), 200, 300)), "JPEG")
            (tmp_path / "b" / label / f"{number}.jpg").write_bytes(content)
    assert "because the images are large, the first one 200×300" in summary_of(read(tmp_path / "b"))
    assert read(tmp_path / "b", image_size=(40, 50), resize="pad").train.image_shape == (40, 50, 3)
