"""What watches a training: it ends one that is of no use any more, saves its state and reports it."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from tunebench.errors import TrialError
from tunebench.fitting import state

OBJECTIVE = "val_accuracy"

# Of an epoch: its number, counted from 1; how many there are; the validation accuracy.
OnEpoch = Callable[[int, int, float], None]


class FiniteLoss(keras.callbacks.Callback):
    """Fails a training whose loss is no longer a number: from there on it only burns time."""

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Raise ``TrialError`` where a loss is infinite or NaN."""
        for name, part in (("loss", "training"), ("val_loss", "validation")):
            loss = (logs or {}).get(name, 0.0)
            if not math.isfinite(loss):
                raise TrialError(
                    f"the {part} loss was {loss} in epoch {epoch + 1}; a smaller learning rate would help"
                )


class SaveState(keras.callbacks.Callback):
    """Saves what a later training needs to go on from the last epoch's weights."""

    def __init__(self, path: Path) -> None:
        """Args: ``path``: the file to write."""
        super().__init__()
        self._path = path

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Save, before ``EarlyStopping`` puts the best weights back."""
        del logs
        state.save(self.model, self._path)


class _Stop(keras.callbacks.Callback):
    """Ends a training after an epoch, unless it ends there anyway."""

    def _may_end(self, epoch: int) -> bool:
        return epoch < self.params["epochs"] - 1 and not self.model.stop_training


class Limit(_Stop):
    """Ends a training whose time is up.

    Attributes:
        reached: Whether it did.
    """

    def __init__(self, must_end: Callable[[], bool] | None) -> None:
        """Args: ``must_end``: asked after every epoch; ``None``: nobody asks."""
        super().__init__()
        self._must_end = must_end
        self.reached = False

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Ask whether to stop here."""
        del logs
        if self._must_end is not None and self._may_end(epoch) and self._must_end():
            self.reached = self.model.stop_training = True


class Floors(_Stop):
    """Ends a training that has not reached what was asked of it by then.

    Attributes:
        missed: The floor that it missed; ``None``: none.
    """

    def __init__(self, floors: tuple[float, ...]) -> None:
        """Args: ``floors``: the least that the best validation accuracy is after each epoch."""
        super().__init__()
        self._floors = floors
        self._best = 0.0
        self.missed: float | None = None

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Compare the best validation accuracy so far with the epoch's floor."""
        self._best = max(self._best, (logs or {}).get(OBJECTIVE, 0.0))
        floor = self._floors[epoch] if epoch < len(self._floors) else 0.0
        if self._best < floor and self._may_end(epoch):
            self.missed, self.model.stop_training = floor, True


class Report(keras.callbacks.Callback):
    """Tells of each epoch."""

    def __init__(self, on_epoch: OnEpoch, epochs: int) -> None:
        """Args: ``on_epoch``: who is told; ``epochs``: how many there are in all."""
        super().__init__()
        self._on_epoch = on_epoch
        self._epochs = epochs

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Tell the epoch's number, counted from 1, and its validation accuracy."""
        self._on_epoch(epoch + 1, self._epochs, (logs or {}).get(OBJECTIVE, math.nan))
