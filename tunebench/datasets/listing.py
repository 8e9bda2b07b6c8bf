"""List the image files of a folder with their labels: folders per class, or a table of paths."""

import os
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tunebench.errors import DamagedDataError, DatasetError, DataUnavailableError

SplitName = Literal["train", "validation", "test"]

# Words for splits as in Hugging Face's ImageFolder.
_SPLIT_WORDS: dict[str, SplitName] = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "validation"),
    **dict.fromkeys(("test", "testing", "eval", "evaluation"), "test"),
}
TABLES = ("metadata.csv", "metadata.jsonl")
_DEEPEST = 100
_CLUTTER = {"__macosx", "thumbs.db", "desktop.ini"}


@dataclass(frozen=True, kw_only=True)
class ImageFile:
    """A file that should be an image.

    Attributes:
        path: Relative to the root, with ``/``.
        label: The name of its class.
        split: ``None`` if its source does not divide images into splits.
        group: Images of one group, such as pictures of one subject, stay on one side of every split.
    """

    path: str
    label: str
    split: SplitName | None = None
    group: str | None = None


@dataclass(frozen=True)
class LeftOut:
    """A file that is not used.

    Attributes:
        file: Its path relative to the root.
        reason: Why, to follow the file's name.
    """

    file: str
    reason: str


@dataclass(kw_only=True)
class Listing:
    """The files of a source.

    Attributes:
        root: The folder that all paths are relative to.
        files: By path.
        left_out: Files that cannot be used.
        ignored: What is no image and was not expected to be one, with the number of files.
        empty: Class folders without files.
        notes: Sentences about how the source was understood.
    """

    root: Path
    files: list[ImageFile] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    empty: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def list_folder(root: Path) -> Listing:
    """List a folder of images: ``ROOT/<class>/**``, or ``ROOT/<split>/<class>/**``.

    The top folders are splits if all of them have names of splits, such as train, val and test.

    Args:
        root: The folder.

    Raises:
        DataUnavailableError: It cannot be read.
        DatasetError: There are no class folders, or test images without training images.
    """
    listing = Listing(root=root)
    tops = _class_folders(listing, root)
    splits = {name: _SPLIT_WORDS.get(name.casefold()) for name in tops}
    if not tops:
        raise DatasetError(
            f"{root} has no folders of images. Expected {root.name}/<class>/… or "
            f"{root.name}/train/<class>/… and {root.name}/test/<class>/…, or a metadata.csv with the columns "
            "file_name and label."
        )
    if len(tops) == 1 and not all(splits.values()):
        raise DatasetError(
            f"{root} has one class, {tops[0]}. Expected a folder for each of two or more classes."
            f"{_suggested(root / tops[0])}"
        )
    named = [name for name, split in splits.items() if split is not None]
    if len({splits[name] for name in named}) > 1 and len(named) < len(tops) and _hold_folders(root, named):
        raise DatasetError(
            f"{root} has folders of splits ({', '.join(named)}) beside others "
            f"({', '.join(name for name in tops if name not in named)}). Expected either; move the others "
            "away."
        )
    if all(splits.values()):
        if "train" not in splits.values():
            raise DatasetError(
                f"{root} has the folder {', '.join(tops)}, but none of training images. Expected "
                f"{root.name}/train/<class>/… beside it."
            )
        for name in tops:
            for label in _class_folders(listing, root / name):
                _add_class(listing, f"{name}/{label}", label, splits[name])
    else:
        if named:
            listing.notes.append(f"Taken as classes, although named like splits: {', '.join(named)}.")
        for label in tops:
            _add_class(listing, label, label, None)
    listing.files.sort(key=lambda file: file.path)
    return listing


def list_all(root: Path) -> Listing:
    """List all files of a folder, at any depth; their labels are empty.

    Args:
        root: The folder. If it cannot be read, it is left out by an empty name.
    """
    listing = Listing(root=root)
    for path in _walk(listing, root.resolve(), "", set(), 0):
        listing.files.append(ImageFile(path=path, label=""))
    return listing


def _hold_folders(root: Path, names: list[str]) -> bool:
    return all(any(map(_is_folder, _scan(root / name))) for name in names)


def _suggested(folder: Path) -> str:
    """The folder of several folders that is all that a folder holds, as after unpacking an archive."""
    while True:
        below = [entry.name for entry in _scan(folder) if _is_folder(entry) and not _is_clutter(entry.name)]
        if len(below) != 1:
            return f" Perhaps you meant {folder}?" if below else ""
        folder /= below[0]


def _class_folders(listing: Listing, folder: Path) -> list[str]:
    names = []
    for entry in _scan(folder):
        if _is_clutter(entry.name):
            listing.ignored["hidden files and system files"] += 1
        elif _is_folder(entry):
            names.append(entry.name)
        else:
            listing.ignored["files outside class folders"] += 1
    return names


def _add_class(listing: Listing, folder: str, label: str, split: SplitName | None) -> None:
    before = len(listing.files) + len(listing.left_out)
    root = listing.root.resolve()
    for path in _walk(listing, root, folder, set(), 0):
        listing.files.append(ImageFile(path=path, label=label, split=split))
    if len(listing.files) + len(listing.left_out) == before:
        listing.empty.append(folder)


def _walk(listing: Listing, root: Path, folder: str, seen: set[Path], depth: int) -> Iterator[str]:
    """The files below a folder, each folder once; links are followed if they stay inside the root."""
    real = (root / folder).resolve()
    if folder and (reason := _not_walked(real, root, seen, depth)):
        listing.left_out.append(LeftOut(folder, reason))
        return
    seen.add(real)
    try:
        entries = _scan(root / folder)
    except DataUnavailableError as error:
        listing.left_out.append(
            LeftOut(folder, f"cannot be read ({getattr(error.__cause__, 'strerror', '')})")
        )
        return
    # Links last, so that a folder is read by its own name.
    for entry in sorted(entries, key=lambda entry: entry.is_symlink()):
        path = f"{folder}/{entry.name}" if folder else entry.name
        if _is_clutter(entry.name):
            listing.ignored["hidden files and system files"] += 1
        elif _is_folder(entry):
            yield from _walk(listing, root, path, seen, depth + 1)
        elif reason := _unusable(entry, root):
            listing.left_out.append(LeftOut(path, reason))
        else:
            yield path


def _not_walked(real: Path, root: Path, seen: set[Path], depth: int) -> str | None:
    if not real.is_relative_to(root):
        return "is a link out of the folder"
    if real in seen or real == root:
        return "is a link to a folder that is read anyway"
    return "is too deep" if depth > _DEEPEST else None


def _unusable(entry: "os.DirEntry[str]", root: Path) -> str | None:
    try:
        if entry.is_symlink() and not Path(entry.path).resolve().is_relative_to(root):
            return "is a link out of the folder"
        if not stat.S_ISREG(entry.stat().st_mode):
            return "is not a regular file"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    except RuntimeError:  # Python before 3.13, of a link to itself
        return "is a link to itself"
    return None


def _scan(folder: Path) -> "list[os.DirEntry[str]]":
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise DataUnavailableError(
            f"{folder} cannot be read: {error.strerror}. Expected a folder that you may read."
        ) from error


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to what may not be read
        return False


def _is_clutter(name: str) -> bool:
    return name.startswith(".") or name.casefold() in _CLUTTER


def inside(root: Path, name: str) -> str:
    """A path from a table, relative to the root.

    Raises:
        DamagedDataError: It leads out of the root.
    """
    parts = name.replace("\\", "/").split("/")
    path = "/".join(part for part in parts if part not in {"", "."})
    absolute = name.startswith(("/", "\\")) or (len(name) > 1 and name[1] == ":")
    if absolute or ".." in parts or not path or "\0" in name:
        raise DamagedDataError(
            f"The table in {root} names {name!r}. Expected paths below {root}, such as cats/1.jpg."
        )
    return path


def split_of(word: str) -> SplitName | None:
    """The split that a word names, such as ``val`` or ``Training``; ``None`` if it names none."""
    return _SPLIT_WORDS.get(word.strip().casefold())
