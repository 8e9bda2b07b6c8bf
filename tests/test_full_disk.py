"""A full disk gives a one-line error; finished results are kept, and the same command resumes."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import tunebench
from tests.small import TINY_SPACE, write_space
from tunebench.errors import RunFolderError
from tunebench.runs import Run
from tunebench.tuning.ledger import Ledger

if sys.platform == "win32":
    pytest.skip("Windows has no such limits", allow_module_level=True)

import resource

pytestmark = pytest.mark.slow

# With the optimizer's moments in the state, and without tracing.
SPACE = TINY_SPACE.replace('metrics=["accuracy"]\n', 'metrics=["accuracy"], run_eagerly=True\n')


@contextlib.contextmanager
def _largest_file(size: int) -> Iterator[None]:
    """No file may grow beyond a size: the system refuses as it does on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _search(folder: Path, **settings: Any) -> Run:
    small: dict[str, Any] = {"train_size": 100, "test_size": 50, "seeds": 1, "trials": 1, "epochs": 1}
    small |= {"confirm": 1, **settings}
    # Written once: the limit also holds for the space's own file.
    space = folder / "tiny.py"
    if not space.exists():
        write_space(folder, SPACE)
    return tunebench.search(str(space), dataset="digits", runs_dir=folder / "runs", **small)


def _check_refused(folder: Path, size: int, name: str, **settings: Any) -> None:
    with _largest_file(size), pytest.raises(RunFolderError) as refused:
        _search(folder, **settings)
    message = str(refused.value)
    assert "\n" not in message
    assert name in message
    assert "cannot be written" in message
    assert "free some space" in message


def test_no_room_for_a_final_model_and_then_for_a_trial(tmp_path: Path) -> None:
    """Finished trials are kept without half a line or half a model, and are not trained again."""
    folder = tmp_path / "runs" / "digits" / "tiny"
    ledger = folder / "trials.jsonl"
    _check_refused(tmp_path, 8_000, "model-0.keras")
    before = ledger.read_bytes()
    assert {path.name for path in folder.iterdir()} == {"search.json", "trials.jsonl"}
    _check_refused(tmp_path, len(before) + 20, "trials.jsonl", trials=2)
    assert ledger.read_bytes() == before
    kept = Ledger.open(ledger).records
    run = _search(tmp_path, trials=2)
    assert len(run.trial_records) == 2
    assert list(run.trial_records)[:1] == kept


def test_no_room_for_a_state(tmp_path: Path) -> None:
    """The trial whose state could not be saved is trained again, not recorded as failed."""
    settings = {"tuner": "hyperband", "epochs": 3}
    _check_refused(tmp_path, 8_000, "state-0000.npz", **settings)
    run = _search(tmp_path, **settings)
    assert run.trial_records[0].status == "completed"
