"""A disk that is full: one line, what is finished is kept, and the search goes on when there is room."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import tunebench
from tests.small import write_space
from tunebench.errors import RunFolderError
from tunebench.runs import Run
from tunebench.tuning.ledger import Ledger

if sys.platform == "win32":
    pytest.skip("such limits are Unix'", allow_module_level=True)

import resource

pytestmark = pytest.mark.slow


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
    return tunebench.search(
        str(write_space(folder)),
        dataset="digits",
        train_size=300,
        test_size=100,
        seeds=1,
        runs_dir=folder / "runs",
        **{"trials": 2, "epochs": 1, **settings},
    )


def _refused(folder: Path, size: int, name: str, **settings: Any) -> None:
    with _largest_file(size), pytest.raises(RunFolderError) as refused:
        _search(folder, **settings)
    message = str(refused.value)
    assert "\n" not in message
    assert name in message
    assert "cannot be written" in message
    assert "free some space" in message


def test_no_room_for_the_next_trials_line(tmp_path: Path) -> None:
    """Half a line would be in the way of the next, or the trials before it be lost."""
    _search(tmp_path)
    ledger = tmp_path / "runs" / "digits" / "tiny" / "trials.jsonl"
    before = ledger.read_bytes()
    _refused(tmp_path, len(before) + 20, "trials.jsonl", trials=3)
    assert ledger.read_bytes() == before
    run = _search(tmp_path, trials=3)
    assert len(run.trials) == 3
    assert ledger.read_bytes().startswith(before)


def test_no_room_for_a_final_model(tmp_path: Path) -> None:
    """The trials would be trained again, or half a model be left."""
    _refused(tmp_path, 8_000, "model-0.keras")
    folder = tmp_path / "runs" / "digits" / "tiny"
    trials = Ledger.open(folder / "trials.jsonl").records
    assert len(trials) == 2
    left = {path.name for path in folder.iterdir()}
    assert left == {".owner", "search.json", "trials.jsonl", "tuner"}
    assert list(_search(tmp_path).trial_records) == trials


def test_no_room_for_a_state(tmp_path: Path) -> None:
    """The trial would be called failed, for good."""
    settings = {"tuner": "hyperband", "trials": 1, "epochs": 3}
    _refused(tmp_path, 8_000, "state-0000.npz", **settings)
    run = _search(tmp_path, **settings)
    assert run.trial_records[0].status == "completed"
