"""Each file of a run is damaged: it is repaired, or refused in one line, and nothing finished is lost.

``docs/damage.md`` has the same table in words; change both together. A damage that would only repeat a
training, with the same outcome as another of the table, is left out.
"""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import tunebench
from tests.damage import DAMAGES
from tests.small import UNTRACED_SPACE, write_space
from tests.synthetic_timings import time_again
from tunebench.errors import RecordError, RunFolderError, SearchError, TunebenchError
from tunebench.runs import Run, read_run, run_folder

pytestmark = pytest.mark.slow

TRIALS = 2
# What the same command does: nothing; it writes the record again; it trains again.
SAME, RECORD, TRIALS_AGAIN, FINALS_AGAIN = "same", "record", "trials", "finals"
Outcome = str | type[TunebenchError]
ANY = tuple(DAMAGES)
BINARY = tuple(damage for damage in DAMAGES if damage not in {"other type", "later version"})
PREDICTIONS, MODEL = "predictions-0.npz", "model-0.keras"


def _row(outcomes: dict[str | tuple[str, ...], Outcome]) -> dict[str, Outcome]:
    """The outcome of each damage; later entries win."""
    row: dict[str, Outcome] = {}
    for damages, outcome in outcomes.items():
        row |= dict.fromkeys([damages] if isinstance(damages, str) else damages, outcome)
    return row


SEARCHED_AGAIN = {
    run_folder.LEDGER: _row(
        {
            ("cut", "absent"): TRIALS_AGAIN,
            ("swapped", "random", "other type"): SearchError,
            "later version": SAME,
            ("folder", "broken link"): RunFolderError,
        }
    ),
    # The best trials are trained again with the same scores, which leaves the record as it was.
    run_folder.CONFIRMATIONS: _row(
        {
            "cut": RECORD,
            "swapped": SearchError,
            "later version": SAME,
            "folder": RunFolderError,
        }
    ),
    run_folder.FINGERPRINT: _row({("cut", "other type", "later version", "folder", "absent"): SearchError}),
    run_folder.FINALS: _row(
        {
            "cut": FINALS_AGAIN,
            "later version": SAME,
            ("folder", "broken link"): RunFolderError,
        }
    ),
    run_folder.RECORD: _row(
        {("cut", "later version", "broken link", "absent"): RECORD, "folder": RunFolderError}
    ),
    run_folder.TIMING: _row({("cut", "folder", "absent"): SAME}),
    PREDICTIONS: _row({"cut": FINALS_AGAIN, "folder": RunFolderError}),
    MODEL: _row({"absent": FINALS_AGAIN, "folder": RunFolderError}),
}
# What `compare` shows: the complete run; less, with a line that says so; nothing, because it is refused.
COMPLETE, LESS = "complete", "less"
COMPARED = {
    run_folder.LEDGER: _row({ANY: LESS, "later version": COMPLETE}),
    run_folder.CONFIRMATIONS: _row({("cut", "folder", "absent"): COMPLETE}),
    run_folder.FINGERPRINT: _row({ANY: COMPLETE}),
    run_folder.FINALS: _row({ANY: COMPLETE}),
    run_folder.RECORD: _row({ANY: RecordError, ("folder", "broken link", "absent"): RunFolderError}),
    run_folder.TIMING: _row({ANY: LESS, ("absent", "broken link"): COMPLETE}),
    PREDICTIONS: _row({BINARY: LESS}),
    MODEL: _row({BINARY: COMPLETE}),
}


def _search(space: Path, runs: Path) -> Run:
    small: dict[str, Any] = {"train_size": 200, "test_size": 100, "epochs": 1, "seeds": 1, "trials": TRIALS}
    return tunebench.search(str(space), dataset="digits", runs_dir=runs, **small)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run with every file that there can be."""
    folder = tmp_path_factory.mktemp("finished")
    run = _search(write_space(folder, UNTRACED_SPACE), folder / "runs")
    time_again(run.folder, [2.0])
    return Run(run.folder, run.record)


def _damaged(finished: Run, tmp_path: Path, name: str, damage: str) -> Path:
    """The folder of a copy of the run, one file of which is damaged."""
    shutil.copytree(finished.folder.parents[1], tmp_path / "runs")
    folder = tmp_path / "runs" / "digits" / "tiny"
    DAMAGES[damage](folder / name)
    return folder


def _contents(folder: Path) -> dict[str, bytes | str | None]:
    """The content of each file, and the target of each link; folders have none."""
    return {
        str(path.relative_to(folder)): str(path.readlink())
        if path.is_symlink()
        else (path.read_bytes() if path.is_file() else None)
        for path in folder.rglob("*")
    }


def _check_one_line(error: BaseException, *names: str) -> None:
    message = str(error)
    assert "\n" not in message
    assert all(name in message for name in names), message
    # What happened, and how to fix it.
    assert message.count(". ") >= 1
    assert message.endswith(".")


@pytest.mark.parametrize(
    ("name", "damage"), [(name, each) for name in SEARCHED_AGAIN for each in SEARCHED_AGAIN[name]]
)
def test_the_same_command_repairs_or_refuses(name: str, damage: str, finished: Run, tmp_path: Path) -> None:
    """Nothing is trained that was not in the damaged file, and other files stay as they are."""
    space, runs = finished.folder.parents[2] / "tiny.py", tmp_path / "runs"
    folder = _damaged(finished, tmp_path, name, damage)
    before = _contents(folder)
    expected = SEARCHED_AGAIN[name][damage]
    if isinstance(expected, type):
        with pytest.raises(expected) as refused:
            _search(space, runs)
        _check_one_line(refused.value, str(folder))
        assert refused.type is expected
        # A folder in place of a final training's file is found when the training is finished.
        trained = {run_folder.RECORD, run_folder.TIMING, MODEL} if name in {PREDICTIONS, MODEL} else set()
        after = _contents(folder)
        assert {key: after.get(key) for key in before if key not in trained} == {
            key: before[key] for key in before if key not in trained
        }
        return
    run = _search(space, runs)
    repaired = _contents(folder)
    if expected == SAME:
        assert repaired == before
        return
    assert (len(run.trial_records), len(run.record.finals)) == (TRIALS, 1)
    # What was not in the damaged file is unchanged, times included.
    if expected != TRIALS_AGAIN:
        assert run.trial_records == finished.trial_records
    assert (run.record.finals == finished.record.finals) == (expected != FINALS_AGAIN)
    if expected == RECORD:
        written = {key: getattr(finished.record, key) for key in ("started_at", "finished_at")}
        if name == run_folder.CONFIRMATIONS:
            # They are trained again, which takes another time.
            assert run.record.search is not None
            assert finished.record.search is not None
            seconds = finished.record.search.seconds
            written["search"] = replace(run.record.search, seconds=seconds)
        assert replace(run.record, **written) == finished.record
    assert run.predictions(0).correct.mean() == run.record.finals[0].test_accuracy
    # Then the command has nothing left to do.
    _search(space, runs)
    assert _contents(folder) == repaired


@pytest.mark.parametrize(("name", "damage"), [(name, each) for name in COMPARED for each in COMPARED[name]])
def test_a_comparison_says_what_is_missing(name: str, damage: str, finished: Run, tmp_path: Path) -> None:
    """A damaged file costs a comparison its own figures only, and is not changed."""
    folder = _damaged(finished, tmp_path, name, damage)
    before = _contents(folder)
    expected = COMPARED[name][damage]
    if isinstance(expected, type):
        with pytest.raises(expected) as refused:
            read_run(folder)
        _check_one_line(refused.value, name)
    else:
        run = read_run(folder)
        assert run.record == finished.record
        problems = []
        for read in (lambda: run.trial_records, lambda: run.timing, lambda: run.predictions(0)):
            try:
                read()
            except RecordError as error:
                _check_one_line(error, name)
                problems.append(str(error))
        assert len(problems) == (expected == LESS)
    assert _contents(folder) == before
