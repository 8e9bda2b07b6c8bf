"""Every file of a run, damaged in every way: repaired, or refused in one line, and nothing finished is lost.

The table in ``docs/damage.md`` says the same in words; a row that changes here changes there.
"""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import tunebench
from tests.damage import DAMAGES
from tests.small import PLAIN_SPACE, write_space
from tunebench.errors import RecordError, RunFolderError, SearchError, TunebenchError
from tunebench.runs import Run, read_run, run_folder
from tunebench.runs.timing import RepeatRecord, TimingRecord, write_timing

pytestmark = pytest.mark.slow

TRIALS, SEEDS = 2, 1
# What the same command does: nothing is wrong for it; it writes the record again; it trains again.
SAME, RECORD, TRIALS_AGAIN, FINALS_AGAIN = "same", "record", "trials", "finals"
Outcome = str | type[TunebenchError]
ANY = tuple(DAMAGES)
# Of a binary file; each costs a training.
BINARY = ("empty", "cut", "swapped", "broken link", "absent")
# What a record says of its own writing.
WRITTEN = ("started_at", "finished_at")


def _row(outcomes: dict[str | tuple[str, ...], Outcome]) -> dict[str, Outcome]:
    """The outcome of each damage; later entries win."""
    row: dict[str, Outcome] = {}
    for damages, outcome in outcomes.items():
        row |= dict.fromkeys([damages] if isinstance(damages, str) else damages, outcome)
    return row


SEARCHED_AGAIN = {
    run_folder.LEDGER: _row(
        {
            ANY: SearchError,
            ("empty", "cut", "absent"): TRIALS_AGAIN,
            "later version": SAME,
            ("folder", "broken link"): RunFolderError,
        }
    ),
    run_folder.FINGERPRINT: _row({ANY: SearchError}),
    run_folder.FINALS: _row(
        {ANY: FINALS_AGAIN, "later version": SAME, ("folder", "broken link"): RunFolderError}
    ),
    run_folder.RECORD: _row({ANY: RECORD, "folder": RunFolderError}),
    run_folder.TIMING: _row({ANY: SAME}),
    "predictions-0.npz": _row({BINARY: FINALS_AGAIN, "folder": RunFolderError}),
    "model-0.keras": _row({BINARY: FINALS_AGAIN, "folder": RunFolderError}),
    ".owner": _row({("random", "absent"): SAME, ("folder", "broken link"): RunFolderError}),
}
# What `compare` makes of it: the run is as it was; a line says what it goes without; it is refused.
WHOLE, LESS = "whole", "less"
COMPARED = {
    run_folder.LEDGER: _row({ANY: LESS, "later version": WHOLE}),
    run_folder.FINGERPRINT: _row({ANY: WHOLE}),
    run_folder.FINALS: _row({ANY: WHOLE}),
    run_folder.RECORD: _row({ANY: RecordError, ("folder", "broken link", "absent"): RunFolderError}),
    run_folder.TIMING: _row({ANY: LESS, ("absent", "broken link"): WHOLE}),
    "predictions-0.npz": _row({(*BINARY, "folder"): LESS}),
    "model-0.keras": _row({(*BINARY, "folder"): WHOLE}),
    ".owner": _row({("random", "folder", "broken link", "absent"): WHOLE}),
}
CASES = [(name, damage) for name, row in SEARCHED_AGAIN.items() for damage in row]


def _search(space: Path, runs: Path) -> Run:
    settings: dict[str, Any] = {"dataset": "digits", "train_size": 300, "test_size": 100, "epochs": 1}
    return tunebench.search(str(space), trials=TRIALS, seeds=SEEDS, runs_dir=runs, **settings)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A real run with every file that there can be."""
    folder = tmp_path_factory.mktemp("finished")
    run = _search(write_space(folder, PLAIN_SPACE), folder / "runs")
    record = run.record
    repeat = RepeatRecord(
        seed=0, train_seconds=2, prefix_seconds=0, setup_seconds=1, fit_seconds=1, epochs=1, history={}
    )
    timing = TimingRecord(
        dataset_sha256=record.dataset.sha256,
        hyperparameters=record.hyperparameters,
        environment=record.environment,
        repeats=[repeat],
        started_at=record.started_at,
        finished_at=record.finished_at,
    )
    write_timing(run.folder, timing)
    return Run(run.folder, record)


def _copy(finished: Run, tmp_path: Path) -> tuple[Path, Path]:
    """Its space and a copy of its folder."""
    shutil.copytree(finished.folder.parents[1], tmp_path / "runs")
    return finished.folder.parents[2] / "tiny.py", tmp_path / "runs" / "digits" / "tiny"


def _contents(folder: Path) -> dict[str, bytes | str | None]:
    """What every file holds, what a link leads to; folders are there or not."""
    return {
        str(path.relative_to(folder)): str(path.readlink())
        if path.is_symlink()
        else (path.read_bytes() if path.is_file() else None)
        for path in folder.rglob("*")
    }


def _one_line(error: BaseException, *names: str) -> None:
    message = str(error)
    assert "\n" not in message
    assert all(name in message for name in names), message
    # What happened, and how to mend it.
    assert message.count(". ") >= 1
    assert message.endswith(".")


@pytest.mark.parametrize(("name", "damage"), CASES)
def test_the_same_command_repairs_or_refuses(name: str, damage: str, finished: Run, tmp_path: Path) -> None:
    """A traceback, or hours of training thrown away in silence."""
    space, folder = _copy(finished, tmp_path)
    DAMAGES[damage](folder / name)
    before = _contents(folder)
    expected = SEARCHED_AGAIN[name][damage]
    if isinstance(expected, type):
        with pytest.raises(expected) as refused:
            _search(space, tmp_path / "runs")
        _one_line(refused.value, str(folder))
        assert type(refused.value) is expected
        kept = _contents(folder)
        # A final training is made again before its folder turns out to be in the way.
        again = {run_folder.RECORD, run_folder.TIMING} if name.startswith(("model", "pred")) else set()
        assert {key: kept.get(key) for key in before if key not in again | _remade(name)} == {
            key: before[key] for key in before if key not in again | _remade(name)
        }
        return
    run = _search(space, tmp_path / "runs")
    assert run.record.search is not None
    assert (len(run.trial_records), len(run.record.finals)) == (TRIALS, SEEDS)
    # What was not in the damaged file is as it was, times included.
    if expected != TRIALS_AGAIN:
        assert run.trial_records == finished.trial_records
    assert (run.record.finals == finished.record.finals) == (expected != FINALS_AGAIN)
    if expected == RECORD:
        written = replace(run.record, **{name: getattr(finished.record, name) for name in WRITTEN})
        assert written == finished.record
    else:
        assert (run.record == finished.record) == (expected == SAME)
    assert run.predictions(0).correct.mean() == run.record.finals[0].test_accuracy
    # And now all is well: once more, and nothing is trained or written.
    mended = _contents(folder)
    _search(space, tmp_path / "runs")
    assert _contents(folder) == mended


def _remade(name: str) -> set[str]:
    """The other file of a final training that is trained again, in vain."""
    return {"model-0.keras"} if name.startswith("predictions") else set()


@pytest.mark.parametrize(("name", "damage"), CASES)
def test_a_comparison_says_what_it_goes_without(
    name: str, damage: str, finished: Run, tmp_path: Path
) -> None:
    """One damaged file would end the comparison of all runs, or figures would be missing in silence."""
    _, folder = _copy(finished, tmp_path)
    DAMAGES[damage](folder / name)
    before = _contents(folder)
    expected = COMPARED[name][damage]
    if isinstance(expected, type):
        with pytest.raises(expected) as refused:
            read_run(folder)
        _one_line(refused.value, name)
    else:
        run = read_run(folder)
        assert run.record == finished.record
        problems = []
        for read in (lambda: run.trial_records, lambda: run.timing, lambda: run.predictions(0)):
            try:
                read()
            except RecordError as error:
                _one_line(error, name)
                problems.append(str(error))
        assert len(problems) == (expected == LESS)
    assert _contents(folder) == before
