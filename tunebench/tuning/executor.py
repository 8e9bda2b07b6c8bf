"""Run trials in this process."""

import keras

from tunebench.clock import Stopwatch
from tunebench.errors import TrialError, TunebenchError
from tunebench.fitting import FitSettings, augmentation, batch_size, fit, num_parameters, state
from tunebench.fitting.fit import OnEpoch
from tunebench.preparation import Preparation
from tunebench.records import TrialSeconds
from tunebench.tuning.trial import TrialOutcome, TrialTask


class InProcessExecutor:
    """Runs one trial after the other here.

    Args:
        preparation: Gives each trial its examples.
        patience: Epochs without improvement after which a trial stops; ``None`` for never.
        on_epoch: Told about each epoch.
    """

    worker = "main"

    def __init__(self, preparation: Preparation, patience: int | None, on_epoch: OnEpoch | None) -> None:
        self._preparation = preparation
        self._patience = patience
        self._on_epoch = on_epoch

    def run(self, task: TrialTask) -> TrialOutcome:
        """Build, train and score a trial's model."""
        stopwatch = Stopwatch()
        try:
            return self._train(task, stopwatch)
        except TrialError as error:
            return _failed(str(error), stopwatch)
        except TunebenchError as error:
            return _failed(str(error).rstrip("."), stopwatch)
        except (Exception, MemoryError) as error:  # noqa: BLE001 (whatever a space's model raises fails only its trial)
            first_line = (str(error).strip().splitlines() or ["no message"])[0]
            return _failed(f"{type(error).__name__}: {first_line}", stopwatch)

    def _train(self, task: TrialTask, stopwatch: Stopwatch) -> TrialOutcome:
        hp, data = task.hyperparameters, self._preparation.data
        prepared = self._preparation.prepare(hp)
        stopwatch.add("prefix", prepared.seconds)
        # Layer names begin anew, and nothing of the last trial stays behind.
        keras.utils.clear_session(free_memory=False)
        keras.utils.set_random_seed(task.seed)
        with stopwatch.measure("setup"):
            model = self._preparation.space.build(hp, prepared.input_shape, data.num_classes)
            if task.load_state is not None:
                state.load(model, task.load_state)
        settings = FitSettings(
            epochs=task.epochs,
            patience=self._patience,
            batch_size=batch_size(hp.values),
            augmentation=augmentation(hp.values, mirror_safe=data.mirror_safe),
            seed=task.seed,
            first_epoch=task.first_epoch,
            save_state=task.save_state,
        )
        result = fit(model, prepared.train, prepared.validation, settings, stopwatch, self._on_epoch)
        return TrialOutcome(
            status="completed",
            score=result.best_score,
            epochs=result.epochs,
            history=result.history,
            seconds=_seconds(stopwatch),
            parameters=num_parameters(prepared.prefix) + num_parameters(model),
        )


def _failed(message: str, stopwatch: Stopwatch) -> TrialOutcome:
    return TrialOutcome(status="failed", message=message, seconds=_seconds(stopwatch))


def _seconds(stopwatch: Stopwatch) -> TrialSeconds:
    return TrialSeconds(
        prefix=stopwatch["prefix"],
        setup=stopwatch["setup"],
        fit=stopwatch["fit"],
        evaluate=stopwatch["evaluate"],
    )
