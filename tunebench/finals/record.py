"""Conclude a run: train its finals and write its record."""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from tunebench import environment, files
from tunebench.errors import RunError
from tunebench.finals.keep import train_finals
from tunebench.finals.train import FinalSettings
from tunebench.records import HyperparameterValue, RunRecord, SearchRecord, to_json
from tunebench.runs import read_run, run_folder
from tunebench.session import Session


@dataclass(frozen=True)
class Plan:
    """What is trained finally.

    Attributes:
        hyperparameters: Of the model.
        ranges: Of the declared hyperparameters.
        searched: What the search did; ``None`` for a baseline.
        epochs: Epochs at most.
        patience: Epochs without improvement after which training stops; ``None`` for never.
        num_seeds: How many trainings.
        set_by_hand: Which values of a baseline are not the defaults, as text; ``None`` where all are.
    """

    hyperparameters: dict[str, HyperparameterValue]
    ranges: dict[str, list[HyperparameterValue]]
    searched: SearchRecord | None
    epochs: int
    patience: int | None
    num_seeds: int
    set_by_hand: str | None = None


def conclude(session: Session, folder: Path, finals: Plan, command: str, started_at: str) -> None:
    """Train the finals and write the record, last and atomically.

    Args:
        session: The data set, the space and the settings.
        folder: The run's folder.
        finals: What to train.
        command: How the run was asked for.
        started_at: When, ISO 8601.

    Raises:
        TrainingError: A loss was not finite.
        RunFolderError: A file cannot be written.
    """
    seed = session.request.seed
    settings = FinalSettings(
        hyperparameters=finals.hyperparameters, epochs=finals.epochs, patience=finals.patience
    )
    trained = train_finals(
        session.preparation,
        session.dataset,
        settings,
        list(range(seed, seed + finals.num_seeds)),
        {**session.context(), "device": environment.device()},
        folder,
        session.progress,
    )
    record = RunRecord(
        name=folder.name,
        space=session.space.name,
        summary=session.space.summary,
        kind="default" if finals.searched is None else "tuned",
        dataset=session.dataset_record(),
        hyperparameters=finals.hyperparameters,
        ranges=finals.ranges,
        settings={
            "seed": seed,
            "epochs": finals.epochs,
            "patience": finals.patience,
            "backbone": session.backbone,
            **session.origin(),
            "set": finals.set_by_hand,
        },
        search=finals.searched,
        finals=trained,
        environment=environment.collect(),
        command=command,
        started_at=started_at,
        finished_at=datetime.now().astimezone().isoformat(timespec="seconds"),
    )
    if not _is_written(folder, record):
        files.write_atomically(folder / run_folder.RECORD, to_json(record, indent=2))


def _is_written(folder: Path, record: RunRecord) -> bool:
    """Whether an earlier command already wrote this run; then its command and times are the true ones."""
    try:
        earlier = read_run(folder).record
    except RunError:
        return False
    return (
        replace(
            record, command=earlier.command, started_at=earlier.started_at, finished_at=earlier.finished_at
        )
        == earlier
    )
