"""Run trials in this process."""

import gc
from collections import deque
from collections.abc import Callable, Iterator
from statistics import fmean
from typing import Any, Protocol

from tunebench import seeds
from tunebench.errors import (
    OutOfTimeError,
    SearchError,
    SpaceError,
    TrialError,
    TunebenchError,
    first_line,
)
from tunebench.features.preparation import Prepared
from tunebench.fitting import (
    Examples,
    Fit,
    FitSettings,
    num_parameters,
    state,
    train_model,
)
from tunebench.fitting.stopwatch import Stopwatch
from tunebench.objectives import OBJECTIVES, Objective
from tunebench.options import SearchOptions
from tunebench.progress import Progress
from tunebench.records import TrainingRecord, TrialSeconds, TrialStatus
from tunebench.spaces import Space
from tunebench.tuning import memory
from tunebench.tuning.folds import folds
from tunebench.tuning.task import Finished, TrialOutcome, TrialTask, state_of

# A trial's status, and why it was stopped early.
_Ending = tuple[TrialStatus, str | None]
_COMPLETED: _Ending = ("completed", None)
_OUT_OF_TIME: _Ending = ("cut", "the time was up")


class Source(Protocol):
    """Prepares a trial's examples; :class:`~tunebench.features.preparation.Preparation` is one.

    Attributes:
        space: The space.
        data: The images; only the number of classes and whether they may be mirrored are used.
    """

    @property
    def space(self) -> Space:
        """The space."""

    @property
    def data(self) -> Any:
        """A ``TrainingData``."""

    def prepare(self, hp: Any) -> Prepared:
        """Examples for these hyperparameters."""


class InProcessExecutor:
    """Runs one trial after another in this process.

    Args:
        source: Prepares each trial's examples.
        options: Of the search.
        progress: Receives an event per epoch.
        on_batch: Called for each batch, as a sign of life; optional.
    """

    workers = 1

    def __init__(
        self,
        source: Source,
        options: SearchOptions,
        progress: Progress,
        on_batch: Callable[[], None] | None = None,
    ) -> None:
        self._source = source
        self._options = options
        self._progress = progress
        self._on_batch = on_batch
        self._waiting: deque[TrialTask] = deque()

    def submit(self, task: TrialTask) -> None:
        """Queue a trial for :meth:`wait`."""
        self._waiting.append(task)

    def wait(self) -> Finished:
        """Run the trial that was submitted first."""
        task = self._waiting.popleft()
        return Finished.of(task, self.run(task), "main")

    def run(self, task: TrialTask) -> TrialOutcome:
        """Build, train and score a trial's model."""
        stopwatch = Stopwatch()
        try:
            return self._train(task, stopwatch)
        except Exception as error:  # noqa: BLE001 (whatever a space's model raises fails only its trial)
            outcome = failed_by(error, stopwatch)
        # Frees the failed model, so that the next trial has its memory.
        gc.collect()
        return outcome

    def _train(self, task: TrialTask, stopwatch: Stopwatch) -> TrialOutcome:
        prepared = self._source.prepare(task.hyperparameters)
        stopwatch.add("prefix", prepared.seconds)
        trainings: list[TrainingRecord] = []
        status, message = _COMPLETED
        planned = self._options.trainings_per_trial
        for number, (fold, train, validation) in enumerate(self._parts(prepared)):
            seed = task.seed if number == 0 else seeds.derive(task.seed, "execution", number)
            model, result = self._train_once(task, number, seed, (train, validation), stopwatch)
            trainings.append(
                TrainingRecord(
                    score=result.best_score,
                    epochs=result.epochs,
                    history=result.history,
                    seed=seed,
                    fold=fold,
                )
            )
            parameters = num_parameters(prepared.prefix) + num_parameters(model)
            if result.below is not None and task.floors is not None:
                reason = task.floors.reason(result.below)
                status, message = _behind(result, result.below, reason, OBJECTIVES[self._options.objective])
                break
            if result.cut or (number + 1 < planned and _must_end(task, stopwatch, number)):
                status, message = _OUT_OF_TIME
                break
        scores = [training.score for training in trainings]
        return TrialOutcome(
            status=status,
            message=message,
            score=fmean(scores),
            scores=scores,
            epochs=max(training.epochs for training in trainings),
            history=trainings[0].history,
            trainings=trainings if planned > 1 else [],
            seconds=_seconds(stopwatch),
            parameters=parameters,
        )

    def _parts(self, prepared: Prepared) -> Iterator[tuple[int | None, Examples, Examples]]:
        """The fold, training and validation examples of each training; one fold is in memory at a time."""
        options = self._options
        if options.cv is None:
            for _ in range(options.executions):
                yield None, prepared.train, prepared.validation
            return
        seed = seeds.derive(options.seed, "folds")
        for number, (train, validation) in enumerate(folds(prepared, options.cv, seed)):
            for _ in range(options.executions):
                yield number, train, validation

    def _train_once(
        self,
        task: TrialTask,
        number: int,
        seed: int,
        examples: tuple[Examples, Examples],
        stopwatch: Stopwatch,
    ) -> tuple[Any, Fit]:
        settings = FitSettings(
            epochs=task.epochs,
            patience=self._options.patience,
            seed=seed,
            save_state=None if task.save_state is None else state_of(task.save_state, number),
            should_stop=lambda: _must_end(task, stopwatch, number),
            floor=task.floors if number == 0 else None,
            objective=self._options.objective,
            class_weights=self._options.class_weights,
            on_batch=self._on_batch,
        )
        return train_model(
            self._source.space,
            task.hyperparameters,
            *examples,
            settings,
            stopwatch,
            num_classes=self._source.data.num_classes,
            mirror_safe=self._source.data.mirror_safe,
            schedule_epochs=self._options.epochs,
            resume=lambda model: self._go_on(model, task, number),
            on_epoch=self._progress.epoch,
            endless=task.endless,
        )

    def _go_on(self, model: Any, task: TrialTask, number: int) -> int:
        """Put the parent's state into a promoted trial's model; returns the epoch to resume at."""
        if task.load_state is None:
            return 0
        path = state_of(task.load_state, number)
        try:
            state.load(model, path)
        except SearchError as error:
            # The trial trains all its epochs itself, to the same end.
            self._progress.note(f"Trial {task.trial_id} starts from its beginning: {error}")
            return 0
        return task.first_epoch


def failed_by(error: Exception, stopwatch: Stopwatch) -> TrialOutcome:
    """The outcome of a trial that raised an exception: it failed, or the time was up before it could start.

    Args:
        error: The exception.
        stopwatch: Holds the trial's times.

    Raises:
        TunebenchError: The trial is not the cause, as with a full disk or missing weights. The search ends
            and can be resumed.
        OSError: The same.
    """
    if isinstance(error, OutOfTimeError):
        return TrialOutcome(status="cut", message=str(error))
    of_trial = isinstance(error, TrialError | SpaceError)
    if isinstance(error, TunebenchError | OSError) and not of_trial:
        raise error
    own = str(error) if of_trial else f"{type(error).__name__}: {first_line(error)}"
    message = memory.shortage(error) or own.rstrip(".")
    return TrialOutcome(status="failed", message=message, seconds=_seconds(stopwatch))


def _must_end(task: TrialTask, stopwatch: Stopwatch, number: int) -> bool:
    """Whether the time is up, during the training with this number, counted from 0."""
    if task.must_end is None:
        return False
    in_all = stopwatch["setup"] + stopwatch["fit"] + stopwatch["evaluate"]
    return task.must_end(in_all / (number + 1))


def _behind(result: Fit, floor: float, reason: str, objective: Objective) -> _Ending:
    best, least = objective.score(result.best_score), objective.score(floor)
    reached = f"its best {objective.words} after epoch {result.epochs} was {best:.4f}"
    worse = "above" if objective.mode == "min" else "below"
    return "pruned", f"{reached}, {worse} {least:.4f}, which is {reason}"


def _seconds(stopwatch: Stopwatch) -> TrialSeconds:
    return TrialSeconds(
        prefix=stopwatch["prefix"],
        setup=stopwatch["setup"],
        fit=stopwatch["fit"],
        evaluate=stopwatch["evaluate"],
    )
