"""Keras callbacks: fail on a loss that is not finite, stop on request, prune."""

import math
from collections.abc import Callable

import keras

from tunebench.errors import TrialError

OBJECTIVE = "val_accuracy"


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
    """Stops a training when a function says so.

    Attributes:
        stopped: Whether it did.
    """

    def __init__(self, should_stop: Callable[[], bool]) -> None:
        """Args: ``should_stop``: called after every epoch except the last."""
        super().__init__()
        self._should_stop = should_stop
        self.stopped = False

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Stop if requested."""
        del logs
        if self._goes_on(epoch) and self._should_stop():
            self.stopped = self.model.stop_training = True


class Pruning(_Stop):
    """Stops a training whose best validation accuracy is below a threshold.

    Attributes:
        missed: The threshold that was missed, or ``None``.
    """

    def __init__(self, thresholds: tuple[float, ...]) -> None:
        """Args: ``thresholds``: the minimum of the best validation accuracy after each epoch, from 0 to 1."""
        super().__init__()
        self._thresholds = thresholds
        self._best = 0.0
        self.missed: float | None = None

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Compare the best validation accuracy so far with the epoch's threshold."""
        self._best = max(self._best, (logs or {}).get(OBJECTIVE, 0.0))
        threshold = self._thresholds[epoch] if epoch < len(self._thresholds) else 0.0
        if self._best < threshold and self._goes_on(epoch):
            self.missed, self.model.stop_training = threshold, True
