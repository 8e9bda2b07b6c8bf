"""An oracle's proposals, independent of the order in which trials finish."""

from typing import Any

from tunebench.records import TrialRecord
from tunebench.tuning.oracles import IDLE, RUNNING, SCORE
from tunebench.tuning.pruning import Curves

_TUNER_ID = "driver"


class Proposals:
    """An oracle's proposals, the same whichever trial finishes first.

    Parallel trials finish in any order, but their outcomes are reported to the oracle in the order they
    started, as late as possible: when it proposes trial i, counted from 0, it knows exactly the outcomes of
    trials 0 to i − window. Only if it has to wait does it get further ones, one by one.

    Args:
        oracle: A new ``keras_tuner.Oracle``.
        window: Trials that may be running or unreported, the next one included. With 1 the oracle knows every
            outcome before it proposes.
        curves: Gets each trial whose outcome the oracle knows.

    Attributes:
        curves: The same.
        ended: Whether the oracle has nothing more to propose.
    """

    def __init__(self, oracle: Any, window: int, curves: Curves) -> None:
        self.curves = curves
        self.ended = False
        self._oracle = oracle
        self._window = window
        self._trials: list[Any] = []
        self._outcomes: dict[str, TrialRecord] = {}
        self._num_reported = 0
        # How many outcomes the oracle has to know before its next proposal.
        self._num_needed = 0

    @property
    def number(self) -> int:
        """The number of the next trial."""
        return len(self._trials)

    def next(self) -> Any | None:
        """The next ``keras_tuner`` trial; ``None`` if an outcome is missing or the oracle has ended."""
        while not self.ended:
            self._num_needed = max(self._num_needed, self.number - self._window + 1)
            if not self._report(self._num_needed):
                return None
            # An oracle gives each tuner id one trial at a time.
            trial = self._oracle.create_trial(f"{_TUNER_ID}-{self.number}")
            if trial.status == RUNNING:
                self._trials.append(trial)
                return trial
            if trial.status == IDLE:
                self._num_needed = self._num_reported + 1
            else:
                self.ended = True
        return None

    def end(self, record: TrialRecord) -> None:
        """Take a trial's outcome, to be reported in turn."""
        self._outcomes[record.trial_id] = record

    def report_rest(self) -> None:
        """Report the remaining outcomes, when no more trials will be proposed."""
        self._report(self.number)

    def _report(self, number: int) -> bool:
        """Report outcomes until the oracle knows this many; whether it does."""
        while self._num_reported < number:
            trial = self._trials[self._num_reported] if self._num_reported < self.number else None
            record = None if trial is None else self._outcomes.pop(trial.trial_id, None)
            if trial is None or record is None:
                return False
            self._report_one(trial, record)
            self.curves.add(record)
            self._num_reported += 1
        return True

    def _report_one(self, trial: Any, record: TrialRecord) -> None:
        score = self.curves.expected_score(record)
        if score is None:
            trial.status, trial.message = "FAILED", record.message
        else:
            self._oracle.update_trial(trial.trial_id, {SCORE: score})
            trial.status = "COMPLETED"
        self._oracle.end_trial(trial)
