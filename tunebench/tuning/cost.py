"""What a trial's training cost."""

import math
from dataclasses import dataclass

from tunebench.records import TrialRecord


@dataclass(frozen=True)
class TrainingCost:
    """What one training of a trial cost; the frozen features are left out, for they are kept.

    Attributes:
        in_all: Seconds of all its trainings.
        setup: Seconds before the first epoch.
        per_epoch: Seconds an epoch, validation included.
        epochs: Epochs trained.
    """

    in_all: float
    setup: float
    per_epoch: float
    epochs: int

    @classmethod
    def of(cls, record: TrialRecord) -> "TrainingCost":
        """From a line of the ledger; of several trainings, the mean."""
        spent, trainings = record.seconds, max(1, len(record.trainings))
        epochs = sum(training.epochs for training in record.trainings) or record.epochs
        return cls(
            in_all=spent.setup + spent.fit + spent.evaluate,
            setup=spent.setup / trainings,
            per_epoch=(spent.fit + spent.evaluate) / max(1, epochs),
            epochs=math.ceil(epochs / trainings),
        )

    def seconds(self, epochs: int) -> float:
        """What it would have been for so many epochs."""
        return self.setup + epochs * self.per_epoch
