"""Run trials in this process."""

from typing import Any

from tunebench.clock import Stopwatch
from tunebench.errors import SearchError, SpaceError, TrialError, TunebenchError
from tunebench.fitting import (
    FitSettings,
    augmentation,
    batch_size,
    begin_anew,
    fit,
    num_parameters,
    schedule,
    state,
)
from tunebench.preparation import Preparation
from tunebench.progress import Progress
from tunebench.records import TrialSeconds
from tunebench.tuning.trial import TrialOutcome, TrialTask


class InProcessExecutor:
    """Runs one trial after the other here.

    Args:
        preparation: Gives each trial its examples.
        epochs: The most that any trial trains, which a schedule of the learning rate spans.
        patience: Epochs without improvement after which a trial stops; ``None`` for never.
        progress: Told about each epoch.
    """

    worker = "main"

    def __init__(
        self, preparation: Preparation, epochs: int, patience: int | None, progress: Progress
    ) -> None:
        self._preparation = preparation
        self._epochs = epochs
        self._patience = patience
        self._progress = progress

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
        hp, data = task.hyperparameters, self._preparation.data
        prepared = self._preparation.prepare(hp)
        stopwatch.add("prefix", prepared.seconds)
        begin_anew(task.seed)
        with stopwatch.measure("setup"):
            model = self._preparation.space.build(hp, prepared.input_shape, data.num_classes)
            schedule(model, hp.values, num_examples=len(prepared.train), epochs=self._epochs)
            first_epoch = self._go_on(model, task)
        settings = FitSettings(
            epochs=task.epochs,
            patience=self._patience,
            batch_size=batch_size(hp.values),
            augmentation=augmentation(hp.values, mirror_safe=data.mirror_safe),
            seed=task.seed,
            first_epoch=first_epoch,
            save_state=task.save_state,
        )
        result = fit(model, prepared.train, prepared.validation, settings, stopwatch, self._progress.epoch)
        return TrialOutcome(
            status="completed",
            score=result.best_score,
            epochs=result.epochs,
            history=result.history,
            seconds=_seconds(stopwatch),
            parameters=num_parameters(prepared.prefix) + num_parameters(model),
        )

    def _go_on(self, model: Any, task: TrialTask) -> int:
        """Put the parent's state into a promoted trial's model; the epoch to go on from."""
        if task.load_state is None:
            return 0
        try:
            state.load(model, task.load_state)
        except SearchError as error:
            # The trial trains all its epochs itself, to the same end.
            self._progress.note(f"Trial {task.trial_id} starts from its beginning: {error}")
            return 0
        return task.first_epoch


def _failed(message: str, stopwatch: Stopwatch) -> TrialOutcome:
    return TrialOutcome(status="failed", message=message, seconds=_seconds(stopwatch))


def _seconds(stopwatch: Stopwatch) -> TrialSeconds:
    return TrialSeconds(
        prefix=stopwatch["prefix"],
        setup=stopwatch["setup"],
        fit=stopwatch["fit"],
        evaluate=stopwatch["evaluate"],
    )
