"""Keras callbacks: fail on a loss that is not finite, stop on request, prune, go on."""

import math
import time
from collections.abc import Callable

import keras

from tunebench.errors import TrialError
from tunebench.objectives import Objective

# Between two questions whether to stop.
_ASK_SECONDS = 1.0


class FiniteLoss(keras.callbacks.Callback):
    """Fails a training whose loss becomes infinite or NaN."""

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Raise ``TrialError`` if the epoch's training or validation loss is not finite."""
        for name, part in (("loss", "training"), ("val_loss", "validation")):
            loss = (logs or {}).get(name, 0.0)
            if not math.isfinite(loss):
                raise TrialError(
                    f"the {part} loss was {loss} in epoch {epoch + 1}; a smaller learning rate would help"
                )


class _Stop(keras.callbacks.Callback):
    """Can stop a training after an epoch, unless it ends there anyway."""

    def _goes_on(self, epoch: int) -> bool:
        return epoch < self.params["epochs"] - 1 and not self.model.stop_training


class StopOnRequest(_Stop):
    """Stops a training when a function says so, also within an epoch, which ends there.

    Attributes:
        stopped: Whether it did.
    """

    def __init__(self, should_stop: Callable[[], bool]) -> None:
        """Args: ``should_stop``: called after every epoch except the last, and about once a second."""
        super().__init__()
        self._should_stop = should_stop
        self._asked = time.monotonic()
        self.stopped = False

    def on_train_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Stop after the next step if requested.

        The hook for a step's end would make Keras wait for the device at every step.
        """
        del batch, logs
        if time.monotonic() > self._asked + _ASK_SECONDS and not self.stopped:
            self._asked = time.monotonic()
            if self._should_stop():
                self.stopped = self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Stop if requested."""
        del logs
        if self._goes_on(epoch) and self._should_stop():
            self.stopped = self.model.stop_training = True


class Pruning(_Stop):
    """Stops a training whose best score is below a threshold.

    Args:
        objective: What is scored.
        floor: The minimum of the best score after an epoch, counted from 1; ``None``: none.

    Attributes:
        missed: The minimum that was missed, or ``None``.
    """

    def __init__(self, objective: Objective, floor: Callable[[int], float] | None) -> None:
        super().__init__()
        self._objective = objective
        self._floor = floor or (lambda _: -math.inf)
        self._best = -math.inf
        self.missed: float | None = None

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Compare the best score so far with the epoch's minimum."""
        self._best = max(self._best, self._objective.score((logs or {})[self._objective.metric]))
        floor = self._floor(epoch + 1)
        if self._best < floor and self._goes_on(epoch):
            self.missed, self.model.stop_training = floor, True


class GoOn(keras.callbacks.Callback):
    """Undoes that a callback before it stops the training after an epoch."""

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Go on."""
        del epoch, logs
        self.model.stop_training = False
