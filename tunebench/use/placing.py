"""Put an artefact and its JSON in their place: all of it, and never over what export did not write."""

import contextlib
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tunebench import files
from tunebench.errors import ExportError, TunebenchError
from tunebench.use.artefact import read_record, record_path
from tunebench.use.formats import Format

# Longer than an export takes.
_ABANDONED_SECONDS = 3600.0


@contextlib.contextmanager
def placed(found: Format, path: Path) -> Iterator[Path]:
    """Yield a path of the same name in a temporary folder beside, and move what was written there into place.

    Args:
        found: The format.
        path: Where the artefact shall be.

    Raises:
        ExportError: Something that export did not write is in the way, or the name does not suit the format.
        RunFolderError: The folder cannot be written.
    """
    _check_name(found, path)
    _check_replaceable(found, path)
    files.make_folder(path.parent)
    prefix = f"{files.UNFINISHED.removesuffix('*')}{path.name}-"
    _remove_abandoned(path.parent, prefix)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=prefix) as folder:
        written = Path(folder) / path.name
        yield written
        # Again, for it may have taken minutes.
        _check_replaceable(found, path)
        earlier = Path(folder) / "earlier"
        earlier.mkdir()
        _move(_parts(found, path), earlier)
        _move(_parts(found, written), path.parent)


def _remove_abandoned(folder: Path, prefix: str) -> None:
    """Remove what killed exports of the same name left behind."""
    for left in folder.iterdir():
        with contextlib.suppress(OSError):
            if left.name.startswith(prefix) and time.time() - left.stat().st_mtime > _ABANDONED_SECONDS:
                shutil.rmtree(left, ignore_errors=True)


def _parts(found: Format, path: Path) -> tuple[Path, ...]:
    """An artefact and its JSON, which comes last: without it nothing is opened."""
    return *found.files(path), record_path(path)


def _move(parts: tuple[Path, ...], folder: Path) -> None:
    for part in parts:
        if part.exists():
            part.replace(folder / part.name)


def _check_name(found: Format, path: Path) -> None:
    if path.name in {"", ".."}:
        raise ExportError(
            f"{found.title} cannot be written to {path}. Expected a name of its own, in a folder."
        )
    if path.suffix.lower() != found.suffix and (found.suffix or path.suffix.lower() == ".json"):
        raise ExportError(
            f"{found.title} cannot be written to {path}. Expected a name that ends in {found.suffix}."
            if found.suffix
            else f"{found.title} cannot be written to {path}. Expected the name of a folder."
        )


def _check_replaceable(found: Format, path: Path) -> None:
    there = [part for part in _parts(found, path) if part.is_symlink() or part.exists()]
    if not there:
        return
    with contextlib.suppress(TunebenchError, OSError):
        record = read_record(path)
        if record.format == found.name and record.sha256 == found.sha256(path):
            return
    raise ExportError(
        f"{there[0]} exists and was not written by `tunebench export`, or was changed since, so it is not "
        "overwritten. Choose another --out, or move it away."
    )
