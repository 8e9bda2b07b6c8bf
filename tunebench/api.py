"""The library: ``search`` and ``train``, each from its arguments to the files it leaves."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tunebench import arguments
from tunebench.choices import Precision, Size, Tuner
from tunebench.errors import RunFolderError
from tunebench.progress import Progress, SilentProgress
from tunebench.records import HyperparameterValue
from tunebench.runs import Run, read_run, select_runs
from tunebench.runtime import import_keras

if TYPE_CHECKING:
    from tunebench.report import Report

DEFAULT_EPOCHS = 30
DEFAULT_PATIENCE = 5
DEFAULT_SEEDS = 3


def search(
    space: str,
    *,
    hyperparameters: Mapping[str, HyperparameterValue | str] | None = None,
    dataset: str = "cifar10",
    data_dir: str | Path | None = None,
    train_size: Size = None,
    test_size: Size = None,
    tuner: Tuner = "random",
    trials: int | None = None,
    epochs: int = DEFAULT_EPOCHS,
    patience: int | None = DEFAULT_PATIENCE,
    augment: bool = True,
    prune: bool = True,
    budget: float | None = None,
    executions: int = 1,
    cv: int | None = None,
    grid_points: int = 3,
    workers: int | None = None,
    cluster: str | None = None,
    seeds: int = DEFAULT_SEEDS,
    seed: int = 0,
    precision: Precision = "float32",
    backbone: str | None = None,
    cache: bool = True,
    runs_dir: str | Path = "runs",
    name: str | None = None,
    fresh: bool = False,
    progress: Progress | None = None,
    command: str | None = None,
) -> Run:
    """Tune a space on a data set, train the winner and test it.

    A search that was interrupted goes on where it stopped when it is called again with the same arguments.

    Args:
        space: A name of ``tunebench spaces``, or the path of a Python file.
        hyperparameters: Values of hyperparameters that are not tuned but kept; text is read as the
            hyperparameter's own type.
        dataset: A name of ``tunebench datasets``.
        data_dir: Where its data lies; ``None``: the user's cache, downloaded if need be.
        train_size: The first so many training images; ``"all"``, or ``None`` for the data set's own default.
        test_size: The same for the test images.
        tuner: How hyperparameters are proposed.
        trials: Trials at most; ``None``: 20 for random and bayesian, or as many as the budget allows, and the
            whole plan for hyperband and grid.
        epochs: Epochs of a training at most.
        patience: Epochs without a better validation accuracy after which a training stops; ``None``: never.
        augment: Whether image augmentation is tuned: its strength, or the number of views where the front of
            the model is frozen.
        prune: Whether trials of random and bayesian are stopped that are below the median of earlier ones at
            the same epoch.
        budget: Wall time of the whole command in seconds, the final trainings included; the search ends early
            enough for them, and bayesian looks for the most gain per second. ``None``: no limit.
        executions: How often each trial is trained, with different random numbers; its score is the mean.
        cv: Folds of cross-validation: each trial is trained on all but one and scored on that, in turns, and
            its score is the mean. ``None``: it is scored on the images held out for validation.
        grid_points: Values that a grid tries of a range without steps, both ends included.
        workers: Trials at once, on Ray where it is more than one; ``None``: one in this process, and on a
            cluster as many as it has GPUs, or nodes where it has none.
        cluster: The address of a running Ray cluster that this machine belongs to, to run the trials there.
        seeds: Final trainings; they use the seeds ``seed``, ``seed + 1``, …
        seed: Everything random follows from it.
        precision: Keras' dtype policy; ``auto``: a faster one than float32 where the space's default model
            trains as well in it on this machine, or what an interrupted search was begun with.
        backbone: Pretrained weights of a transfer model: a TF Hub URL, a SavedModel folder, a Keras weights
            file, or ``keras``; ``None``: the deck's.
        cache: Whether features of a frozen prefix are kept for the next command.
        runs_dir: The runs folder.
        name: The run's name in it; ``None``: the space's.
        fresh: Delete what an earlier search left there and start anew.
        progress: Told what happens; ``None``: nobody.
        command: How the run was asked for, for the record.

    Returns:
        The run; its ``trials`` is a pandas DataFrame.

    Raises:
        TunebenchError: Something the user can mend.
    """
    clock = _Clock.start()
    arguments.check_counts(
        trials=trials, epochs=epochs, patience=patience, seeds=seeds, executions=executions, workers=workers
    )
    arguments.check_at_least_two(grid_points=grid_points, cv=cv)
    arguments.check_budget(budget)
    arguments.check_choices(tuner=tuner, precision=precision)
    arguments.check_sizes(train_size=train_size, test_size=test_size)
    arguments.check_seed(seed)
    import_keras()
    from tunebench.finals.record import Plan, conclude  # noqa: PLC0415 (the same)
    from tunebench.runs import run_folder  # noqa: PLC0415 (after Keras has its settings)
    from tunebench.session import Request, open_session  # noqa: PLC0415 (the same)
    from tunebench.tuning import fingerprint  # noqa: PLC0415 (the same)
    from tunebench.tuning.budget import Budget  # noqa: PLC0415 (the same)
    from tunebench.tuning.settings import SearchSettings  # noqa: PLC0415 (the same)
    from tunebench.tuning.tune import tune  # noqa: PLC0415 (the same)

    told = progress or SilentProgress()
    request = Request(
        space=space,
        dataset=dataset,
        data_dir=_path(data_dir),
        train_size=train_size,
        test_size=test_size,
        precision=precision,
        backbone=backbone,
        cache=cache,
        seed=seed,
    )
    with open_session(request, told) as session:
        folder = run_folder.prepare(Path(runs_dir), session.dataset.name, name or session.space.name)
        settings = SearchSettings(
            tuner=tuner,
            trials=trials,
            epochs=epochs,
            patience=patience,
            augment=augment,
            prune=prune,
            seed=seed,
            fresh=fresh,
            executions=executions,
            folds=cv,
            fixed=hyperparameters or {},
            grid_points=grid_points,
            workers=workers,
            cluster=cluster,
            budgeted=budget is not None,
        )
        with run_folder.owned(folder):
            begun = None if fresh else fingerprint.begun(folder / run_folder.FINGERPRINT)
            session.settle_precision(None if begun is None else begun.precision)
            limit = (
                None
                if budget is None
                else Budget(
                    budget,
                    clock.monotonic,
                    seeds,
                    epochs,
                    len(session.dataset.test) / len(session.preparation.data.train),
                )
            )
            winner = tune(
                session.preparation, settings, folder, session.context(), told, clock.monotonic, limit
            )
            finals = Plan(
                winner.hyperparameters,
                winner.ranges,
                winner.search,
                winner.epochs or epochs,
                patience,
                seeds,
            )
            conclude(session, folder, finals, command or f"tunebench.search({space!r}, …)", clock.started_at)
    return read_run(folder)


def train(
    space: str,
    *,
    hyperparameters: Mapping[str, HyperparameterValue | str] | None = None,
    dataset: str = "cifar10",
    data_dir: str | Path | None = None,
    train_size: Size = None,
    test_size: Size = None,
    epochs: int | None = None,
    patience: int | None = None,
    seeds: int = DEFAULT_SEEDS,
    seed: int = 0,
    precision: Precision = "float32",
    backbone: str | None = None,
    cache: bool = True,
    runs_dir: str | Path = "runs",
    name: str | None = None,
    progress: Progress | None = None,
    command: str | None = None,
) -> Run:
    """Train a space's defaults, the baseline that a search has to beat, and test them.

    Args:
        space: A name of ``tunebench spaces``, or the path of a Python file.
        hyperparameters: Values other than the defaults; text is read as the hyperparameter's own type.
        epochs: Epochs at most; ``None``: what the space says.
        patience: Epochs without a better validation accuracy after which training stops; ``None``: never.
        name: The run's name; ``None``: the space's with ``-default``.
        dataset: See :func:`search`, as for the arguments that follow.
        data_dir: See :func:`search`.
        train_size: See :func:`search`.
        test_size: See :func:`search`.
        seeds: See :func:`search`.
        seed: See :func:`search`.
        precision: See :func:`search`.
        backbone: See :func:`search`.
        cache: See :func:`search`.
        runs_dir: See :func:`search`.
        progress: See :func:`search`.
        command: See :func:`search`.

    Returns:
        The run.

    Raises:
        TunebenchError: Something the user can mend.
    """
    clock = _Clock.start()
    arguments.check_counts(epochs=epochs, patience=patience, seeds=seeds)
    arguments.check_choices(precision=precision)
    arguments.check_sizes(train_size=train_size, test_size=test_size)
    arguments.check_seed(seed)
    import_keras()
    from tunebench.finals.record import Plan, conclude  # noqa: PLC0415 (the same)
    from tunebench.runs import run_folder  # noqa: PLC0415 (after Keras has its settings)
    from tunebench.session import Request, open_session  # noqa: PLC0415 (the same)
    from tunebench.spaces.hyperparameters.baseline import baseline  # noqa: PLC0415 (the same)

    told = progress or SilentProgress()
    request = Request(
        space=space,
        dataset=dataset,
        data_dir=_path(data_dir),
        train_size=train_size,
        test_size=test_size,
        precision=precision,
        backbone=backbone,
        cache=cache,
        seed=seed,
    )
    with open_session(request, told) as session:
        session.settle_precision()
        values, ranges = baseline(
            session.space,
            session.preparation.data.image_shape,
            session.preparation.data.num_classes,
            hyperparameters or {},
        )
        folder = run_folder.prepare(
            Path(runs_dir), session.dataset.name, name or f"{session.space.name}-default"
        )
        if (folder / run_folder.LEDGER).exists():
            raise RunFolderError(
                f"{folder} holds a search, which a baseline would overwrite. Use another --name."
            )
        given = ", ".join(f"{name}={values[name]}" for name in hyperparameters or {}) or None
        finals = Plan(values, ranges, None, epochs or session.space.epochs, patience, seeds, given)
        with run_folder.owned(folder):
            conclude(session, folder, finals, command or f"tunebench.train({space!r}, …)", clock.started_at)
    return read_run(folder)


def compare(
    *runs: str | Path,
    runs_dir: str | Path = "runs",
    out: str | Path = "reports/comparison.html",
    gallery: bool = True,
    retime: int | None = None,
    data_dir: str | Path | None = None,
    progress: Progress | None = None,
) -> "Report":
    """Compare runs: accuracy against training time, on one page with the same figures beside it.

    Args:
        runs: Run folders; without one, all runs below ``runs_dir`` are compared.
        runs_dir: The runs folder.
        out: The HTML file to write; the JSON and CSV files take its stem.
        gallery: Whether the page shows the models' most confident errors.
        retime: First train each winner again so many times, the models in turns, and compare these times.
            That runs the runs' own spaces, which are Python code: time only runs that you trust.
        data_dir: Where the data lies for that; ``None``: where each run found it.
        progress: Told what happens; ``None``: nobody.

    Returns:
        The report; its ``table`` is a pandas DataFrame.

    Raises:
        RunError: Nothing is left to compare, or the report cannot be written.
        TunebenchError: No winner can be trained again.
    """
    from tunebench import report  # noqa: PLC0415 (imports matplotlib)

    arguments.check_counts(retime=retime)
    page = Path(out).expanduser()
    report.prepare(page)
    selection = select_runs([Path(run).expanduser() for run in runs], Path(runs_dir).expanduser())
    if retime is not None:
        import_keras()
        from tunebench.finals.retime import retime as time_again  # noqa: PLC0415 (after Keras has its settings)

        selection = time_again(
            selection, retime, None if data_dir is None else Path(data_dir), progress or SilentProgress()
        )
    return report.write(selection, page, gallery=gallery)


@dataclass(frozen=True)
class _Clock:
    monotonic: float
    started_at: str

    @classmethod
    def start(cls) -> "_Clock":
        return cls(time.monotonic(), datetime.now().astimezone().isoformat(timespec="seconds"))


def _path(path: str | Path | None) -> Path | None:
    return None if path is None else Path(path)
