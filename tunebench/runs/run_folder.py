"""The files of a run, and its folder: created, cleared and locked."""

import contextlib
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from tunebench import files
from tunebench.errors import RunFolderError
from tunebench.home import expand, typed
from tunebench.options import FinalOptions

FINGERPRINT = "search.json"
BASELINE = "train.json"
LEDGER = "trials.jsonl"
CONFIRMATIONS = "confirmations.jsonl"
FINALS = "finals.jsonl"
RECORD = "run.json"
TIMING = "timing.json"
TUNER = "tuner"
_OLD = ".old"
# In a folder that was set aside, so that a folder of the user's of such a name is left alone.
_MARK = ".set-aside"
_log = logging.getLogger(__name__)
_WRITTEN = (
    RECORD,
    TIMING,
    FINGERPRINT,
    BASELINE,
    LEDGER,
    CONFIRMATIONS,
    FINALS,
    "model-*.keras",
    "predictions-*.npz",
    files.UNFINISHED,
    _MARK,
)


def prepare(runs_dir: Path, dataset: str, name: str) -> Path:
    """Find the place of the folder ``runs_dir/dataset/name``, which :func:`owned` makes.

    Args:
        runs_dir: The runs folder.
        dataset: The data set's name.
        name: The run's name, a single path component.

    Returns:
        The folder.

    Raises:
        RunFolderError: It cannot be written, or the name is not a plain name.
    """
    if not is_plain(name):
        raise RunFolderError(f"A run cannot be called {name!r}. Expected a plain name, such as cnn3-wide.")
    folder = files.make_folder(expand(runs_dir) / dataset) / name
    # A link has the lock of the run that it leads to.
    return folder.resolve() if folder.is_symlink() else folder


def is_plain(name: str) -> bool:
    """Whether a run can have this name: a single path component that is not one of tunebench's files."""
    taken = (
        name.startswith((".", "-", "~")) or name.endswith((_OLD, ".json", ".jsonl")) or name.strip() != name
    )
    return name.isprintable() and bool(name) and not taken and "/" not in name and "\\" not in name


def runs_dir_option(folder: Path, dataset: str) -> list[str]:
    """``--runs-dir`` of another command for the runs folder that a run is in; empty if it is the default.

    Args:
        folder: The run's.
        dataset: The data set's name; a run elsewhere than in a folder of this name has been moved.
    """
    runs_dir = folder.parent.parent
    if folder.parent.name != dataset or runs_dir.resolve() == Path(FinalOptions.runs_dir).resolve():
        return []
    return ["--runs-dir", typed(runs_dir)]


def clear(folder: Path) -> None:
    """Delete the files of an earlier run; nothing else in the folder is touched."""
    for pattern in _WRITTEN:
        for path in folder.glob(pattern):
            # A folder of that name is not tunebench's.
            if path.is_symlink() or not path.is_dir():
                path.unlink()
    shutil.rmtree(folder / TUNER, ignore_errors=True)


@contextlib.contextmanager
def owned(folder: Path) -> Iterator[None]:
    """Keep other processes out of the folder; the system releases the lock when its owner ends.

    The folder is made if it is missing, and removed again if nothing was written to it.
    What an interrupted ``--fresh`` left is put in order before and after: see :func:`set_aside`.

    Raises:
        RunFolderError: Another process is using it, or it cannot be made. Later, when a file is written: the
            folder has been deleted or replaced meanwhile.
    """
    path = folder.with_name(f".{folder.name}.lock")
    try:
        lock = FileLock(path).acquire(blocking=False)
    except Timeout as error:
        raise RunFolderError(
            f"Another tunebench process is using {folder}. Wait for it or stop it, or use another --name."
        ) from error
    except OSError as error:
        raise RunFolderError(
            f"{path} cannot be opened: {error.strerror}. Expected an empty file that tunebench creates; move "
            "away what is there, then run the command again."
        ) from error
    with lock:
        # Under the lock, as another command may just have removed it.
        made = not folder.exists()
        files.make_folder(folder)
        _settle(folder)
        files.claim(folder, path)
        # Of a process that was killed.
        for unfinished in folder.glob(files.UNFINISHED):
            if not unfinished.is_dir():
                files.remove(unfinished)
        try:
            yield
        finally:
            same = files.release(folder)
            _settle(folder)
            if same and made:
                # A folder that is not empty cannot be removed.
                with contextlib.suppress(OSError):
                    folder.rmdir()
                    path.unlink()


def set_aside(folder: Path) -> None:
    """Move an earlier run to ``<name>.old``, so that another can start in the folder, which must be owned.

    It is deleted when the new run is complete. If the new one's command ends without a finished trial or
    training, also by a kill, the earlier run comes back. Until then it stays: a second ``--fresh`` replaces
    only the new run.

    Raises:
        RunFolderError: The folder cannot be moved.
    """
    old = _old(folder)
    if is_empty(folder) or _is_set_aside(old):
        clear(folder)
        return
    if old.is_symlink() or old.exists():
        raise RunFolderError(
            f"{old} is in the way: {folder} would be moved there until the new run is complete. Move it "
            "away, or use another --name."
        )
    try:
        (folder / _MARK).touch()
        folder.replace(old)
    except OSError as error:
        raise RunFolderError(
            f"{folder} cannot be moved to {old}: {error.strerror}. Move it yourself, or use another --name."
        ) from error
    files.make_folder(folder)
    files.renew(folder)


def has_results(folder: Path) -> bool:
    """Whether a trial or a training has finished in a folder."""
    return any(path.is_file() and path.stat().st_size > 0 for path in (folder / LEDGER, folder / FINALS))


def is_empty(folder: Path) -> bool:
    """Whether a folder holds no run: neither a result nor a record."""
    return not has_results(folder) and not (folder / RECORD).exists()


def check_kind(folder: Path, *, baseline: bool) -> None:
    """Refuse to overwrite a search by a baseline, or the reverse.

    Raises:
        RunFolderError: The folder holds a run of the other kind.
    """
    if is_empty(folder):
        return
    is_search = (folder / LEDGER).exists() or (folder / FINGERPRINT).exists()
    if is_search == baseline:
        there, here = ("search", "baseline") if baseline else ("baseline", "search")
        raise RunFolderError(
            f"{folder} holds a {there}, which a {here} would overwrite. Use another --name to keep both, or "
            "--fresh to replace it."
        )


def is_replaced(folder: Path) -> bool:
    """Whether a folder holds a run that :func:`set_aside` has moved, and the new one is complete."""
    current = folder.with_name(folder.name.removesuffix(_OLD))
    return _is_set_aside(folder) and (current / RECORD).exists()


def set_aside_for(folder: Path) -> Path | None:
    """Where the run is that :func:`set_aside` has moved out of a folder; ``None`` if there is none."""
    old = _old(folder)
    return old if _is_set_aside(old) else None


def _is_set_aside(folder: Path) -> bool:
    return folder.name.endswith(_OLD) and not folder.is_symlink() and (folder / _MARK).is_file()


def _old(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}{_OLD}")


def _settle(folder: Path) -> None:
    """Delete what :func:`set_aside` has moved if the new run is complete; put it back if that has nothing."""
    old = _old(folder)
    if not _is_set_aside(old):
        (folder / _MARK).unlink(missing_ok=True)
        return
    complete = (folder / RECORD).exists()
    if not complete and has_results(folder):
        _log.warning("The earlier run is kept in %s until this one is complete.", old)
        return
    if not complete:
        _log.warning("The earlier run is back in %s, because the new one has no result.", folder)
    replaced, kept = (old, folder) if complete else (folder, old)
    clear(replaced)
    # What the user added to the run stays, under another name if there are two of one name.
    for path in [*replaced.iterdir()]:
        name = path.name
        while (kept / name).exists():
            name += _OLD
        path.rename(kept / name)
    replaced.rmdir()
    (kept / _MARK).unlink(missing_ok=True)
    kept.rename(folder)


def model(folder: Path, seed: int) -> Path:
    """The saved final model of a seed."""
    return folder / f"model-{seed}.keras"


def predictions(folder: Path, seed: int) -> Path:
    """The test predictions of a seed's final model."""
    return folder / f"predictions-{seed}.npz"
