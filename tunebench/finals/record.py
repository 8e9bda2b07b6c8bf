"""Train the final models of a run and write its record."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from tunebench import environment, files, tensorboard_logs
from tunebench.comparison.importance import importance
from tunebench.errors import RunError
from tunebench.finals.keep import train_finals
from tunebench.finals.train import FinalSettings
from tunebench.record_json import to_json
from tunebench.records import RunRecord, SearchRecord
from tunebench.runs import read_run, run_folder
from tunebench.runs.unfinished import read_trials
from tunebench.session import Session
from tunebench.winner import Winner

# Settings that a record of an earlier version lacks, and the values that it was made with.
_EARLIER = {"objective": "accuracy", "class_weights": "none"}


def conclude(session: Session, folder: Path, winner: Winner, started_at: str) -> None:
    """Train the final models and write the record, last and atomically.

    Args:
        session: The data set, the space and the options.
        folder: The run's folder.
        winner: What to train.
        started_at: When the command started, ISO 8601.

    Raises:
        TrainingError: A loss was not finite.
        RunFolderError: A file cannot be written.
    """
    options, values = session.options, winner.hyperparameters
    refit_epochs = min(winner.best_epochs or winner.epochs, winner.epochs) if options.refit else None
    trained = train_finals(
        session.preparation,
        session.dataset,
        FinalSettings(
            hyperparameters=values,
            epochs=winner.epochs,
            patience=options.patience,
            objective=options.objective,
            class_weights=options.class_weights,
            refit_epochs=refit_epochs,
        ),
        list(range(options.seed, options.seed + options.seeds)),
        {**session.context(), "device": environment.device()},
        folder,
        session.progress,
    )
    is_baseline = winner.search is None
    # The winner of a search may lack a conditional one that was set.
    set_by_user = ", ".join(
        f"{name}={values[name]}" for name in options.hyperparameters or {} if name in values
    )
    record = RunRecord(
        name=folder.name,
        space=session.space.name,
        summary=session.space.summary,
        kind="default" if is_baseline else "tuned",
        dataset=session.dataset_record(),
        hyperparameters=values,
        ranges=winner.ranges,
        settings={
            "seed": options.seed,
            "epochs": winner.epochs,
            "patience": options.patience,
            "objective": options.objective,
            "class_weights": options.class_weights,
            **({"refit_epochs": refit_epochs} if refit_epochs else {}),
            "backbone": session.backbone,
            **session.origin(),
            "set": set_by_user if is_baseline and set_by_user else None,
        },
        search=_with_importance(winner.search, folder),
        finals=trained,
        environment=environment.collect(),
        command=options.command
        or f"tunebench.{'train' if is_baseline else 'search'}({session.space.name!r}, …)",
        started_at=started_at,
        finished_at=datetime.now().astimezone().isoformat(timespec="seconds"),
    )
    if not _is_written(folder, record):
        files.write_atomically(folder / run_folder.RECORD, to_json(record, indent=2))
    if options.tensorboard is not None:
        tensorboard_logs.write_finals(options.tensorboard, folder, record)


def _with_importance(search: SearchRecord | None, folder: Path) -> SearchRecord | None:
    return None if search is None else replace(search, importance=importance(read_trials(folder)))


def _is_written(folder: Path, record: RunRecord) -> bool:
    """Whether an earlier command already wrote this run; then its command and times stay."""
    try:
        earlier = read_run(folder).record
    except RunError:
        return False
    same_images = record.dataset.sha256 == earlier.dataset.sha256
    if record.search is not None and earlier.search is not None and earlier.search.importance is None:
        record = replace(record, search=replace(record.search, importance=None))
    return replace(
        record,
        # A version that describes the same images in more words has not trained the run again.
        dataset=earlier.dataset if same_images else record.dataset,
        command=earlier.command,
        started_at=earlier.started_at,
        finished_at=earlier.finished_at,
    ) == replace(earlier, settings={**_EARLIER, **earlier.settings})
