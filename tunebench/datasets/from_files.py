"""A data set from a folder of images, or from a table that names them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from tunebench.data_options import Resize
from tunebench.datasets.assembly import Assembly
from tunebench.datasets.dataset import Dataset
from tunebench.datasets.decoded import DecodedFiles, ImageCache, OnImages, decode_files
from tunebench.datasets.file_facts import FileFacts
from tunebench.datasets.listing import TABLES, LeftOut, Listing, list_folder
from tunebench.datasets.split import Split
from tunebench.datasets.summary import shown, size_text
from tunebench.datasets.table import list_table
from tunebench.errors import DamagedDataError

_NAME_LENGTH = 60


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How to read a user's own images.

    Attributes:
        image_size: ``(height, width)``; ``None``: chosen from the images.
        resize: See :func:`tunebench.datasets.resizing.to_size`.
        mirror: Whether a mirrored image keeps its class.
        strict: Whether a file that cannot be used is an error; else it is left out.
        cache: Keeps decoded images; optional.
        on_images: Called with the number of files decoded and in all; optional.
    """

    image_size: tuple[int, int] | None = None
    resize: Resize = "crop"
    mirror: bool = True
    strict: bool = False
    cache: ImageCache | None = None
    on_images: OnImages | None = None


def read_images(path: Path, reading: Reading) -> Dataset:
    """Read a folder of images, or a table that names them.

    Args:
        path: The folder, or the table.
        reading: How.

    Raises:
        DatasetError: It cannot be used as a data set; the message says what was expected.
        RunFolderError: The cache cannot be written.
    """
    listing = _list(path)
    if not listing.files:
        raise DamagedDataError(f"{path} has no images{_reasons(listing.left_out)}. Expected image files.")
    decoded = decode_files(listing, reading.image_size, reading.resize, reading.cache, reading.on_images)
    usable = _usable(listing, decoded.facts)
    if reading.strict and listing.left_out:
        raise DamagedDataError(
            f"{path} has files that cannot be used{_reasons(listing.left_out)}. Fix or remove them, or leave "
            "out --strict."
        )
    if not usable:
        raise DamagedDataError(
            f"{path} has no image that can be decoded{_reasons(listing.left_out)}. Expected image files."
        )
    names = [shown(file.path) for file in listing.files]
    return Assembly(
        title=shown(str(path)),
        name=dataset_name(path),
        files=[listing.files[place] for place in usable],
        facts=[decoded.facts[place] for place in usable],
        split=lambda labels, places, groups: Split(
            decoded.pixels,
            labels[places],
            np.array(usable)[places],
            names,
            None if groups is None else groups[places],
        ),
        image_size=decoded.size,
        mirror=reading.mirror,
        listing=listing,
        notes=list(_notes(listing, decoded)),
        source=str(path.resolve()),
    ).dataset()


def dataset_name(path: Path) -> str:
    """The name of a folder or file in records, which is also a folder's name in the runs folder."""
    path = path.resolve()
    stem = path.parent.name if path.name in TABLES else path.name if path.is_dir() else path.stem
    name = "".join(each if each.isalnum() or each in "-_. " else "_" for each in shown(stem))
    return name.strip(" .").lstrip("-")[:_NAME_LENGTH].strip(" .") or "images"


def _list(path: Path) -> Listing:
    if not path.is_dir():
        return list_table(path)
    table = next((path / name for name in TABLES if (path / name).is_file()), None)
    if table is not None and not table.resolve().is_relative_to(path.resolve()):
        raise DamagedDataError(f"{table} is a link out of its folder. Expected the table itself.")
    return list_folder(path) if table is None else list_table(table)


def _usable(listing: Listing, facts: Sequence[FileFacts]) -> list[int]:
    """The files that are images; the others are listed as left out, or as ignored by their ending."""
    image_endings = set(Image.registered_extensions())
    places = []
    for place, (file, fact) in enumerate(zip(listing.files, facts, strict=True)):
        if fact.error is None:
            places.append(place)
            continue
        ending = Path(file.path).suffix.lower()
        if fact.error == "is not an image" and ending not in image_endings:
            listing.ignored[f"{shown(ending) or 'nameless'} files"] += 1
        else:
            listing.left_out.append(LeftOut(file.path, fact.error))
    return places


def _notes(listing: Listing, decoded: DecodedFiles) -> Iterator[str]:
    yield f"Images are {size_text(decoded.size)}, {decoded.why}."
    yield from map(shown, listing.notes)
    if listing.empty:
        more = f" and {len(listing.empty) - 5:,} more" if len(listing.empty) > 5 else ""  # noqa: PLR2004 (those named)
        yield f"Folders without images: {', '.join(map(shown, listing.empty[:5]))}{more}."


def _reasons(left_out: Sequence[LeftOut]) -> str:
    if not left_out:
        return ""
    more = f", and {len(left_out) - 1:,} more" if len(left_out) > 1 else ""
    return f" ({shown(left_out[0].file)} {left_out[0].reason}{more})"
