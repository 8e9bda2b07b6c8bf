"""Ask an oracle so that the order in which trials end does not matter."""

from typing import Any

from tunebench.fitting.callbacks import OBJECTIVE
from tunebench.records import TrialRecord
from tunebench.tuning.cost import TrainingCost
from tunebench.tuning.oracles import IDLE, RUNNING, SECONDS
from tunebench.tuning.pruning import Curves

_TUNER_ID = "driver"


class Proposals:
    """An oracle's proposals, the same whichever trial ends first.

    Trials that run at once end in any order, but the oracle hears of them in the order they began, and no
    earlier than it must: when it is asked for trial number i, counted from 0, it knows the outcomes of
    exactly the trials 0 to i − window. Only where it says that it has to wait is it told of further ones, one
    by one.

    Args:
        oracle: A new ``keras_tuner.Oracle``.
        window: Trials that may be under way or untold, the next one included; 1: the oracle knows every
            outcome before it proposes.
        epochs: Epochs of a trial at most; of a stopped one the oracle is told what so many would have cost,
            and about what it would have scored.

    Attributes:
        curves: The accuracies, by epoch, of the trials whose outcomes the oracle knows.
        ended: Whether the oracle has nothing more to propose.
    """

    def __init__(self, oracle: Any, window: int, epochs: int) -> None:
        self._oracle = oracle
        self._window = window
        self._epochs = epochs
        self._trials: list[Any] = []
        self._outcomes: dict[str, TrialRecord] = {}
        self._num_told = 0
        self.curves = Curves(epochs)
        # How many outcomes the oracle has to know before it is asked again.
        self._needed = 0
        self.ended = False

    @property
    def number(self) -> int:
        """The number of the next trial."""
        return len(self._trials)

    def next(self) -> Any | None:
        """The next ``keras_tuner`` trial; ``None`` where an outcome is missing, or the oracle has ended."""
        while not self.ended:
            self._needed = max(self._needed, self.number - self._window + 1)
            if not self._tell(self._needed):
                return None
            # An oracle gives each of its tuners one trial at a time.
            trial = self._oracle.create_trial(f"{_TUNER_ID}-{self.number}")
            if trial.status == RUNNING:
                self._trials.append(trial)
                return trial
            if trial.status == IDLE:
                self._needed = self._num_told + 1
            else:
                self.ended = True
        return None

    def end(self, record: TrialRecord) -> None:
        """Take a trial's outcome, to be told when it is its turn."""
        self._outcomes[record.trial_id] = record

    def tell_rest(self) -> None:
        """Tell the oracle of what has ended, when it will not be asked again."""
        self._tell(self.number)

    def _tell(self, number: int) -> bool:
        """Whether the oracle knows so many outcomes, having been told of those that there are."""
        while self._num_told < number:
            trial = self._trials[self._num_told] if self._num_told < self.number else None
            record = None if trial is None else self._outcomes.pop(trial.trial_id, None)
            if trial is None or record is None:
                return False
            self._tell_one(trial, record)
            self.curves.add(record)
            self._num_told += 1
        return True

    def _tell_one(self, trial: Any, record: TrialRecord) -> None:
        score = self.curves.expected_score(record)
        if score is None:
            trial.status, trial.message = "FAILED", record.message
        else:
            cost = TrainingCost.of(record)
            # What others stopped cost less, but that is no merit of its hyperparameters.
            epochs = cost.epochs if record.status == "completed" else self._epochs
            self._oracle.update_trial(trial.trial_id, {OBJECTIVE: score, SECONDS: cost.seconds(epochs)})
            trial.status = "COMPLETED"
        self._oracle.end_trial(trial)
