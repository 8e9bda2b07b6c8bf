"""Where a run's files stand, and how a folder is made ready for a run."""

import shutil
from pathlib import Path

from tunebench import files
from tunebench.errors import RunFolderError

FINGERPRINT = "search.json"
LEDGER = "trials.jsonl"
FINALS = "finals.jsonl"
RECORD = "run.json"
TUNER = "tuner"
_MODELS = "model-*.keras"
_PREDICTIONS = "predictions-*.npz"


def prepare(runs_dir: Path, dataset: str, name: str, *, fresh: bool) -> Path:
    """Make the folder ``runs_dir/dataset/name``.

    Args:
        runs_dir: The runs folder.
        dataset: The data set's name.
        name: The run's name, a single path component.
        fresh: Delete the files of an earlier run; nothing else in the folder is touched.

    Returns:
        The folder.

    Raises:
        RunFolderError: It cannot be written, or the name is no plain name.
    """
    if not name or name in {".", ".."} or "/" in name or "\\" in name:
        raise RunFolderError(f"A run cannot be called {name!r}. Expected a plain name, such as cnn3-wide.")
    folder = files.make_folder(runs_dir / dataset / name)
    if fresh:
        for pattern in (FINGERPRINT, LEDGER, FINALS, RECORD, _MODELS, _PREDICTIONS):
            for path in folder.glob(pattern):
                path.unlink()
        shutil.rmtree(folder / TUNER, ignore_errors=True)
    return folder


def model(folder: Path, seed: int) -> Path:
    """The saved final model of a seed."""
    return folder / f"model-{seed}.keras"


def predictions(folder: Path, seed: int) -> Path:
    """The kept test predictions of a seed's final model."""
    return folder / f"predictions-{seed}.npz"
