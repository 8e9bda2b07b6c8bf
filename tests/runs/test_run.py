"""Runs are found, read and checked; what is damaged or foreign is named in one line."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from tests import strategies
from tests.synthetic_runs import Data, Model, write_run, write_runs
from tunebench.errors import RecordError, RunFolderError
from tunebench.records import RunRecord, to_json
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
    """Naming run.json itself, as a shell's completion does, would fail."""
    assert read_run(folder).record == read_run(folder / "run.json").record
    assert read_run(folder / "run.json").folder == folder


def test_trials_become_a_table_with_their_hyperparameters(folder: Path) -> None:
    """A hyperparameter called like a column, such as epochs, would overwrite it."""
    table = read_run(folder).trials
    assert len(table) == SMALL.trials
    assert list(table["trial_id"]) == [str(number) for number in range(SMALL.trials)]
    assert {"hp.learning_rate", "fit_seconds", "elapsed_seconds"} <= set(table.columns)
    assert table["score"].isna().sum() == 1


def test_a_baseline_has_no_trials(tmp_path: Path) -> None:
    """A baseline writes no ledger; asking for its trials would fail."""
    run = read_run(write_run(tmp_path / "base", Model(name="base", accuracy=0.5, seconds=3, tuned=False)))
    assert run.trial_records == ()
    assert "score" in run.trials.columns


def test_a_torn_last_line_of_the_ledger_is_left_out(folder: Path) -> None:
    """A crash while a trial was written would make the whole run unreadable."""
    path = folder / "trials.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:30])
    assert len(read_run(folder).trial_records) == SMALL.trials


@pytest.mark.parametrize("cut", [30, 10_000_000])
def test_lost_trials_are_named(folder: Path, cut: int) -> None:
    """The page would show a search of no trials, or of fewer than it says."""
    path = folder / "trials.jsonl"
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(RecordError, match=rf"holds \d of the {SMALL.trials} trials .* command again"):
        _ = read_run(folder).trial_records


def test_a_last_line_without_its_break_is_whole(folder: Path) -> None:
    """A crash, or an editor, may have left out nothing else."""
    path = folder / "trials.jsonl"
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert len(read_run(folder).trial_records) == SMALL.trials


def test_a_damaged_line_in_the_middle_is_named(folder: Path) -> None:
    """Silently skipping it would show fewer trials than the search ran."""
    path = folder / "trials.jsonl"
    lines = path.read_bytes().split(b"\n")
    lines[2] = lines[2][:20]
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(RecordError, match="Line 3 of"):
        _ = read_run(folder).trial_records


def test_a_missing_ledger_is_named(folder: Path) -> None:
    """A traceback would end the comparison of all other runs."""
    (folder / "trials.jsonl").unlink()
    with pytest.raises(RecordError, match=r"trials\.jsonl cannot be read"):
        _ = read_run(folder).trial_records


def test_predictions_come_with_their_labels(folder: Path) -> None:
    """Classes and correctness are derived from them everywhere."""
    run = read_run(folder)
    predictions = run.predictions(1)
    assert predictions.labels.dtype == np.int64
    assert predictions.probabilities.shape == (50, 10)
    assert predictions.correct.mean() == pytest.approx(run.record.finals[1].test_accuracy)


GOOD_LABELS = np.zeros(50, dtype=np.int64)
GOOD_PROBABILITIES = np.full((50, 10), 0.1, dtype=np.float32)


@pytest.mark.parametrize(
    ("arrays", "what"),
    [
        ({"labels": GOOD_LABELS}, "damaged"),
        ({"labels": GOOD_LABELS[:9], "probabilities": GOOD_PROBABILITIES}, "shape"),
        ({"labels": GOOD_LABELS, "probabilities": GOOD_PROBABILITIES[:, :3]}, "shape"),
        ({"labels": GOOD_LABELS + 10, "probabilities": GOOD_PROBABILITIES}, "outside"),
        ({"labels": GOOD_LABELS, "probabilities": GOOD_PROBABILITIES * np.nan}, "no probabilities"),
        ({"labels": GOOD_LABELS, "probabilities": -GOOD_PROBABILITIES}, "no probabilities"),
        ({"labels": GOOD_LABELS.astype(object), "probabilities": GOOD_PROBABILITIES}, "damaged"),
    ],
)
def test_foreign_predictions_are_named(folder: Path, arrays: dict[str, Any], what: str) -> None:
    """Wrong arrays would give wrong figures, or a traceback; pickled ones would run foreign code."""
    np.savez(folder / "predictions-0.npz", **arrays)
    with pytest.raises(RecordError, match=what):
        read_run(folder).predictions(0)


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut off", b"\x93NUMPY"])
def test_damaged_predictions_are_named(folder: Path, content: bytes) -> None:
    """A truncated file would end the comparison with a traceback."""
    (folder / "predictions-0.npz").write_bytes(content)
    with pytest.raises(RecordError, match=r"predictions-0\.npz is damaged"):
        read_run(folder).predictions(0)


def test_altered_predictions_are_named(folder: Path) -> None:
    """Flipped bytes inside the archive would be taken for predictions."""
    path = folder / "predictions-0.npz"
    content = bytearray(path.read_bytes())
    for position in range(len(content) // 2, len(content) // 2 + 40):
        content[position] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(RecordError, match="damaged"):
        read_run(folder).predictions(0)


def test_missing_predictions_are_named(folder: Path) -> None:
    """The seed without a file could not be told from one that failed."""
    (folder / "predictions-1.npz").unlink()
    with pytest.raises(RecordError, match=r"predictions-1\.npz is missing"):
        read_run(folder).predictions(1)


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
def test_foreign_records_are_named(folder: Path, fields: dict[str, object], what: str) -> None:
    """Another format, or a field out of its range, would be compared as if it were right."""
    change(folder, **fields)
    with pytest.raises(RecordError, match=what) as caught:
        read_run(folder)
    assert "\n" not in str(caught.value)


def test_a_negative_time_is_no_record(folder: Path) -> None:
    """A negative time would win every comparison."""
    record = json.loads((folder / "run.json").read_text())
    record["finals"][0]["train_seconds"] = -1
    (folder / "run.json").write_text(json.dumps(record))
    with pytest.raises(RecordError, match="train_seconds"):
        read_run(folder)


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("dataset", "test_size", 0),
        ("dataset", "class_names", []),
        ("finals", "train_seconds", 1e308),
        ("finals", "model_bytes", 10**400),
        ("finals", "history", {"val_accuracy": [1e308]}),
    ],
)
def test_figures_that_no_run_has_are_no_record(folder: Path, part: str, name: str, value: object) -> None:
    """A division by zero or an overflow would end the comparison of all other runs."""
    record = json.loads((folder / "run.json").read_text())
    for each in record[part] if isinstance(record[part], list) else [record[part]]:
        each[name] = value
    (folder / "run.json").write_text(json.dumps(record))
    with pytest.raises(RecordError, match=name):
        read_run(folder)


def test_one_seed_is_one_repeat(folder: Path) -> None:
    """A training that is listed twice would count as two repeats that agree."""
    final = json.loads((folder / "run.json").read_text())["finals"][0]
    change(folder, finals=[final, final])
    with pytest.raises(RecordError, match="of one seed"):
        read_run(folder)


def test_not_a_number_is_no_record(folder: Path) -> None:
    """Python writes NaN as a bare word, which is no JSON."""
    record = json.loads((folder / "run.json").read_text())
    record["finals"][0]["test_accuracy"] = float("nan")
    (folder / "run.json").write_text(json.dumps(record))
    with pytest.raises(RecordError, match="not a readable RunRecord"):
        read_run(folder)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"format_version": 1}'])
def test_damaged_records_are_named(folder: Path, content: bytes) -> None:
    """A truncated record would end the comparison with a traceback."""
    (folder / "run.json").write_bytes(content)
    with pytest.raises(RecordError, match=r"run\.json is not a readable RunRecord"):
        read_run(folder)


def test_an_unknown_folder_and_one_without_a_record(tmp_path: Path) -> None:
    """A mistyped path would be taken for an unfinished search, or the other way round."""
    with pytest.raises(RunFolderError, match="There is no run at"):
        read_run(tmp_path / "nowhere")
    with pytest.raises(RunFolderError, match=r"holds no run\.json"):
        read_run(tmp_path)


def test_a_folder_called_like_the_record(folder: Path) -> None:
    """A folder in place of the file would give a traceback."""
    (folder / "run.json").unlink()
    (folder / "run.json").mkdir()
    with pytest.raises(RunFolderError, match="cannot be read"):
        read_run(folder)


def test_all_runs_below_a_folder_are_found(tmp_path: Path) -> None:
    """A run of another data set, a level deeper or beside, would be overlooked."""
    expected = write_runs(tmp_path) + write_runs(tmp_path / "more", data=Data(name="digits"))
    assert find_runs(tmp_path) == sorted(expected)


def test_an_unknown_or_empty_runs_folder_says_what_to_do(tmp_path: Path) -> None:
    """A newcomer who compares before searching would get an empty page."""
    for path, what in ((tmp_path / "nowhere", "no runs folder"), (tmp_path, "holds no finished run")):
        with pytest.raises(RunFolderError, match=what) as caught:
            find_runs(path)
        assert "tunebench search" in str(caught.value)


def test_what_cannot_be_read_is_named_and_the_rest_kept(tmp_path: Path) -> None:
    """One damaged run would stop the comparison of all others."""
    folders = write_runs(tmp_path)
    (folders[1] / "run.json").write_text("{")
    selection = select_runs([], tmp_path)
    assert [run.record.name for run in selection.runs] == ["cnn1", "cnn3", "mobilenet_v2"]
    assert len(selection.problems) == 1
    assert str(folders[1]) in selection.problems[0]


def test_nothing_left_is_an_error(tmp_path: Path) -> None:
    """An empty page would be written."""
    folders = write_runs(tmp_path)
    for folder in folders:
        (folder / "run.json").write_text("{")
    with pytest.raises(RecordError, match="None of the 4 runs can be read"):
        select_runs([], tmp_path)
    with pytest.raises(RecordError, match="not a readable RunRecord"):
        select_runs(folders[:1], tmp_path)


def test_a_run_named_twice_is_compared_once(tmp_path: Path) -> None:
    """A run would be compared with itself and found no different."""
    folder = write_runs(tmp_path)[0]
    selection = select_runs([folder, folder / "run.json", folder / ".." / "cnn1"], tmp_path)
    assert len(selection.runs) == 1


@given(record=strategies.runs)
def test_every_record_that_can_be_written_can_be_read(
    tmp_path_factory: pytest.TempPathFactory, record: RunRecord
) -> None:
    """A name or a figure that JSON bends would make a finished run unreadable."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "run.json").write_bytes(to_json(record, indent=2))
    assert read_run(folder).record == record
