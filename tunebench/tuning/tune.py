"""Tune a space on training data: everything between the declared hyperparameters and the winner."""

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from tunebench import files, seeds, spaces
from tunebench.errors import InvalidSpaceError, OutOfTimeError, SearchError
from tunebench.features.preparation import Preparation
from tunebench.fitting.callbacks import OBJECTIVE
from tunebench.progress import Progress
from tunebench.records import HyperparameterValue, SearchRecord, TrialRecord
from tunebench.runs import run_folder
from tunebench.spaces.hyperparameters import points, values
from tunebench.spaces.hyperparameters.declare import declare, ranges
from tunebench.spaces.hyperparameters.starting_points import starting_points
from tunebench.tuning import fingerprint, oracles, plan
from tunebench.tuning.budget import Budget
from tunebench.tuning.driver import Driver
from tunebench.tuning.executor import InProcessExecutor
from tunebench.tuning.ledger import Ledger
from tunebench.tuning.parallel.ray_executor import RayExecutor
from tunebench.tuning.prefix_limit import within
from tunebench.tuning.settings import SearchSettings
from tunebench.tuning.task import Executor, Training, best_of


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
    declared = declare(space, data.image_shape, data.num_classes, augment=settings.augment)
    fixed = values.read_values(space.name, declared, settings.fixed)
    starts = starting_points(space, declared, fixed)
    declared = values.fixed(declared, fixed)
    spaces.check(space, declared.copy(), data.image_shape, data.num_classes)
    if settings.fresh:
        # Only now that the new search can begin.
        run_folder.clear(folder)
    with _executor(preparation, settings, progress) as executor:
        asked = _fingerprint(preparation, settings, declared, context, executor.workers)
        ledger = _ledger(folder, asked)
        oracle = _oracle(settings, declared, starts)
        driver = Driver(
            oracle=oracle,
            executor=executor,
            ledger=ledger,
            limit=settings.limit,
            epochs=settings.epochs,
            seed=settings.seed,
            checkpoints=folder / run_folder.TUNER if settings.tuner == "hyperband" else None,
            declare=lambda hp: _declare_again(preparation, hp),
            progress=progress,
            began=began,
            budget=budget,
            window=settings.window(executor.workers),
            prune=settings.prunes,
        )
        records = _run(driver, preparation, plan.announce(settings, declared, oracle, progress))
    plan.say_exhausted(records, settings, declared, progress)
    winner = _winner(records, settings, declared, budget)
    highest = best_of(records)
    if highest is not None and (highest.score or 0) > winner.search.best_score:
        progress.note(
            f"Trial {highest.trial_id} scored higher, {highest.score:.4f}, but its final trainings would not "
            "end in time. Give the command again with a larger --budget to train them."
        )
    return winner


def _run(driver: Driver, preparation: Preparation, announced: int | None) -> list[TrialRecord]:
    """The finished trials; where features would not be ready in time, those that finished before."""
    ledger, progress, budget = driver.ledger, driver.progress, driver.budget
    time_left = None if budget is None else lambda: budget.left_for_trials(ledger.records)
    done = len(ledger.records)
    # An earlier search may have been allowed more.
    progress.begin("trial", None if announced is None else max(announced, done), done, time_left)
    try:
        with within(driver.budget, preparation, lambda: ledger.records):
            return driver.run()
    except OutOfTimeError as error:
        if best_of(ledger.records) is None:
            raise
        progress.note(f"The time is up: {error}")
        return ledger.records
    finally:
        progress.end()


def _ledger(folder: Path, asked: dict[str, Any]) -> Ledger:
    """The ledger of the search that was begun in a folder, or a new one; it must be the same search."""
    ledger = Ledger.open(folder / run_folder.LEDGER)
    fingerprint.match(folder / run_folder.FINGERPRINT, asked, begun=bool(ledger.records))
    # Cut by an earlier budget: now it is trained whole, as trials after the first are.
    ledger.drop_cut()
    states = folder / run_folder.TUNER
    if not ledger.records:
        shutil.rmtree(states, ignore_errors=True)
    files.make_folder(states)
    return ledger


def _oracle(settings: SearchSettings, declared: Any, starts: list[points.Values]) -> Any:
    return oracles.make(
        settings.tuner,
        declared,
        settings.epochs,
        seeds.derive(settings.seed, "oracle"),
        grid_points=settings.grid_points,
        starting_points=starts,
    )


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


def _declare_again(preparation: Preparation, hp: Any) -> None:
    data = preparation.data
    # The trial may have failed in this very build; what it declared until then is in hp.
    with contextlib.suppress(InvalidSpaceError):
        preparation.space.build_whole(hp, data.image_shape, data.num_classes)


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
    for free in ("trials", "fresh", "fixed", "cluster", "workers", "budgeted"):
        del kept[free]
    if not settings.prunes:
        # So a search goes on that was begun before there was pruning.
        del kept["prune"]
    if settings.learns:
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
    best = best_of(records) if budget is None else budget.choose(records)
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
            pruned=sum(record.status == "pruned" for record in records),
            seconds=records[-1].elapsed_seconds,
            best_score=best.score or 0.0,
        ),
        epochs=None if budget is None else budget.affordable_epochs(best, records),
    )
