"""The files that paths lead to."""

import io
import os
from pathlib import Path

from tests.datasets.photographs import write_class
from tunebench.use.image_paths import find_images, read_list


def test_lists_are_lines_or_separated_by_null_bytes() -> None:
    """Empty lines do not count; spaces and bytes that are not UTF-8 belong to the names."""
    assert read_list(io.BytesIO(b"a.png\r\n\nb c.png \n")) == ["a.png", "b c.png "]
    assert read_list(io.BytesIO(b"a\nb.png\0c.png\0")) == ["a\nb.png", "c.png"]
    assert os.fsencode(read_list(io.BytesIO(b"caf\xe9.png\n"))[0]) == b"caf\xe9.png"
    assert read_list(io.BytesIO(b"")) == []


def test_folders_are_read_at_any_depth(tmp_path: Path) -> None:
    """By name, with the labels of the first folder below; links are followed inside the folder only."""
    write_class(tmp_path / "in" / "cats" / "deep" / "er", 1, 0)
    write_class(tmp_path / "in" / "dogs", 2, 1)
    write_class(tmp_path / "in" / "more" / "cats", 1, 3)
    write_class(tmp_path / "out", 1, 4)
    (tmp_path / "in" / "leads out").symlink_to(tmp_path / "out")
    (tmp_path / "in" / "dogs" / "round").symlink_to(tmp_path / "in")
    (tmp_path / "in" / ".hidden").touch()
    (tmp_path / "in" / "dogs" / "text.txt").touch()
    root = f"{tmp_path}/in"
    found = find_images([root], ("cats", "dogs"))
    assert [(file.path, file.label, file.expected) for file in found.files] == [
        (f"{root}/cats/deep/er/000.png", 0, True),
        (f"{root}/dogs/000.png", 1, True),
        (f"{root}/dogs/001.png", 1, True),
        (f"{root}/dogs/text.txt", 1, False),
        (f"{root}/more/cats/000.png", None, True),
    ]
    assert {each.file: each.reason for each in found.skipped} == {
        f"{root}/leads out": "is a link out of the folder",
        f"{root}/dogs/round": "is a link to a folder that is read anyway",
    }
    assert found.ignored == {"hidden files and system files": 1}


def test_paths_that_lead_nowhere_are_skipped(tmp_path: Path) -> None:
    """Also those that no system could have; a file that is named need not look like an image."""
    (tmp_path / "text.txt").touch()
    paths = [str(tmp_path / "absent"), "a\0b", "", str(tmp_path / "text.txt")]
    found = find_images(paths, ("cats",))
    assert [each.file for each in found.skipped] == paths[:3]
    assert all("cannot be read" in each.reason for each in found.skipped)
    assert [(file.path, file.expected) for file in found.files] == [(paths[3], True)]
