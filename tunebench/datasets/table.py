"""List the images that a table names: ``metadata.csv`` or ``metadata.jsonl``."""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from tunebench.datasets.listing import ImageFile, LeftOut, Listing, SplitName, inside, split_of
from tunebench.datasets.summary import shown
from tunebench.errors import DamagedDataError, DatasetError, DataUnavailableError

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = ("file_name", "label")


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
    table = _read(path)
    missing = [name for name in _COLUMNS if name not in table.columns]
    if missing:
        raise DatasetError(
            f"{path} has no column {missing[0]!r}; its columns are "
            f"{', '.join(map(str, table.columns))[:200]}. Expected file_name and label, and optionally split "
            "and group."
        )
    root = path.parent.resolve()
    listing = Listing(root=path.parent)
    seen: set[tuple[str, str]] = set()
    for row in table.to_dict("records"):
        name, label = str(row["file_name"]), str(row["label"]).strip()
        file = inside(path.parent, name)
        if not label:
            listing.left_out.append(LeftOut(file, "has no label"))
        elif (file, label) in seen:
            listing.ignored["repeated rows of the table"] += 1
        elif reason := _unusable(root, file):
            listing.left_out.append(LeftOut(file, reason))
        else:
            seen.add((file, label))
            listing.files.append(
                ImageFile(
                    path=file,
                    label=label,
                    split=_split(path, str(row.get("split", ""))),
                    group=str(row.get("group", "")).strip() or None,
                )
            )
    unused = [str(name) for name in table.columns if name not in {*_COLUMNS, "split", "group"}]
    if unused:
        listing.notes.append(f"Columns that are not used: {shown(', '.join(unused))[:200]}.")
    _check_splits(path, listing)
    listing.files.sort(key=lambda file: (file.path, file.label))
    return listing


def _read(path: Path) -> "pd.DataFrame":
    import pandas as pd  # noqa: PLC0415 (half a second, only for tables)

    try:
        if path.suffix.lower() == ".csv":
            with warnings.catch_warnings():
                # Of rows that end with a comma too many.
                warnings.simplefilter("ignore", pd.errors.ParserWarning)
                table = pd.read_csv(
                    path,
                    dtype=str,
                    keep_default_na=False,
                    encoding="utf-8-sig",
                    index_col=False,
                    skipinitialspace=True,
                )
        else:
            table = pd.read_json(path, lines=True, dtype=False)
    except OSError as error:
        raise DataUnavailableError(
            f"{path} cannot be read: {error.strerror or error}. Expected a table that you may read."
        ) from error
    # pandas' parsers raise ValueError and its subclasses; RecursionError: nested JSON.
    except (ValueError, OverflowError, RecursionError, MemoryError) as error:
        reason = " ".join(str(error).split())[:150]
        raise DamagedDataError(
            f"{path} is not a readable table ({reason}). Expected CSV with a header, or one JSON object per "
            "line."
        ) from error
    return table.astype(object).where(table.notna(), "")


def _split(path: Path, word: str) -> SplitName | None:
    if not word.strip():
        return None
    found = split_of(word)
    if found is None:
        raise DatasetError(f"{path} has the split {word!r}. Expected train, validation or test.")
    return found


def _unusable(root: Path, file: str) -> str | None:
    full = root / file
    try:
        if not full.resolve().is_relative_to(root):
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
