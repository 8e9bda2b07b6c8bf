"""Tune a space on training data: everything between the declared hyperparameters and the winner."""

import contextlib
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from tunebench import files, run_folder, seeds, spaces
from tunebench.errors import InvalidSpaceError, SearchError
from tunebench.fitting.fit import OBJECTIVE
from tunebench.preparation import Preparation
from tunebench.progress import Progress
from tunebench.records import HyperparameterValue, SearchRecord, TrialRecord
from tunebench.tuning import fingerprint, given, oracles, points
from tunebench.tuning.budget import Budget
from tunebench.tuning.declaration import declare, ranges
from tunebench.tuning.driver import Driver
from tunebench.tuning.executor import InProcessExecutor
from tunebench.tuning.ledger import Ledger
from tunebench.tuning.parallel.executor import RayExecutor
from tunebench.tuning.trial import Executor, Training, best_of

DEFAULT_TRIALS = 20
# What these propose depends on the scores that they know.
_LEARNING = ("bayesian", "hyperband")


@dataclass(frozen=True, kw_only=True)
class SearchSettings:
    """What shapes a search.

    Attributes:
        tuner: How hyperparameters are proposed.
        trials: Trials at most; ``None``: 20 for random and bayesian, the whole plan for hyperband and grid.
        epochs: Epochs of a trial at most.
        patience: Epochs without improvement after which a trial stops; ``None`` for never.
        augment: Whether the strength of augmentation is tuned; where a prefix is frozen, the number of views.
        seed: Of everything random.
        fresh: Whether an earlier search in the folder is deleted.
        executions: How often each trial is trained; its score is the mean.
        folds: Folds of cross-validation that a trial is scored on; ``None``: on the held-out images.
        fixed: Values of hyperparameters that are not tuned; text is read as the hyperparameter's own type.
        grid_points: Values that a grid tries of a range without steps, both ends included.
        workers: Trials at once, on Ray where it is more than one; ``None``: one here, and on a cluster as
            many as it has GPUs, or nodes where it has none.
        cluster: Address of the Ray cluster that runs the trials; ``None``: this machine.
    """

    tuner: oracles.Tuner
    trials: int | None
    epochs: int
    patience: int | None
    augment: bool
    seed: int
    fresh: bool = False
    executions: int = 1
    folds: int | None = None
    fixed: Mapping[str, HyperparameterValue | str] = field(default_factory=dict)
    grid_points: int = oracles.DEFAULT_GRID_POINTS
    workers: int | None = None
    cluster: str | None = None


@dataclass(frozen=True, kw_only=True)
class Winner:
    """What a search found.

    Attributes:
        hyperparameters: Of the best trial; Keras Tuner's own entries are left out.
        ranges: Of every declared hyperparameter that has one.
        search: What was done.
        epochs: How long to train it where the time does not allow more; ``None``: as long as the search may.
    """

    hyperparameters: dict[str, HyperparameterValue]
    ranges: dict[str, list[HyperparameterValue]]
    search: SearchRecord
    epochs: int | None = None


def tune(
    preparation: Preparation,
    settings: SearchSettings,
    folder: Path,
    context: dict[str, Any],
    progress: Progress,
    began: float,
    budget: Budget | None = None,
) -> Winner:
    """Run a search, or go on with the one that was begun in ``folder``.

    Args:
        preparation: The space, its training data and its feature cache.
        settings: How to search.
        folder: The run's folder; gets the ledger, the fingerprint and Keras Tuner's files.
        context: What else a resumed search must agree on, such as versions and the backbone.
        progress: Told what happens.
        began: When the command began, by ``time.monotonic()``.
        budget: Limits the time of the command; ``None``: nothing does.

    Returns:
        The winner.

    Raises:
        SearchError: No trial succeeded, or the folder holds another search.
    """
    space, data = preparation.space, preparation.data
    if settings.folds is not None:
        preparation = replace(preparation, folded=True)
    declared = declare(preparation, augment=settings.augment)
    declared = given.fixed(declared, given.read_values(space.name, declared, settings.fixed))
    spaces.check(space, declared.copy(), data.image_shape, data.num_classes)
    if settings.fresh:
        # Only now that the new search can begin.
        run_folder.clear(folder)
    with _executor(preparation, settings, progress) as executor:
        ledger = Ledger.open(folder / run_folder.LEDGER)
        fingerprint.match(
            folder / run_folder.FINGERPRINT,
            _fingerprint(preparation, settings, declared, context, executor.workers),
            begun=bool(ledger.records),
        )
        states = folder / run_folder.TUNER
        if not ledger.records:
            shutil.rmtree(states, ignore_errors=True)
        files.make_folder(states)
        oracle = oracles.make(
            settings.tuner,
            declared,
            settings.epochs,
            seeds.derive(settings.seed, "oracle"),
            states,
            grid_points=settings.grid_points,
        )
        driver = Driver(
            oracle=oracle,
            executor=executor,
            ledger=ledger,
            limit=_limit(settings),
            epochs=settings.epochs,
            seed=settings.seed,
            states=states if settings.tuner == "hyperband" else None,
            declare=lambda hp: _declare_again(preparation, hp),
            progress=progress,
            elapsed_before=time.monotonic() - began,
            budget=budget,
            window=_window(settings, executor.workers),
        )
        progress.begin("trial", _announce(settings, declared, oracle, progress), len(ledger.records))
        try:
            records = driver.run()
        finally:
            progress.end()
    _say_exhausted(records, settings, declared, progress)
    return _winner(records, settings, declared, budget)


@contextlib.contextmanager
def _executor(preparation: Preparation, settings: SearchSettings, progress: Progress) -> Iterator[Executor]:
    """What runs the trials, for the time of the block."""
    training = Training(
        settings.epochs, settings.patience, settings.executions, settings.folds, settings.seed
    )
    if settings.cluster is None and (settings.workers or 1) == 1:
        yield InProcessExecutor(preparation, training, progress)
    else:
        with RayExecutor(
            preparation, training, progress, workers=settings.workers, cluster=settings.cluster
        ) as executor:
            yield executor


def _window(settings: SearchSettings, workers: int) -> int:
    """How many trials may be proposed before the outcome of the first of them is known."""
    if workers == 1 or settings.tuner in _LEARNING:
        return workers
    # What these propose does not depend on scores, so one slow trial need not keep the others waiting.
    return 4 * workers


def _declare_again(preparation: Preparation, hp: Any) -> None:
    data = preparation.data
    # The trial may have failed in this very build; what it declared until then is in hp.
    with contextlib.suppress(InvalidSpaceError):
        spaces.build(preparation.space, hp, data.image_shape, data.num_classes)


def _limit(settings: SearchSettings) -> int | None:
    if settings.trials is None and settings.tuner in {"random", "bayesian"}:
        return DEFAULT_TRIALS
    return settings.trials


def _say_exhausted(
    records: list[TrialRecord], settings: SearchSettings, declared: Any, progress: Progress
) -> None:
    """Why a random or Bayesian search made fewer trials than it was asked for."""
    limit = _limit(settings)
    if settings.tuner in {"random", "bayesian"} and points.is_finite(declared):
        number = points.count_points(declared, 2)
        if len(records) == number and limit is not None and number < limit:
            progress.note(f"The space has {number} points, and all were tried: the search ends here.")


def _announce(settings: SearchSettings, declared: Any, oracle: Any, progress: Progress) -> int:
    """Say what a grid or Hyperband has before it, and give the number of trials to come.

    How long they take is told after the first one.
    """
    plan = None
    capped = "" if settings.trials is None else f", of which {settings.trials:,} at most are tried"
    if settings.tuner == "grid":
        plan = points.count_points(declared, settings.grid_points)
        progress.note(f"The grid has {plan:,} points{capped}.")
    elif settings.tuner == "hyperband":
        plan, epochs = oracles.num_hyperband_trials(oracle), oracles.num_hyperband_epochs(oracle)
        progress.note(f"Hyperband's plan: {plan:,} trials of {epochs:,} epochs in all{capped}.")
    return min(number for number in (plan, _limit(settings)) if number is not None)


def _fingerprint(
    preparation: Preparation,
    settings: SearchSettings,
    declared: Any,
    context: dict[str, Any],
    workers: int,
) -> dict[str, Any]:
    space, data = preparation.space, preparation.data
    kept = asdict(settings)
    # A search may always be taken further. What is fixed stands in the hyperparameters, as its own type.
    del kept["trials"], kept["fresh"], kept["fixed"], kept["cluster"], kept["workers"]
    if settings.tuner in _LEARNING:
        # Of several trials at once, each is proposed with fewer scores known.
        kept["workers"] = workers
    return {
        "space": {"name": space.name, "source sha256": space.sha256},
        "hyperparameters": [hp.get_config() for hp in declared.space],
        "objective": f"max {OBJECTIVE}",
        "data": {"name": data.name, "images": len(data.train) + len(data.validation), "sha256": data.sha256},
        **kept,
        **context,
    }


def _winner(
    records: list[TrialRecord], settings: SearchSettings, declared: Any, budget: Budget | None
) -> Winner:
    best = best_of(records)
    if best is None:
        reasons = "; ".join(dict.fromkeys(str(record.message) for record in records))
        raise SearchError(
            f"No trial succeeded ({reasons or 'none was proposed'}). Mend the space or its ranges, "
            "then run the command again with --fresh."
        )
    scored = [record for record in records if record.score is not None]
    return Winner(
        hyperparameters={
            name: value for name, value in best.hyperparameters.items() if not name.startswith("tuner/")
        },
        ranges=ranges(declared),
        search=SearchRecord(
            tuner=settings.tuner,
            trials=len(records),
            completed=len(scored),
            failed=len(records) - len(scored),
            seconds=records[-1].elapsed_seconds,
            best_score=best.score or 0.0,
        ),
        epochs=None if budget is None else budget.affordable_epochs(best),
    )
