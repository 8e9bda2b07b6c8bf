"""List the images that a table names: ``metadata.csv`` or ``metadata.jsonl``."""

import csv
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

import msgspec

from tunebench.datasets.listing import ImageFile, LeftOut, Listing, SplitName, inside, split_of
from tunebench.datasets.summary import shown
from tunebench.errors import DamagedDataError, DatasetError, DataUnavailableError

_COLUMNS = ("file_name", "label")
# The names of the columns, and the rows; a row may lack some.
_Table = tuple[list[str], list[dict[str, str]]]


def list_table(path: Path) -> Listing:
    """List the images of a table: ``file_name``, ``label`` and, if wanted, ``split`` and ``group``.

    Args:
        path: A CSV file with a header, or a file with a JSON object on each line. Its paths are relative to
            its folder.

    Raises:
        DataUnavailableError: It cannot be read.
        DamagedDataError: It is not such a table, or names a file outside its folder.
        DatasetError: A column is missing, or a split's name is unknown.
    """
    columns, rows = _read(path)
    missing = [name for name in _COLUMNS if name not in columns]
    if missing:
        raise DatasetError(
            f"{path} has no column {missing[0]!r}; its columns are "
            f"{shown(', '.join(columns))[:200]}. Expected file_name and label, and optionally split "
            "and group."
        )
    root = path.parent.resolve()
    is_inside = functools.cache(lambda place: place.resolve().is_relative_to(root))
    listing = Listing(root=path.parent)
    seen: set[tuple[str, str]] = set()
    for row in rows:
        name, label = row.get("file_name", ""), row.get("label", "").strip()
        file = inside(path.parent, name)
        if not label:
            listing.left_out.append(LeftOut(file, "has no label"))
        elif (file, label) in seen:
            listing.ignored["repeated rows of the table"] += 1
        elif reason := _unusable(root, file, is_inside):
            listing.left_out.append(LeftOut(file, reason))
        else:
            seen.add((file, label))
            listing.files.append(
                ImageFile(
                    path=file,
                    label=label,
                    split=_split(path, row.get("split", "")),
                    group=row.get("group", "").strip() or None,
                )
            )
    unused = [name for name in columns if name not in {*_COLUMNS, "split", "group"}]
    if unused:
        listing.notes.append(f"Columns that are not used: {shown(', '.join(unused))[:200]}.")
    _check_splits(path, listing)
    listing.files.sort(key=lambda file: (file.path, file.label))
    return listing


def _read(path: Path) -> _Table:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _csv_table(file) if path.suffix.lower() == ".csv" else _json_table(file)
    except OSError as error:
        raise DataUnavailableError(
            f"{path} cannot be read: {error.strerror or error}. Expected a table that you may read."
        ) from error
    # ValueError: not UTF-8, or not JSON; RecursionError: nested JSON.
    except (ValueError, csv.Error, RecursionError, MemoryError) as error:
        reason = shown(" ".join(str(error).split()))[:150]
        raise DamagedDataError(
            f"{path} is not a readable table ({reason}). Expected CSV with a header, or one JSON object per "
            "line."
        ) from error


def _csv_table(file: TextIO) -> _Table:
    lines = csv.reader(file, skipinitialspace=True)
    header = next(lines, [])
    rows = []
    for line in lines:
        # A comma at the end of a line is harmless; another one too many may have cut a name in two.
        if any(line[len(header) :]):
            raise ValueError(f"line {lines.line_num} has {len(line)} fields, the header {len(header)}")
        if any(line):
            rows.append(dict(zip(header, line, strict=False)))
    return header, rows


def _json_table(file: TextIO) -> _Table:
    rows = []
    for number, line in enumerate(file, 1):
        if line.strip():
            try:
                row = msgspec.json.decode(line, type=dict[str, Any])
            except msgspec.MsgspecError as error:
                raise ValueError(f"line {number}: {error}") from error
            rows.append({name: "" if value is None else str(value) for name, value in row.items()})
    return list(dict.fromkeys(name for row in rows for name in row)), rows


def _split(path: Path, word: str) -> SplitName | None:
    if not word.strip():
        return None
    found = split_of(word)
    if found is None:
        raise DatasetError(f"{path} has the split {word!r}. Expected train, validation or test.")
    return found


def _unusable(root: Path, file: str, is_inside: Callable[[Path], bool]) -> str | None:
    full = root / file
    try:
        # Resolving takes long for tens of thousands of files, so folders are resolved once.
        if not is_inside(full if full.is_symlink() else full.parent):
            return "is a link out of the folder"
        return None if full.is_file() else "is not there"
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
        return f"cannot be read ({getattr(error, 'strerror', None) or error})"


def _check_splits(path: Path, listing: Listing) -> None:
    without = [file.path for file in listing.files if file.split is None]
    if without and len(without) < len(listing.files):
        raise DatasetError(
            f"{path} gives a split for some images, but not for {without[0]!r} and {len(without) - 1} "
            "others. Expected a split in every row, or in none."
        )
    if listing.files and not without and all(file.split != "train" for file in listing.files):
        raise DatasetError(f"{path} has no row with the split train. Expected training images.")
