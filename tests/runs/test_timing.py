"""``timing.json`` is read and checked, and used only if it is of the run's own model."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from tests import strategies
from tests.synthetic_runs import Data, Model, write_run
from tests.synthetic_timings import time_again
from tunebench.errors import RecordError
from tunebench.records import RunRecord
from tunebench.runs import read_run
from tunebench.runs.timing import TimingRecord, read_timing, write_timing


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run that was timed again."""
    folder = write_run(tmp_path / "run", Model(name="cnn1", accuracy=0.6, seconds=5.0), Data(test_size=50))
    time_again(folder, [3.0, 4.0])
    return folder


def change(folder: Path, **fields: object) -> None:
    """Write other values into a run's timing."""
    path = folder / "timing.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def test_a_run_has_its_timing(folder: Path) -> None:
    """A run has the repeats of its timing.json, and no timing without the file."""
    timing = read_run(folder).timing
    assert timing is not None
    assert [(repeat.seed, repeat.train_seconds) for repeat in timing.repeats] == [(0, 3.0), (1, 4.0)]
    (folder / "timing.json").unlink()
    assert read_run(folder).timing is None


@given(timing=strategies.timings, record=strategies.runs)
def test_every_timing_that_can_be_written_can_be_read(
    tmp_path_factory: pytest.TempPathFactory, timing: TimingRecord, record: RunRecord
) -> None:
    """Reading gives back what was written, whatever the figures are."""
    folder = tmp_path_factory.mktemp("run")
    write_timing(folder, timing)
    own = replace(
        record,
        hyperparameters=timing.hyperparameters,
        dataset=replace(record.dataset, sha256=timing.dataset_sha256),
    )
    assert read_timing(folder, own) == timing


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"format_version": 2}, "not a readable TimingRecord"),
        ({"repeats": []}, "not a readable TimingRecord"),
        ({"environment": None}, "not a readable TimingRecord"),
        ({"dataset_sha256": "0"}, "other images or hyperparameters"),
        ({"hyperparameters": {"units": 1}}, "other images or hyperparameters"),
    ],
)
def test_a_foreign_file_is_refused(folder: Path, fields: dict[str, object], what: str) -> None:
    """Another format, a missing part, or the timing of another model."""
    change(folder, **fields)
    with pytest.raises(RecordError, match=what):
        _ = read_run(folder).timing
