"""Train a compiled model with early stopping, keep its best weights and say where the time went."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from tunebench.fitting import callbacks
from tunebench.fitting.augmentation import Augmentation
from tunebench.fitting.batches import Examples, OrderedBatches, TrainingBatches
from tunebench.fitting.callbacks import OBJECTIVE, OnEpoch
from tunebench.fitting.feeding import feed
from tunebench.fitting.graphs import graphs_let_go
from tunebench.fitting.stopwatch import Stopwatch, TrainingClock
from tunebench.fitting.variables import make_variables
from tunebench.records import History

# Validation computes no gradients, so a larger batch fits and is faster.
_SMALLEST_VALIDATION_BATCH = 256
# A step of a small head on features takes about as long as starting it from Python does. The results are the
# same, bit for bit; where a step is long, as on images, nothing was gained (docs/decisions/0025).
_STEPS_AT_A_TIME = 16


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
    limit, floors = callbacks.Limit(settings.must_end), callbacks.Floors(settings.floors)
    batches, watching = feed(
        TrainingBatches(
            train,
            settings.batch_size,
            settings.seed,
            settings.augmentation,
            settings.first_epoch,
            settings.on_batch,
        )
    )
    held_out, _ = feed(OrderedBatches(validation, max(settings.batch_size, _SMALLEST_VALIDATION_BATCH)))
    watching += [clock, callbacks.FiniteLoss(), *_stoppers(settings), limit, floors]
    if on_epoch is not None:
        watching.append(callbacks.Report(on_epoch, settings.epochs))
    with stopwatch.measure("setup"):
        make_variables(model, train.labels[:1])
    with graphs_let_go():
        history = model.fit(
            batches,
            validation_data=held_out,
            initial_epoch=settings.first_epoch,
            epochs=settings.epochs,
            callbacks=watching,
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


def _stoppers(settings: FitSettings) -> list[keras.callbacks.Callback]:
    """What stops a training that no longer improves; SaveState comes before the best weights are put back."""
    patience = settings.epochs if settings.patience is None else settings.patience
    stopper = keras.callbacks.EarlyStopping(
        OBJECTIVE, mode="max", patience=patience, restore_best_weights=True
    )
    return [stopper] if settings.save_state is None else [callbacks.SaveState(settings.save_state), stopper]


def _steps_at_a_time(train: Examples) -> int:
    """How many training steps run as one: several on vectors; Keras' PyTorch trainer refuses that."""
    on_vectors = train.inputs.ndim == 2  # noqa: PLR2004 (examples and their features)
    return _STEPS_AT_A_TIME if on_vectors and keras.backend.backend() != "torch" else 1


def _by_epoch(history: dict[str, list[Any]], clock: TrainingClock) -> History:
    by_epoch: History = {name: [float(value) for value in values] for name, values in history.items()}
    by_epoch["seconds"] = [*clock.epoch_seconds]
    return by_epoch
