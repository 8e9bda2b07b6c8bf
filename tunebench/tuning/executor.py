"""Run trials in this process."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from tunebench import seeds
from tunebench.clock import Stopwatch
from tunebench.errors import SearchError, SpaceError, TrialError, TunebenchError
from tunebench.fitting import (
    Examples,
    Fit,
    FitSettings,
    augmentation,
    batch_size,
    begin_anew,
    fit,
    num_parameters,
    schedule,
    state,
)
from tunebench.preparation import Preparation, Prepared
from tunebench.progress import Progress
from tunebench.records import TrainingRecord, TrialSeconds
from tunebench.tuning.folds import folds
from tunebench.tuning.trial import TrialOutcome, TrialTask


@dataclass(frozen=True)
class Repeats:
    """How often each trial is trained, each time with a seed of its own.

    Attributes:
        executions: On the same examples.
        folds: Folds of cross-validation, each validated on so often; ``None``: the held-out images are.
        seed: Divides the folds.
    """

    executions: int = 1
    folds: int | None = None
    seed: int = 0


class InProcessExecutor:
    """Runs one trial after the other here.

    Args:
        preparation: Gives each trial its examples.
        epochs: The most that any trial trains, which a schedule of the learning rate spans.
        patience: Epochs without improvement after which a trial stops; ``None`` for never.
        progress: Told about each epoch.
        repeats: How often each trial is trained, and on what.
    """

    worker = "main"

    def __init__(
        self,
        preparation: Preparation,
        epochs: int,
        patience: int | None,
        progress: Progress,
        repeats: Repeats | None = None,
    ) -> None:
        self._preparation = preparation
        self._epochs = epochs
        self._patience = patience
        self._progress = progress
        self._repeats = repeats or Repeats()

    def run(self, task: TrialTask) -> TrialOutcome:
        """Build, train and score a trial's model."""
        stopwatch = Stopwatch()
        try:
            return self._train(task, stopwatch)
        except (TrialError, SpaceError) as error:
            return _failed(str(error).rstrip("."), stopwatch)
        except (TunebenchError, OSError):
            # A full disk or missing weights are no trial's fault: the search ends and can be resumed.
            raise
        except (Exception, MemoryError) as error:  # noqa: BLE001 (whatever a space's model raises fails only its trial)
            first_line = (str(error).strip().splitlines() or ["no message"])[0]
            return _failed(f"{type(error).__name__}: {first_line}", stopwatch)

    def _train(self, task: TrialTask, stopwatch: Stopwatch) -> TrialOutcome:
        prepared = self._preparation.prepare(task.hyperparameters)
        stopwatch.add("prefix", prepared.seconds)
        trainings: list[TrainingRecord] = []
        cut = False
        planned = self._repeats.executions * (self._repeats.folds or 1)
        for number, (fold, train, validation) in enumerate(self._parts(prepared)):
            seed = task.seed if number == 0 else seeds.derive(task.seed, "execution", number)
            result, model = self._train_once(task, number, seed, (train, validation), stopwatch)
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
            if cut := result.cut or (number + 1 < planned and _must_end(task, stopwatch, number)):
                break
        scores = [training.score for training in trainings]
        return TrialOutcome(
            status="pruned" if cut else "completed",
            score=fmean(scores),
            scores=scores,
            epochs=max(training.epochs for training in trainings),
            history=trainings[0].history,
            trainings=trainings if planned > 1 else [],
            seconds=_seconds(stopwatch),
            parameters=parameters,
        )

    def _parts(self, prepared: Prepared) -> Iterator[tuple[int | None, Examples, Examples]]:
        """What each training of a trial trains on and is validated on; one fold in memory at a time."""
        repeats = self._repeats
        if repeats.folds is None:
            for _ in range(repeats.executions):
                yield None, prepared.train, prepared.validation
            return
        seed = seeds.derive(repeats.seed, "folds")
        for number, (train, validation) in enumerate(folds(prepared, repeats.folds, seed)):
            for _ in range(repeats.executions):
                yield number, train, validation

    def _train_once(
        self,
        task: TrialTask,
        number: int,
        seed: int,
        examples: tuple[Examples, Examples],
        stopwatch: Stopwatch,
    ) -> tuple[Fit, Any]:
        train, validation = examples
        hp, data = task.hyperparameters, self._preparation.data
        begin_anew(seed)
        with stopwatch.measure("setup"):
            model = self._preparation.space.build(hp, train.inputs.shape[1:], data.num_classes)
            schedule(model, hp.values, num_examples=len(train), epochs=self._epochs)
            first_epoch = self._go_on(model, task, number)
        settings = FitSettings(
            epochs=task.epochs,
            patience=self._patience,
            batch_size=batch_size(hp.values),
            augmentation=augmentation(hp.values, mirror_safe=data.mirror_safe),
            seed=seed,
            first_epoch=first_epoch,
            save_state=_numbered(task.save_state, number),
            must_end=lambda: _must_end(task, stopwatch, number),
        )
        result = fit(model, train, validation, settings, stopwatch, self._progress.epoch)
        return result, model

    def _go_on(self, model: Any, task: TrialTask, number: int) -> int:
        """Put the parent's state into a promoted trial's model; the epoch to go on from."""
        path = _numbered(task.load_state, number)
        if path is None:
            return 0
        try:
            state.load(model, path)
        except SearchError as error:
            # The trial trains all its epochs itself, to the same end.
            self._progress.note(f"Trial {task.trial_id} starts from its beginning: {error}")
            return 0
        return task.first_epoch


def _numbered(path: Path | None, number: int) -> Path | None:
    """Each training of a trial has a state of its own."""
    return path if path is None or number == 0 else path.with_stem(f"{path.stem}-{number}")


def _must_end(task: TrialTask, stopwatch: Stopwatch, number: int) -> bool:
    """Whether the time is up, in the training of this number, counted from 0."""
    if task.must_end is None:
        return False
    in_all = stopwatch["setup"] + stopwatch["fit"] + stopwatch["evaluate"]
    return task.must_end(in_all / (number + 1))


def _failed(message: str, stopwatch: Stopwatch) -> TrialOutcome:
    return TrialOutcome(status="failed", message=message, seconds=_seconds(stopwatch))


def _seconds(stopwatch: Stopwatch) -> TrialSeconds:
    return TrialSeconds(
        prefix=stopwatch["prefix"],
        setup=stopwatch["setup"],
        fit=stopwatch["fit"],
        evaluate=stopwatch["evaluate"],
    )
