"""A run's curves and hyperparameters as TensorBoard reads them, made from its records after each training.

A folder per trial and per final training, in ``<folder>/<data set>/<run>/``, holds one event file. Its name
is made from the record, so that a resumed command writes no training twice, and finds what is out of date.
"""

import hashlib
import io
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from tunebench import files
from tunebench.errors import TunebenchError
from tunebench.home import expand
from tunebench.record_json import to_json
from tunebench.records import FinalRecord, History, HyperparameterValue, RunRecord, TrialRecord

# TensorBoard looks for "tfevents" in a name; the ending tells these files from those of other programs.
_FILE = "events.out.tfevents.{digest}.tunebench"


def require() -> None:
    """Say what to install, before anything is trained.

    Raises:
        TunebenchError: The package is missing.
    """
    try:
        version("tensorboard")
    except PackageNotFoundError as error:
        raise TunebenchError(
            "TensorBoard's logs need a package that is not installed: pip install 'tunebench[tensorboard]'. "
            "Install it, or leave out --tensorboard."
        ) from error


def follow(folder: str | Path, run: Path, finished: Iterable[TrialRecord]) -> Callable[[TrialRecord], None]:
    """Write the trials that have finished, and delete what an earlier search of that name has left.

    Args:
        folder: TensorBoard's folder.
        run: The run's folder.
        finished: The trials in its ledger.

    Returns:
        Writes another trial.

    Raises:
        RunFolderError: A file cannot be written.
    """
    place = _place(folder, run)
    _write_all(place, "trial", [_of_trial(record) for record in finished])
    return lambda record: _write(place, _of_trial(record))


def write_finals(folder: str | Path, run: Path, record: RunRecord) -> None:
    """Write a run's final trainings, and delete those that are no longer in its record.

    Args:
        folder: TensorBoard's folder.
        run: The run's folder.
        record: Its record.

    Raises:
        RunFolderError: A file cannot be written.
    """
    _write_all(_place(folder, run), "seed", [_of_final(final, record) for final in record.finals])


@dataclass(frozen=True, kw_only=True)
class _Session:
    """What TensorBoard calls a session: one row in its table of hyperparameters.

    Attributes:
        name: Of its folder.
        digest: Identifies the record that it was made from.
        group: Sessions of a run's group share a row.
        failed: Whether it has no result.
        started: When it started, in seconds since 1970.
        histories: Its curves; of several trainings, each in a folder of its own, "" being the session's.
        values: What it reached.
    """

    name: str
    digest: str
    group: str
    failed: bool
    started: float
    hyperparameters: dict[str, HyperparameterValue]
    histories: dict[str, History]
    values: dict[str, float | None]


def _of_trial(record: TrialRecord) -> _Session:
    # A ledger may come from anywhere: its trials' numbers lead nowhere else.
    spent, name = record.seconds, Path(f"trial-{record.trial_id}").name
    others = enumerate(record.trainings[1:], start=2)
    return _Session(
        name=name,
        digest=_digest(record),
        group=name,
        failed=record.score is None,
        started=datetime.fromisoformat(record.started_at).timestamp(),
        hyperparameters=record.hyperparameters,
        histories={
            **{f"training-{number}": training.history for number, training in others},
            "": record.history,
        },
        values={"score": record.score, "train_seconds": spent.prefix + spent.setup + spent.fit},
    )


def _of_final(final: FinalRecord, record: RunRecord) -> _Session:
    return _Session(
        name=f"seed-{final.seed}",
        digest=_digest(final),
        group="final trainings",
        failed=False,
        started=time.time() - final.train_seconds,
        hyperparameters=record.hyperparameters,
        histories={"": final.history},
        values={"test_accuracy": final.test_accuracy, "train_seconds": final.train_seconds},
    )


def _digest(record: TrialRecord | FinalRecord) -> str:
    return hashlib.sha256(to_json(record)).hexdigest()[:16]


def _place(folder: str | Path, run: Path) -> Path:
    return expand(folder) / run.parent.name / run.name


def _write_all(folder: Path, kind: str, sessions: list[_Session]) -> None:
    wanted = {path for session in sessions for path in _files(folder, session)}
    for path in folder.glob(f"{kind}-*/**/{_FILE.format(digest='*')}"):
        if path not in wanted:
            files.remove(path)
    for session in sessions:
        _write(folder, session)


def _files(folder: Path, session: _Session) -> list[Path]:
    name = _FILE.format(digest=session.digest)
    return [folder / session.name / training / name for training in session.histories]


def _write(folder: Path, session: _Session) -> None:
    for path, (training, history) in zip(_files(folder, session), session.histories.items(), strict=True):
        if not path.exists():
            events = _curves(history, session.started)
            if not training:
                group = f"{folder.parent.name}/{folder.name}/{session.group}"
                events += _row(session, group, len(history.get("seconds", [])))
            first = {"wall_time": session.started, "file_version": "brain.Event:2"}
            files.write_atomically(files.make_folder(path.parent) / path.name, _encoded([first, *events]))


def _curves(history: History, started: float) -> list[dict[str, Any]]:
    """A point per metric and epoch, at the time at which the epoch's training steps ended."""
    times = [started + (seconds or 0.0) for seconds in history.get("seconds", [])]
    return [
        {"wall_time": at, "step": epoch, "summary": {"value": [{"tag": name, "simple_value": value}]}}
        for name, values in history.items()
        if name != "seconds"
        for epoch, (at, value) in enumerate(zip(times, values, strict=False), start=1)
        if value is not None
    ]


def _row(session: _Session, group: str, epochs: int) -> list[dict[str, Any]]:
    """The session in the table of hyperparameters."""
    from tensorboard.plugins.hparams import (  # noqa: PLC0415 (an optional package)
        api_pb2,
        metadata,
        plugin_data_pb2,
        summary_v2,
    )

    values = {name: value for name, value in session.hyperparameters.items() if not name.startswith("tuner/")}
    ended = plugin_data_pb2.HParamsPluginData(
        session_end_info=plugin_data_pb2.SessionEndInfo(
            status=api_pb2.STATUS_FAILURE if session.failed else api_pb2.STATUS_SUCCESS
        )
    )
    end = {
        "tag": metadata.SESSION_END_INFO_TAG,
        "metadata": metadata.create_summary_metadata(ended),
        "tensor": metadata.NULL_TENSOR,
    }
    reached = [
        {"tag": name, "simple_value": value} for name, value in session.values.items() if value is not None
    ]
    summaries = [
        (0, summary_v2.hparams_pb(values, group, session.started)),
        (epochs, {"value": reached}),
        (epochs, {"value": [end]}),
    ]
    return [{"wall_time": session.started, "step": step, "summary": each} for step, each in summaries]


def _encoded(events: list[dict[str, Any]]) -> bytes:
    from tensorboard.compat.proto.event_pb2 import Event  # noqa: PLC0415 (an optional package)
    from tensorboard.summary.writer.record_writer import RecordWriter  # noqa: PLC0415 (the same)

    buffer = io.BytesIO()
    writer = RecordWriter(buffer)
    for event in events:
        writer.write(Event(**event).SerializeToString())
    return buffer.getvalue()
