"""Tune a space on training data: everything between the declared hyperparameters and the winner."""

import contextlib
import math
import shutil
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from tunebench import files, seeds, tensorboard_logs
from tunebench.errors import InvalidSpaceError, SearchError
from tunebench.features.preflight import preflight
from tunebench.features.preparation import Preparation
from tunebench.objectives import OBJECTIVES, Objective
from tunebench.options import SearchOptions
from tunebench.progress import Estimate, Progress, shown
from tunebench.records import SearchRecord, TrialRecord
from tunebench.runs import fingerprint, run_folder
from tunebench.spaces.hyperparameters import values
from tunebench.spaces.hyperparameters.declare import ranges
from tunebench.spaces.hyperparameters.starting_points import starting_points
from tunebench.tuning import oracles, plan
from tunebench.tuning.budget import Budget
from tunebench.tuning.confirm import Confirmation, contenders
from tunebench.tuning.driver import Driver
from tunebench.tuning.executor import InProcessExecutor
from tunebench.tuning.ledger import Ledger
from tunebench.tuning.parallel import choose_workers
from tunebench.tuning.parallel.ray_executor import RayExecutor
from tunebench.tuning.prefix_limit import within
from tunebench.tuning.task import Executor, best_epochs, of_the_model, ranked
from tunebench.winner import Winner


def tune(
    preparation: Preparation,
    options: SearchOptions,
    folder: Path,
    context: dict[str, Any],
    started: float,
    budget: Budget | None = None,
) -> Winner:
    """Run a search, or resume the one that was started in ``folder``.

    Args:
        preparation: The space, its training data and its feature cache.
        options: How to search.
        folder: The run's folder; gets the ledger, the fingerprint and the checkpoints.
        context: What else a resumed search must agree on, such as versions and the backbone.
        started: When the command started, by ``time.monotonic()``.
        budget: Tells how long the confirmations and final trainings take, and limits the time of the command
            unless it is infinite; ``None``: neither.

    Returns:
        The winner.

    Raises:
        SearchError: No trial succeeded, or the folder holds another search.
    """
    price, budget = budget, None if budget is None or math.isinf(budget.seconds) else budget
    space, data = preparation.space, preparation.data
    progress, objective = shown(options.progress), OBJECTIVES[options.objective]
    images_per_class = np.bincount(data.validation.labels).tolist()
    if options.cv is not None:
        preparation = replace(preparation, folded=True)
    declared, fixed = values.declare_given(
        space, data.image_shape, data.num_classes, options.hyperparameters or {}, augment=options.augment
    )
    values.check_reachable(declared, fixed)
    starts = starting_points(space, declared, fixed) if options.starting_points else []
    declared = values.fixed(declared, fixed)
    for sentence in preflight(space, declared.copy(), data.image_shape, data.num_classes):
        progress.warn(sentence)
    recorded = None if options.fresh else fingerprint.recorded_workers(folder / run_folder.FINGERPRINT)
    options = choose_workers.choose(preparation, options, declared, recorded, progress, budget)
    with _executor(preparation, options, progress) as executor:
        asked = _fingerprint(preparation, options, declared, context, executor.workers)
        if options.fresh or run_folder.is_empty(folder):
            # Only now that the new search can start.
            run_folder.set_aside(folder)
        ledger = _ledger(folder, asked)
        if options.tensorboard is not None:
            ledger.then = tensorboard_logs.follow(options.tensorboard, folder, ledger.records)
        oracle = oracles.make(
            options.tuner,
            declared,
            options.epochs,
            seeds.derive(options.seed, "oracle"),
            grid_points=options.grid_points,
            starting_points=starts,
        )
        driver = Driver(
            oracle=oracle,
            executor=executor,
            ledger=ledger,
            limit=options.max_trials,
            epochs=options.epochs,
            seed=options.seed,
            checkpoints=files.make_folder(folder / run_folder.TUNER)
            if options.tuner == "hyperband"
            else None,
            declare=lambda hp: _declare_again(preparation, hp),
            progress=progress,
            began=started,
            budget=budget,
            window=options.window(executor.workers),
            prune=options.prunes,
            objective=objective,
            chance=objective.chance_level(images_per_class),
        )
        records = _run(driver, preparation, plan.announce(options, declared, oracle, progress), price)
        plan.note_if_exhausted(records, options, declared, progress)
        candidates = contenders(
            _candidates(records, budget, objective, progress), options.confirm, images_per_class, objective
        )
        confirmation = Confirmation(
            executor,
            Ledger.open(folder / run_folder.CONFIRMATIONS),
            options,
            progress,
            None if budget is None else replace(budget, num_again=0),
            0.0 if price is None else replace(price, num_again=0).expected(records),
        )
        confirmed = confirmation.run(candidates, records)
    winner = next(iter(confirmed))
    best = next(each for each in records if each.trial_id == winner)
    affordable = None if budget is None else budget.affordable_epochs(best, records)
    again = [each for each in confirmation.ledger.records if each.trial_id == winner]
    return Winner(
        hyperparameters=of_the_model(best.hyperparameters),
        ranges=ranges(declared),
        search=_search_record(records, confirmed, confirmation.ledger.records, options.tuner, len(starts)),
        epochs=affordable or options.epochs,
        best_epochs=best_epochs([best, *again], objective),
    )


def _run(
    driver: Driver, preparation: Preparation, announced: int | None, price: Budget | None
) -> list[TrialRecord]:
    """The finished trials."""
    ledger, progress = driver.ledger, driver.progress
    time_left = None if driver.budget is None else driver.budget.left
    afterwards = None if price is None else lambda: price.expected(ledger.records)
    done = len(ledger.records)
    # An earlier search may have been allowed more.
    total = None if announced is None else max(announced, done)
    progress.begin("trial", Estimate(total, done, time_left, afterwards))
    try:
        with within(driver.budget, preparation, lambda: ledger.records):
            return driver.run()
    finally:
        progress.end()


def _ledger(folder: Path, asked: dict[str, Any]) -> Ledger:
    """The ledger of the search that was started in a folder, or a new one; it must be the same search."""
    ledger = Ledger.open(folder / run_folder.LEDGER)
    fingerprint.match(folder / run_folder.FINGERPRINT, asked, has_results=bool(ledger.records))
    # Cut by an earlier budget: now it is trained to its end, as trials after the first are.
    ledger.drop_cut()
    if not ledger.records:
        shutil.rmtree(folder / run_folder.TUNER, ignore_errors=True)
    return ledger


@contextlib.contextmanager
def _executor(preparation: Preparation, options: SearchOptions, progress: Progress) -> Iterator[Executor]:
    """Runs the trials, for the duration of the block."""
    if options.cluster is None and (options.workers or 1) == 1:
        yield InProcessExecutor(preparation, options, progress)
    else:
        with RayExecutor(preparation, options, progress) as executor:
            yield executor


def _declare_again(preparation: Preparation, hp: Any) -> None:
    data = preparation.data
    # The trial may have failed in this very build; what it declared until then is in hp.
    with contextlib.suppress(InvalidSpaceError):
        preparation.space.declare(hp, data.image_shape, data.num_classes)


def _fingerprint(
    preparation: Preparation,
    options: SearchOptions,
    declared: Any,
    context: dict[str, Any],
    workers: int,
) -> dict[str, Any]:
    """What only the same search has in common; a search may always be given more trials or time."""
    space, data = preparation.space, preparation.data
    return {
        "space": {"name": space.name, "source sha256": space.sha256},
        "hyperparameters": [hp.get_config() for hp in declared.space],
        "data": {"name": data.name, "images": len(data.train) + len(data.validation), "sha256": data.sha256},
        **options.fingerprint(workers),
        **context,
    }


def _candidates(
    records: list[TrialRecord], budget: Budget | None, objective: Objective, progress: Progress
) -> list[TrialRecord]:
    """The trials that may win, the best first."""
    scored = ranked(records)
    found = scored if budget is None else budget.affordable(records)
    if found[:1] != scored[:1]:
        progress.note(
            f"Trial {scored[0].trial_id} has a better {objective.words}, "
            f"{objective.score(scored[0].score or 0.0):.4f}, but there is no time left for its final "
            "trainings. Run the command again with a larger --budget to train them."
        )
    if not found:
        if not records:
            raise SearchError(
                "The tuner proposed no trial, because the space has no hyperparameter that it can vary. Use "
                "`tunebench train` for such a space, or declare a hyperparameter."
            )
        reasons = "; ".join(dict.fromkeys(str(record.message) for record in records))
        raise SearchError(
            f"No trial succeeded ({reasons}). Fix the space or its ranges, then run the command again with "
            "--fresh."
        )
    return found


def _search_record(
    records: list[TrialRecord],
    confirmed: dict[str, list[float]],
    again: list[TrialRecord],
    tuner: str,
    listed: int,
) -> SearchRecord:
    scored = sum(record.score is not None for record in records)
    return SearchRecord(
        tuner=tuner,
        trials=len(records),
        completed=scored,
        failed=len(records) - scored,
        pruned=sum(record.status == "pruned" for record in records),
        seconds=records[-1].elapsed_seconds + sum(sum(asdict(each.seconds).values()) for each in again),
        best_score=fmean(next(iter(confirmed.values()))),
        confirmed=confirmed if len(confirmed) > 1 else {},
        # A grid does not begin anywhere.
        starting_points=0 if tuner == "grid" else min(listed, len(records)),
    )
