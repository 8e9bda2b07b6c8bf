"""``timing.json`` is written whole, read checked, and believed only beside its own model."""

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
from tunebench.runs import read_run, run_folder
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


def test_a_run_knows_its_timing(folder: Path) -> None:
    """The comparison would go on with the old times."""
    timing = read_run(folder).timing
    assert timing is not None
    assert [(repeat.seed, repeat.train_seconds) for repeat in timing.repeats] == [(0, 3.0), (1, 4.0)]
    (folder / "timing.json").unlink()
    assert read_run(folder).timing is None


@given(timing=strategies.timings, record=strategies.runs)
def test_every_timing_that_can_be_written_can_be_read(
    tmp_path_factory: pytest.TempPathFactory, timing: TimingRecord, record: RunRecord
) -> None:
    """Hours of training would be lost to a figure that JSON bends."""
    folder = tmp_path_factory.mktemp("run")
    write_timing(folder, timing)
    own = replace(
        record,
        hyperparameters=timing.hyperparameters,
        dataset=replace(record.dataset, sha256=timing.dataset_sha256),
    )
    assert read_timing(folder, own) == timing


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"format_version": 1}'])
def test_a_damaged_file_is_named(folder: Path, content: bytes) -> None:
    """A truncated file would end the comparison with a traceback."""
    (folder / "timing.json").write_bytes(content)
    with pytest.raises(RecordError, match=r"timing\.json is not a readable TimingRecord") as caught:
        _ = read_run(folder).timing
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("fields", [{"format_version": 2}, {"repeats": []}, {"environment": None}])
def test_a_foreign_file_is_named(folder: Path, fields: dict[str, object]) -> None:
    """Another format would be read as this one; no repeat has no mean."""
    change(folder, **fields)
    with pytest.raises(RecordError, match=r"timing\.json is not a readable TimingRecord"):
        _ = read_run(folder).timing


def test_a_negative_time_is_no_timing(folder: Path) -> None:
    """It would win every comparison."""
    timing = json.loads((folder / "timing.json").read_text())
    timing["repeats"][0]["train_seconds"] = -1
    change(folder, repeats=timing["repeats"])
    with pytest.raises(RecordError, match="train_seconds"):
        _ = read_run(folder).timing


@pytest.mark.parametrize("fields", [{"dataset_sha256": "0"}, {"hyperparameters": {"units": 1}}])
def test_the_timing_of_another_model_is_named(folder: Path, fields: dict[str, object]) -> None:
    """A file that was copied along would give one model another one's time."""
    change(folder, **fields)
    with pytest.raises(RecordError, match="other images or hyperparameters"):
        _ = read_run(folder).timing


def test_a_folder_called_like_the_file_is_named(folder: Path) -> None:
    """A folder in place of the file would give a traceback."""
    (folder / "timing.json").unlink()
    (folder / "timing.json").mkdir()
    with pytest.raises(RecordError, match="cannot be read"):
        _ = read_run(folder).timing


def test_fresh_clears_the_timing(folder: Path) -> None:
    """A new model would stand there with the old one's time."""
    run_folder.clear(folder)
    assert not (folder / "timing.json").exists()
