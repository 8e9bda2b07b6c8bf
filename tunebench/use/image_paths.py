"""The image files that paths lead to: files, folders, and lists of paths."""

import os
import stat
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from tunebench.datasets.listing import LeftOut, list_all
from tunebench.datasets.summary import shown


@dataclass(frozen=True, slots=True)
class ImagePath:
    """A file that may be an image.

    Attributes:
        path: As the user wrote it; below a folder, with the folder's path in front. A name that is not UTF-8
            has surrogates, as in :mod:`os`.
        label: The number of the class whose folder it is in; ``None`` if it is in none.
        expected: Whether it should be an image: its name says so, or the user named it.
    """

    path: str
    label: int | None
    expected: bool


@dataclass(kw_only=True)
class FoundImages:
    """What paths lead to.

    Attributes:
        files: In the order of the paths; those of a folder by name.
        skipped: What cannot be read, and why.
        ignored: Files that are no images by their names, such as hidden ones, with their number.
    """

    files: list[ImagePath] = field(default_factory=list)
    skipped: list[LeftOut] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)


def find_images(paths: Iterable[str], class_names: Sequence[str]) -> FoundImages:
    """List the files that paths lead to; nothing is opened.

    Args:
        paths: Files, and folders, which are read at any depth. The first folder below one that has the name
            of a class gives its files that label.
        class_names: Of the model.

    Returns:
        The files. A path that leads nowhere is among those that are skipped.
    """
    found = FoundImages()
    labels = {name: label for label, name in enumerate(class_names)}
    endings = set(Image.registered_extensions())
    for path in paths:
        try:
            mode = os.stat(path).st_mode  # noqa: PTH116 (of 100,000)
        except (OSError, ValueError) as error:  # ValueError: a null byte
            found.skipped.append(LeftOut(path, f"cannot be read ({getattr(error, 'strerror', error)})"))
            continue
        if stat.S_ISDIR(mode):
            _add_folder(found, path, labels, endings)
        elif stat.S_ISREG(mode):
            found.files.append(ImagePath(path, None, expected=True))
        else:
            found.skipped.append(LeftOut(path, "is not a regular file"))
    return found


def read_list(stream: BinaryIO) -> list[str]:
    """The paths in a list: one on each line, or separated by null bytes, as by `find -print0`."""
    content = stream.read()
    lines = content.split(b"\0") if b"\0" in content else content.splitlines()
    return [os.fsdecode(line) for line in lines if line]


def _add_folder(found: FoundImages, path: str, labels: dict[str, int], endings: set[str]) -> None:
    listing = list_all(Path(path))
    for file in listing.files:
        top, below, _ = file.path.partition("/")
        label = labels.get(shown(top)) if below else None
        expected = os.path.splitext(file.path)[1].lower() in endings  # noqa: PTH122 (of 100,000)
        found.files.append(ImagePath(_join(path, file.path), label, expected))
    found.skipped += [LeftOut(_join(path, each.file), each.reason) for each in listing.left_out]
    found.ignored += listing.ignored


def _join(folder: str, file: str) -> str:
    return os.path.join(folder, file)  # noqa: PTH118 (of 100,000)
