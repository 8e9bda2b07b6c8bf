"""Whether a finished run is the one that a study planned. No Keras."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from tunebench.errors import RunError
from tunebench.records import HyperparameterValue
from tunebench.runs.run import Run, read_run
from tunebench.runs.study_record import PlannedRun, Role, StudyFolder, StudyRecord

# The names of these hyperparameters in any space, and their values without augmentation.
_NOT_AUGMENTED: Mapping[str, float] = {"augmentation": 0.0, "views": 1}
# If the winner has none: the classic strength of small images, and one more version of each.
_AUGMENTED: Mapping[str, float] = {"augmentation": 0.5, "views": 2}
_SEARCHES: frozenset[Role] = frozenset({"tuned", "tuner"})


def finished(folder: Path) -> Run | None:
    """The run in a folder, if it is complete."""
    with contextlib.suppress(RunError):
        return read_run(folder)
    return None


def winners_name(planned: PlannedRun) -> str | None:
    """The name of the run whose winner a run trains; ``None`` if it needs none."""
    return None if planned.role in _SEARCHES | {"reference"} else f"{planned.space}-tuned"


def values_for(role: Role, winner: Mapping[str, HyperparameterValue]) -> dict[str, HyperparameterValue]:
    """The hyperparameters of a run that trains a winner.

    Args:
        role: Of the run.
        winner: The winner's hyperparameters.

    Returns:
        The winner's own, with or without augmentation. That is its strength, or the number of views if the
        winner has them. The winner's own augmentation is kept if it has some.
    """
    if role == "size":
        return dict(winner)
    name = "views" if "views" in winner else "augmentation"
    own, none = winner.get(name), _NOT_AUGMENTED[name]
    if role not in {"augmented", "both"}:
        return {**winner, name: none}
    augmented = isinstance(own, int | float) and own > none
    return {**winner, name: own if own is not None and augmented else _AUGMENTED[name]}


def misfits(study: StudyFolder, runs: Mapping[str, Run]) -> dict[str, str]:
    """The finished runs of a study that are not what it planned.

    Args:
        study: What it consists of.
        runs: Its finished runs, by name.

    Returns:
        A sentence about each, by name.
    """
    found = {}
    for planned in study.record.runs:
        run = runs.get(planned.name)
        if run is not None:
            winner = runs.get(winners_name(planned) or "")
            differences = ", ".join(_differences(study.record, planned, run, winner))
            if differences:
                found[planned.name] = (
                    f"{run.folder} holds another run than the study planned ({differences}). Move it away or "
                    "delete it, and the study's command makes the planned one."
                )
    return found


def _differences(study: StudyRecord, planned: PlannedRun, run: Run, winner: Run | None) -> Iterator[str]:
    record, settings = run.record, run.record.settings
    tuner = None if record.search is None else record.search.tuner
    size = planned.train_size
    pairs: list[tuple[str, object, object]] = [
        ("space", record.space, planned.space),
        ("tuner", tuner, planned.tuner),
        ("precision", record.environment.precision, _precision(planned.role)),
        ("training images", record.dataset.train_size, size or record.dataset.train_size),
        ("patience", settings.get("patience"), planned.patience),
        ("seed", settings.get("seed"), study.settings.get("seed", settings.get("seed"))),
    ]
    epochs = settings.get("epochs")
    # A search with a time limit shortens its final trainings if they would not fit.
    cut = planned.budget is not None and isinstance(epochs, int) and epochs <= (planned.epochs or epochs)
    if not cut:
        pairs.append(("epochs", epochs, planned.epochs or epochs))
    if winner is not None:
        expected = values_for(planned.role, winner.record.hyperparameters)
        # One that depends on another is left out if that is not set.
        pairs += [
            (name, record.hyperparameters[name], value)
            for name, value in expected.items()
            if name in record.hyperparameters
        ]
    for name, found, expected_value in pairs:
        if found != expected_value:
            yield f"{name}: {_word(found)} instead of {_word(expected_value)}"
    images = study.settings.get("images")
    if size is None and images not in {None, record.dataset.sha256}:
        yield "other images"


def _precision(role: Role) -> str:
    return "mixed_bfloat16" if role == "half-precision" else "float32"


def _word(value: object) -> str:
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def is_its_trials(run: Run) -> bool:
    """Whether a search's winner is one of its trials, as far as their ledger can be read."""
    try:
        trials = run.trial_records
    except RunError:
        return True
    tried = [
        {name: value for name, value in trial.hyperparameters.items() if not name.startswith("tuner/")}
        for trial in trials
    ]
    return run.record.hyperparameters in tried or not tried
