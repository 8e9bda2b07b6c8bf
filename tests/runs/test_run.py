"""Runs are found, read and checked; files that are damaged as a whole: ``tests/test_damaged_files.py``."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from tests import strategies
from tests.synthetic_runs import Data, Model, write_run, write_runs
from tunebench.errors import RecordError, RunFolderError
from tunebench.record_json import to_json
from tunebench.records import RunRecord
from tunebench.runs import find_runs, read_run, select_runs

SMALL = Model(name="cnn1", accuracy=0.6, seconds=5.0, trials=7, seeds=2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run's folder."""
    return write_run(tmp_path / "cifar10" / "cnn1", SMALL, Data(test_size=50))


def change(folder: Path, **fields: object) -> None:
    """Write other values into a run's record."""
    path = folder / "run.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def test_a_run_is_read_by_its_folder_or_its_record(folder: Path) -> None:
    """The path may be the folder or run.json, as a shell completes it."""
    assert read_run(folder).record == read_run(folder / "run.json").record
    assert read_run(folder / "run.json").folder == folder


def test_trials_become_a_table_with_their_hyperparameters(folder: Path) -> None:
    """The columns of hyperparameters begin with hp., so that none hides another column."""
    table = read_run(folder).trials
    assert len(table) == SMALL.trials
    assert list(table["trial_id"]) == [str(number) for number in range(SMALL.trials)]
    assert {"hp.learning_rate", "fit_seconds", "elapsed_seconds"} <= set(table.columns)
    assert table["score"].isna().sum() == 1


def test_a_baseline_has_no_trials(tmp_path: Path) -> None:
    """Its table has the usual columns and no rows."""
    run = read_run(write_run(tmp_path / "base", Model(name="base", accuracy=0.5, seconds=3, tuned=False)))
    assert run.trial_records == ()
    assert "score" in run.trials.columns


def test_a_cut_off_last_line_of_the_ledger_is_ignored(folder: Path) -> None:
    """A line that a crash cut off does not count; all before it do."""
    path = folder / "trials.jsonl"
    content = path.read_bytes()
    path.write_bytes(content + content[:30])
    assert len(read_run(folder).trial_records) == SMALL.trials


@pytest.mark.parametrize("cut", [30, 10_000_000])
def test_a_ledger_without_some_of_the_trials_is_refused(folder: Path, cut: int) -> None:
    """A ledger with fewer trials than the record says is refused."""
    path = folder / "trials.jsonl"
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(RecordError, match=rf"holds \d of the {SMALL.trials} trials .* command again"):
        _ = read_run(folder).trial_records


def test_a_last_line_without_its_break_is_complete(folder: Path) -> None:
    """A missing line break at the end loses no trial."""
    path = folder / "trials.jsonl"
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert len(read_run(folder).trial_records) == SMALL.trials


def test_a_damaged_line_in_the_middle_is_named(folder: Path) -> None:
    """The message has the line's number."""
    path = folder / "trials.jsonl"
    lines = path.read_bytes().split(b"\n")
    lines[2] = lines[2][:20]
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(RecordError, match="Line 3 of"):
        _ = read_run(folder).trial_records


def test_predictions_come_with_their_labels(folder: Path) -> None:
    """Their accuracy is the one in the record."""
    run = read_run(folder)
    predictions = run.predictions(1)
    assert predictions.labels.dtype == np.int64
    assert predictions.probabilities.shape == (50, 10)
    assert predictions.correct.mean() == pytest.approx(run.record.finals[1].test_accuracy)


LABELS = np.zeros(50, dtype=np.int64)
PROBABILITIES = np.full((50, 10), 0.1, dtype=np.float32)


@pytest.mark.parametrize(
    ("arrays", "what"),
    [
        ({"labels": LABELS}, "damaged"),
        ({"labels": LABELS[:9], "probabilities": PROBABILITIES}, "shape"),
        ({"labels": LABELS, "probabilities": PROBABILITIES[:, :3]}, "shape"),
        ({"labels": LABELS + 10, "probabilities": PROBABILITIES}, "outside"),
        ({"labels": LABELS, "probabilities": PROBABILITIES * np.nan}, "not probabilities"),
        ({"labels": LABELS, "probabilities": -PROBABILITIES}, "not probabilities"),
        ({"labels": LABELS.astype(object), "probabilities": PROBABILITIES}, "damaged"),
    ],
)
def test_foreign_predictions_are_refused(folder: Path, arrays: dict[str, Any], what: str) -> None:
    """Shapes, labels and probabilities must be those of the run; pickled arrays are not loaded."""
    np.savez(folder / "predictions-0.npz", **arrays)
    with pytest.raises(RecordError, match=what):
        read_run(folder).predictions(0)


def test_altered_predictions_are_refused(folder: Path) -> None:
    """Bytes that were changed in the middle of the archive are noticed."""
    path = folder / "predictions-0.npz"
    content = bytearray(path.read_bytes())
    middle = slice(len(content) // 2, len(content) // 2 + 40)
    content[middle] = bytes(byte ^ 0xFF for byte in content[middle])
    path.write_bytes(content)
    with pytest.raises(RecordError, match=r"predictions-0\.npz is damaged"):
        read_run(folder).predictions(0)


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"format_version": 2}, "has format 2"),
        ({"finals": []}, "no final training"),
        ({"kind": "else"}, "not a readable RunRecord"),
        ({"dataset": None}, "not a readable RunRecord"),
        ({"hyperparameters": {"units": [1]}}, "not a readable RunRecord"),
        ({"hyperparameters": {"units": 10**400}}, "hyperparameters"),
    ],
)
def test_foreign_records_are_refused(folder: Path, fields: dict[str, object], what: str) -> None:
    """Another format, a missing part, or a value of another type; the message is one line."""
    change(folder, **fields)
    with pytest.raises(RecordError, match=what) as caught:
        read_run(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("dataset", "test_size", 0),
        ("dataset", "class_names", []),
        ("finals", "train_seconds", -1),
        ("finals", "train_seconds", 1e308),
        ("finals", "model_bytes", 10**400),
        ("finals", "history", {"val_accuracy": [1e308]}),
        ("finals", "test_accuracy", float("nan")),
    ],
)
def test_impossible_figures_are_refused(folder: Path, part: str, name: str, value: object) -> None:
    """Figures that no run can have, such as a negative time, are not compared."""
    record = json.loads((folder / "run.json").read_text())
    for each in record[part] if isinstance(record[part], list) else [record[part]]:
        each[name] = value
    (folder / "run.json").write_text(json.dumps(record))
    with pytest.raises(RecordError, match="RunRecord" if value != value else name):  # noqa: PLR0124 (not a number)
        read_run(folder)


def test_a_seed_counts_once(folder: Path) -> None:
    """A record with two final trainings of one seed is refused: they are not two repeats."""
    final = json.loads((folder / "run.json").read_text())["finals"][0]
    change(folder, finals=[final, final])
    with pytest.raises(RecordError, match="with one seed"):
        read_run(folder)


def test_an_unknown_folder_and_one_without_a_record(tmp_path: Path) -> None:
    """The messages distinguish a wrong path from an unfinished search."""
    with pytest.raises(RunFolderError, match="There is no run at"):
        read_run(tmp_path / "nowhere")
    with pytest.raises(RunFolderError, match=r"has no run\.json"):
        read_run(tmp_path)


def test_all_runs_below_a_folder_are_found(tmp_path: Path) -> None:
    """Runs of all data sets, at any depth; a folder of runs can also be named."""
    expected = write_runs(tmp_path) + write_runs(more := tmp_path / "more", data=Data(name="digits"))
    assert find_runs(tmp_path) == sorted(expected)
    assert {run.record.dataset.name for run in select_runs([more], tmp_path).runs} == {"digits"}
    linked = tmp_path / "linked"
    linked.mkdir()
    (linked / "again").symlink_to(expected[0])
    (linked / "circle").symlink_to(tmp_path)
    assert [run.folder for run in select_runs([linked / "again"], tmp_path).runs] == [linked / "again"]
    assert find_runs(linked)[0] == linked / "again"
    assert len(find_runs(tmp_path)) == len(expected)


def test_an_unknown_or_empty_runs_folder_says_what_to_do(tmp_path: Path) -> None:
    """The message names the command to run first."""
    for path, what in ((tmp_path / "nowhere", "no runs folder"), (tmp_path, "has no finished run")):
        with pytest.raises(RunFolderError, match=what) as caught:
            find_runs(path)
        assert "tunebench search" in str(caught.value)


def test_a_damaged_run_is_named_and_the_others_kept(tmp_path: Path) -> None:
    """A damaged run gives a line; the others are selected."""
    folders = write_runs(tmp_path)
    (folders[1] / "run.json").write_text("{")
    selection = select_runs([], tmp_path)
    assert [run.record.name for run in selection.runs] == ["cnn1", "cnn3", "mobilenet_v2"]
    assert len(selection.problems) == 1
    assert str(folders[1]) in selection.problems[0]


def test_no_readable_run_is_an_error(tmp_path: Path) -> None:
    """If no run can be read, there is nothing to compare."""
    folders = write_runs(tmp_path)
    for folder in folders:
        (folder / "run.json").write_text("{")
    with pytest.raises(RecordError, match="None of the 4 runs can be read"):
        select_runs([], tmp_path)
    with pytest.raises(RecordError, match="not a readable RunRecord"):
        select_runs(folders[:1], tmp_path)


def test_a_run_named_twice_is_compared_once(tmp_path: Path) -> None:
    """Different paths to one folder are one run."""
    folder = write_runs(tmp_path)[0]
    selection = select_runs([folder, folder / "run.json", folder / ".." / "cnn1"], tmp_path)
    assert len(selection.runs) == 1


@given(record=strategies.runs)
def test_every_record_that_can_be_written_can_be_read(
    tmp_path_factory: pytest.TempPathFactory, record: RunRecord
) -> None:
    """Reading gives back what was written, whatever the names and figures are."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "run.json").write_bytes(to_json(record, indent=2))
    assert read_run(folder).record == record
