"""Train a compiled model with early stopping, keep its best weights and say where the time went."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from tunebench.augmentation import Augmentation
from tunebench.clock import Stopwatch, TrainingClock
from tunebench.errors import TrialError
from tunebench.fitting import state
from tunebench.fitting.batches import Examples, TrainingBatches
from tunebench.fitting.graphs import graphs_let_go
from tunebench.records import History

OBJECTIVE = "val_accuracy"
# Validation computes no gradients, so a larger batch fits and is faster.
_SMALLEST_VALIDATION_BATCH = 256
# A step of a small head on features takes about as long as starting it from Python does. The results are the
# same, bit for bit; where a step is long, as on images, nothing was gained (docs/decisions/0025).
_STEPS_AT_A_TIME = 16

OnEpoch = Callable[[int, int, float], None]


@dataclass(frozen=True, kw_only=True)
class FitSettings:
    """How long and on what to train.

    Attributes:
        epochs: Epochs at most, counted from the model's first one.
        patience: Epochs without a better validation accuracy after which training stops; ``None`` for never.
        batch_size: Examples a step.
        augmentation: Applied to training images; ``None`` for none.
        seed: Draws the order of the examples and their augmentation.
        first_epoch: Where a continued training goes on, counted from 0.
        save_state: Where to save the training's state after the last epoch; ``None``: nowhere.
        must_end: Asked after every epoch whether to stop there; ``None``: nobody asks.
        floors: What the best validation accuracy has to have reached after each epoch, counted from the
            model's first one; below it training stops. Empty: nothing.
        on_batch: Called whenever a batch of training examples is taken; ``None``: nobody is.
    """

    epochs: int
    patience: int | None
    batch_size: int
    augmentation: Augmentation | None
    seed: int
    first_epoch: int = 0
    save_state: Path | None = None
    must_end: Callable[[], bool] | None = None
    floors: tuple[float, ...] = ()
    on_batch: Callable[[], None] | None = None


@dataclass(frozen=True)
class Fit:
    """What a training gave; the model holds its best weights.

    Attributes:
        history: Metrics per epoch, and ``seconds``: training time spent when the epoch's steps ended.
        best_score: Highest validation accuracy, from 0 to 1.
        best_epoch: The epoch, counted from 1, that reached it.
        stopped_early: Whether it ended before the last epoch, for patience ran out or it had to end.
        cut: Whether it had to end.
        below: The floor that it missed; ``None`` where it missed none.
    """

    history: History
    best_score: float
    best_epoch: int
    stopped_early: bool
    cut: bool = False
    below: float | None = None

    @property
    def epochs(self) -> int:
        """Epochs trained."""
        return len(self.history["seconds"])


def fit(
    model: Any,
    train: Examples,
    validation: Examples,
    settings: FitSettings,
    stopwatch: Stopwatch,
    on_epoch: OnEpoch | None = None,
) -> Fit:
    """Train a compiled model.

    Args:
        model: A compiled ``keras.Model`` that reports ``accuracy``.
        train: Examples to train on.
        validation: Examples to choose the best epoch with.
        settings: How.
        stopwatch: Gets ``setup``, ``fit`` and ``evaluate`` seconds.
        on_epoch: Called after each epoch with its number (from 1), the number of epochs and the validation
            accuracy.

    Returns:
        What the training gave.

    Raises:
        TrialError: A loss was not finite.
    """
    if model.steps_per_execution == 1:
        model.steps_per_execution = _steps_at_a_time(train)
    clock = TrainingClock(stopwatch)
    stopper = keras.callbacks.EarlyStopping(
        OBJECTIVE,
        mode="max",
        patience=settings.epochs if settings.patience is None else settings.patience,
        restore_best_weights=True,
    )
    callbacks = [clock, _FiniteLoss()]
    if settings.save_state is not None:
        # Before the stopper, which puts the best weights back when training ends.
        callbacks.append(_SaveState(settings.save_state))
    callbacks.append(stopper)
    limit = _Limit(settings.must_end)
    callbacks.append(limit)
    floors = _Floors(settings.floors)
    callbacks.append(floors)
    if on_epoch is not None:
        callbacks.append(_Report(on_epoch, settings.epochs))
    batches = TrainingBatches(
        train,
        settings.batch_size,
        settings.seed,
        settings.augmentation,
        settings.first_epoch,
        settings.on_batch,
    )
    with graphs_let_go():
        history = model.fit(
            batches,
            validation_data=(validation.inputs, validation.labels),
            validation_batch_size=max(settings.batch_size, _SMALLEST_VALIDATION_BATCH),
            initial_epoch=settings.first_epoch,
            epochs=settings.epochs,
            callbacks=callbacks,
            verbose=0,
            shuffle=False,
        ).history
    scores = history[OBJECTIVE]
    return Fit(
        history=_by_epoch(history, clock),
        best_score=float(max(scores)),
        best_epoch=settings.first_epoch + scores.index(max(scores)) + 1,
        stopped_early=settings.first_epoch + len(scores) < settings.epochs,
        cut=limit.reached,
        below=floors.missed,
    )


def _steps_at_a_time(train: Examples) -> int:
    """How many training steps run as one: several on vectors; Keras' PyTorch trainer refuses that."""
    on_vectors = train.inputs.ndim == 2  # noqa: PLR2004 (examples and their features)
    return _STEPS_AT_A_TIME if on_vectors and keras.backend.backend() != "torch" else 1


def _by_epoch(history: dict[str, list[Any]], clock: TrainingClock) -> History:
    by_epoch: History = {name: [float(value) for value in values] for name, values in history.items()}
    by_epoch["seconds"] = [*clock.epoch_seconds]
    return by_epoch


class _FiniteLoss(keras.callbacks.Callback):
    """Fails a training whose loss is no longer a number: from there on it only burns time."""

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        for name, part in (("loss", "training"), ("val_loss", "validation")):
            loss = (logs or {}).get(name, 0.0)
            if not math.isfinite(loss):
                raise TrialError(
                    f"the {part} loss was {loss} in epoch {epoch + 1}; a smaller learning rate would help"
                )


class _SaveState(keras.callbacks.Callback):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        del logs
        state.save(self.model, self._path)


class _Stop(keras.callbacks.Callback):
    """Ends a training after an epoch, unless it ends there anyway."""

    def _may_end(self, epoch: int) -> bool:
        return epoch < self.params["epochs"] - 1 and not self.model.stop_training


class _Limit(_Stop):
    """Ends a training whose time is up."""

    def __init__(self, must_end: Callable[[], bool] | None) -> None:
        super().__init__()
        self._must_end = must_end
        self.reached = False

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        del logs
        if self._must_end is not None and self._may_end(epoch) and self._must_end():
            self.reached = self.model.stop_training = True


class _Floors(_Stop):
    """Ends a training that has not reached what was asked of it by then."""

    def __init__(self, floors: tuple[float, ...]) -> None:
        super().__init__()
        self._floors = floors
        self._best = 0.0
        self.missed: float | None = None

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._best = max(self._best, (logs or {}).get(OBJECTIVE, 0.0))
        floor = self._floors[epoch] if epoch < len(self._floors) else 0.0
        if self._best < floor and self._may_end(epoch):
            self.missed, self.model.stop_training = floor, True


class _Report(keras.callbacks.Callback):
    def __init__(self, on_epoch: OnEpoch, epochs: int) -> None:
        super().__init__()
        self._on_epoch = on_epoch
        self._epochs = epochs

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._on_epoch(epoch + 1, self._epochs, (logs or {}).get(OBJECTIVE, math.nan))
