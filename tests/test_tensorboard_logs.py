"""TensorBoard's logs: read again by TensorBoard itself."""

from dataclasses import replace
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import api_pb2, metadata

import tunebench
from tests.small import UNTRACED_SPACE, write_space
from tests.synthetic_runs import Model, write_run
from tunebench import tensorboard_logs
from tunebench.errors import TunebenchError
from tunebench.options import SearchOptions
from tunebench.records import TrainingRecord
from tunebench.runs import Run, read_run

SMALL: dict[str, Any] = {"dataset": "digits", "train_size": 200, "test_size": 100}
SMALL |= {"epochs": 1, "seeds": 1, "confirm": 1}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A tuned run of eight trials, one of which failed, and three final trainings."""
    return read_run(
        write_run(tmp_path / "runs" / "cifar10" / "cnn1", Model(name="cnn1", accuracy=0.6, seconds=5))
    )


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """TensorBoard's folder."""
    return tmp_path / "logs"


def _read(folder: Path) -> EventAccumulator:
    found = EventAccumulator(str(folder))
    found.Reload()
    return found


def _contents(logs: Path) -> dict[Path, tuple[bytes, int]]:
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in logs.rglob("*") if path.is_file()}


def test_a_trial_has_its_curves_and_hyperparameters(run: Run, logs: Path) -> None:
    """Each metric has a point per epoch, at its training time; the score and the values are beside it."""
    tensorboard_logs.follow(logs, run.folder, run.trial_records)
    trial = run.trial_records[0]
    found = _read(logs / "cifar10" / "cnn1" / "trial-0")
    curve = found.Scalars("val_accuracy")
    assert [point.step for point in curve] == list(range(1, trial.epochs + 1))
    assert [point.value for point in curve] == pytest.approx(trial.history["val_accuracy"])
    took = curve[-1].wall_time - curve[0].wall_time
    seconds = [value or 0.0 for value in trial.history["seconds"]]
    assert took == pytest.approx(seconds[-1] - seconds[0], abs=1e-3)
    assert found.Scalars("score")[0].value == pytest.approx(trial.score)
    assert "seconds" not in found.Tags()["scalars"]
    started = metadata.parse_session_start_info_plugin_data(
        found.SummaryMetadata(metadata.SESSION_START_INFO_TAG).plugin_data.content
    )
    assert {name: value.number_value for name, value in started.hparams.items()}["filters_1"] == (
        trial.hyperparameters["filters_1"]
    )
    assert started.group_name == "cifar10/cnn1/trial-0"


def test_a_failed_trial_has_its_hyperparameters(run: Run, logs: Path) -> None:
    """It is marked as failed, and has neither curves nor a score."""
    tensorboard_logs.follow(logs, run.folder, run.trial_records)
    found = _read(logs / "cifar10" / "cnn1" / "trial-6")
    assert found.Tags()["scalars"] == ["train_seconds"]
    ended = metadata.parse_session_end_info_plugin_data(
        found.SummaryMetadata(metadata.SESSION_END_INFO_TAG).plugin_data.content
    )
    assert ended.status == api_pb2.STATUS_FAILURE


def test_every_training_of_a_trial_has_its_curves(run: Run, logs: Path) -> None:
    """With cross-validation, the first is in the trial's folder and the others are inside it."""
    trial = run.trial_records[0]
    first = TrainingRecord(score=0.5, epochs=trial.epochs, history=trial.history, seed=0, fold=0)
    flat = {name: [0.5, *values[1:]] for name, values in trial.history.items()}
    trainings = [first, replace(first, history=flat, fold=1)]
    tensorboard_logs.follow(logs, run.folder, [])(replace(trial, trainings=trainings))
    folder = logs / "cifar10" / "cnn1" / "trial-0"
    assert _read(folder / "training-2").Scalars("loss")[0].value == 0.5
    assert _read(folder).Scalars("loss")[0].value == pytest.approx(trial.history["loss"][0])
    assert not (folder / "training-1").exists()


def test_a_resumed_search_writes_no_trial_twice(run: Run, logs: Path) -> None:
    """What is there stays untouched."""
    tensorboard_logs.follow(logs, run.folder, run.trial_records[:5])
    before = _contents(logs)
    tensorboard_logs.follow(logs, run.folder, run.trial_records)
    after = _contents(logs)
    assert len(after) == len(run.trial_records)
    assert before.items() <= after.items()


def test_logs_of_an_earlier_search_are_replaced(run: Run, logs: Path) -> None:
    """With --fresh, trials have the same numbers; files of other programs stay."""
    tensorboard_logs.follow(logs, run.folder, run.trial_records)
    folder = logs / "cifar10" / "cnn1"
    foreign = folder / "trial-0" / "events.out.tfevents.1.another-program"
    foreign.touch()
    another = replace(run.trial_records[0], started_at="2026-12-24T09:00:00+01:00")
    tensorboard_logs.follow(logs, run.folder, [another])
    assert len(_contents(logs)) == 2
    foreign.unlink()
    assert len(_contents(folder / "trial-0")) == 1


def test_final_trainings_that_are_gone_are_removed(run: Run, logs: Path) -> None:
    """Each seed has the accuracy on the test images; the logs of trials are left alone."""
    tensorboard_logs.follow(logs, run.folder, run.trial_records[:1])
    tensorboard_logs.write_finals(logs, run.folder, run.record)
    folder = logs / "cifar10" / "cnn1"
    accuracy = _read(folder / "seed-1").Scalars("test_accuracy")[0].value
    assert accuracy == pytest.approx(run.record.finals[1].test_accuracy)
    tensorboard_logs.write_finals(logs, run.folder, replace(run.record, finals=run.record.finals[:1]))
    left = {path.relative_to(folder).parts[0] for path in _contents(folder)}
    assert left == {"trial-0", "seed-0"}


def test_a_missing_package_is_one_line_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line says what to install."""

    def absent(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("tunebench.tensorboard_logs.version", absent)
    with pytest.raises(TunebenchError, match=r"pip install 'tunebench\[tensorboard\]'"):
        tunebench.search(tmp_path / "absent.py", tensorboard=tmp_path)


def test_a_search_writes_its_trials_and_final_trainings(tmp_path: Path, logs: Path) -> None:
    """They are those of its records; the same search without the option is the same search."""
    space = write_space(tmp_path, UNTRACED_SPACE)
    run = tunebench.search(space, trials=1, runs_dir=tmp_path / "runs", **SMALL)
    again = tunebench.search(space, trials=2, runs_dir=tmp_path / "runs", tensorboard=logs, **SMALL)
    assert again.trial_records[0] == run.trial_records[0]
    folder = logs / "digits" / "tiny"
    for trial in again.trial_records:
        found = _read(folder / f"trial-{trial.trial_id}")
        assert [point.value for point in found.Scalars("loss")] == pytest.approx(trial.history["loss"])
    tested = _read(folder / "seed-0").Scalars("test_accuracy")[0].value
    assert tested == pytest.approx(again.record.finals[0].test_accuracy)


def test_the_fingerprint_does_not_hold_the_folder() -> None:
    """Logs may be added to a search that has begun, or left out of it."""
    assert SearchOptions(tensorboard="logs").fingerprint(1) == SearchOptions().fingerprint(1)
