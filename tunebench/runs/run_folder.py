"""The files of a run, and its folder: created, cleared and locked."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from tunebench import files
from tunebench.errors import RunFolderError
from tunebench.home import expand

FINGERPRINT = "search.json"
LEDGER = "trials.jsonl"
CONFIRMATIONS = "confirmations.jsonl"
FINALS = "finals.jsonl"
RECORD = "run.json"
TIMING = "timing.json"
TUNER = "tuner"
_OWNER = ".owner"
_MODELS = "model-*.keras"
_PREDICTIONS = "predictions-*.npz"


def prepare(runs_dir: Path, dataset: str, name: str) -> Path:
    """Make the folder ``runs_dir/dataset/name``.

    Args:
        runs_dir: The runs folder.
        dataset: The data set's name.
        name: The run's name, a single path component.

    Returns:
        The folder.

    Raises:
        RunFolderError: It cannot be written, or the name is not a plain name.
    """
    if not name.isprintable() or name in {"", ".", ".."} or "/" in name or "\\" in name:
        raise RunFolderError(f"A run cannot be called {name!r}. Expected a plain name, such as cnn3-wide.")
    return files.make_folder(expand(runs_dir) / dataset / name)


def clear(folder: Path) -> None:
    """Delete the files of an earlier run; nothing else in the folder is touched."""
    written = (
        RECORD,
        TIMING,
        FINGERPRINT,
        LEDGER,
        CONFIRMATIONS,
        FINALS,
        _MODELS,
        _PREDICTIONS,
        files.UNFINISHED,
    )
    for pattern in written:
        for path in folder.glob(pattern):
            path.unlink()
    shutil.rmtree(folder / TUNER, ignore_errors=True)


@contextlib.contextmanager
def owned(folder: Path) -> Iterator[None]:
    """Keep other processes out of the folder; the system releases the lock when its owner ends.

    Raises:
        RunFolderError: Another process is using it.
    """
    try:
        lock = FileLock(folder / _OWNER).acquire(blocking=False)
    except Timeout as error:
        raise RunFolderError(
            f"Another tunebench process is using {folder}. Wait for it or stop it, or use another --name."
        ) from error
    except OSError as error:
        raise RunFolderError(
            f"{folder / _OWNER} cannot be opened: {error.strerror}. Expected an empty file that tunebench "
            "creates; move away what is there, then run the command again."
        ) from error
    with lock:
        yield


def model(folder: Path, seed: int) -> Path:
    """The saved final model of a seed."""
    return folder / f"model-{seed}.keras"


def predictions(folder: Path, seed: int) -> Path:
    """The test predictions of a seed's final model."""
    return folder / f"predictions-{seed}.npz"
