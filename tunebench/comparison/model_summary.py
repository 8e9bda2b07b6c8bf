"""The figures of one model: what the page's table says of a run."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean, stdev

import numpy as np
from numpy.typing import NDArray

from tunebench.comparison.comparable_times import TimingConditions, timing_conditions
from tunebench.comparison.confusion import confusion_matrix, macro_f1
from tunebench.comparison.edges import Edge, optima_at_edges
from tunebench.comparison.importance import Importance, importance
from tunebench.comparison.intervals import Interval, wilson
from tunebench.comparison.paired import Correct
from tunebench.errors import RecordError
from tunebench.records import EnvironmentRecord, FinalRecord, HyperparameterValue, RunRecord, TrialRecord
from tunebench.runs import Run
from tunebench.runs.predictions import Predictions
from tunebench.runs.timing import RepeatRecord, TimingRecord

# Below this many repeats a spread says little, and the page says so.
ENOUGH_SEEDS = 3


@dataclass(frozen=True)
class Repeats:
    """A quantity measured once per seed.

    Attributes:
        values: In the order of the seeds; at least one.
    """

    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Arithmetic mean."""
        return fmean(self.values)

    @property
    def sd(self) -> float | None:
        """Sample standard deviation; ``None`` for a single value."""
        return stdev(self.values) if len(self.values) > 1 else None

    @property
    def number(self) -> int:
        """How often it was measured."""
        return len(self.values)

    @property
    def minimum(self) -> float:
        """The smallest."""
        return min(self.values)

    @property
    def maximum(self) -> float:
        """The largest."""
        return max(self.values)


@dataclass(frozen=True, eq=False)
class ModelSummary:
    """One run, measured.

    Attributes:
        label: Its name, unique on the page.
        run: Where it was read from.
        predictions: Of each final model, in the order of the seeds; empty where a file cannot be used.
        trials: The ledger; empty for a baseline, and where it cannot be read.
        timing: The winner timed again, which every time is then taken from; ``None`` where it was not.
        problems: What could not be read, a line each.
    """

    label: str
    run: Run
    predictions: tuple[Predictions, ...]
    trials: tuple[TrialRecord, ...]
    timing: TimingRecord | None
    problems: tuple[str, ...]

    @property
    def record(self) -> RunRecord:
        """The run's record."""
        return self.run.record

    @property
    def seeds(self) -> int:
        """Final trainings."""
        return len(self.record.finals)

    @property
    def accuracy(self) -> Repeats:
        """Accuracy on the test split, per seed, from 0 to 1."""
        return Repeats(tuple(final.test_accuracy for final in self.record.finals))

    @property
    def accuracy_interval(self) -> Interval:
        """Wilson's 95 % interval of the mean accuracy: sampling error of the test split alone."""
        return wilson(self.accuracy.mean, max(1, self.record.dataset.test_size))

    @property
    def timed(self) -> Sequence[FinalRecord | RepeatRecord]:
        """The trainings that were timed: the repeats where the winner was timed again, else the finals."""
        return self.record.finals if self.timing is None else self.timing.repeats

    @property
    def train_seconds(self) -> Repeats:
        """Training time of each that was timed: prefix + setup + fit."""
        return Repeats(tuple(training.train_seconds for training in self.timed))

    @property
    def timed_in(self) -> EnvironmentRecord:
        """Where it was timed."""
        return self.record.environment if self.timing is None else self.timing.environment

    @property
    def timing_conditions(self) -> TimingConditions:
        """What must agree before its times can be compared with another model's."""
        return timing_conditions(self.timed_in, self.other_load)

    @property
    def other_load(self) -> float | None:
        """Share of the processor cores that other programs kept busy while it was timed, from 0 to 1.

        The mean over the repeats that were long enough to tell; ``None`` where none was.
        """
        shares = [each.other_load for each in self.timed if each.other_load is not None]
        return fmean(shares) if shares else None

    @cached_property
    def correct(self) -> Correct | None:
        """Which images each seed's model has right, ``(images, seeds)``; ``None`` without predictions."""
        if not self.predictions:
            return None
        return np.stack([predictions.correct for predictions in self.predictions], axis=1)

    @property
    def beats_guessing(self) -> bool:
        """Whether its accuracy is surely above that of always saying the commonest class."""
        classes = len(self.record.dataset.class_names)
        share = 1 / classes
        if self.predictions:
            labels = self.predictions[0].labels
            share = float(np.bincount(labels, minlength=classes).max()) / len(labels)
        return self.accuracy_interval.low > share

    @property
    def set_by_hand(self) -> str:
        """The hyperparameters that the user set in place of the defaults; empty where none was."""
        return str(self.record.settings.get("set") or "")

    @property
    def is_default(self) -> bool:
        """Whether it is a space's default: not tuned, and nothing set by hand."""
        return self.record.kind == "default" and not self.set_by_hand

    @cached_property
    def macro_f1(self) -> float | None:
        """F1 averaged over classes, mean over seeds; ``None`` without predictions.

        A class never predicted counts 0.
        """
        return fmean(macro_f1(each) for each in self._confusions) if self._confusions else None

    @cached_property
    def confusion(self) -> NDArray[np.int64] | None:
        """Counts ``(true class, predicted class)``, summed over seeds; ``None`` without predictions."""
        return np.sum(self._confusions, axis=0, dtype=np.int64) if self._confusions else None

    @cached_property
    def _confusions(self) -> list[NDArray[np.int64]]:
        classes = len(self.record.dataset.class_names)
        return [confusion_matrix(each.labels, each.classes, classes) for each in self.predictions]

    @cached_property
    def importance(self) -> Importance | None:
        """Which hyperparameters mattered in the search; ``None`` where the trials cannot tell."""
        return importance(self.trials)

    @cached_property
    def edges(self) -> list[Edge]:
        """Best hyperparameters at the edge of their range; none for a baseline, which searched nothing."""
        record = self.record
        if record.search is None:
            return []
        tried = {name: self.tried(name) for name in record.ranges}
        return optima_at_edges(record.hyperparameters, record.ranges, tried)

    def tried(self, name: str) -> list[HyperparameterValue]:
        """The values of a hyperparameter that the search tried."""
        return [trial.hyperparameters[name] for trial in self.trials if name in trial.hyperparameters]

    def mean_timed(self, field: str) -> float:
        """Mean of a numeric field that ``FinalRecord`` and ``RepeatRecord`` share, of what was timed."""
        return fmean(float(getattr(training, field)) for training in self.timed)

    def mean_of(self, field: str) -> float:
        """Mean over seeds of a numeric field of ``FinalRecord``."""
        return fmean(float(getattr(final, field)) for final in self.record.finals)


def summarise(run: Run, label: str) -> ModelSummary:
    """Read what lies beside a run's record, and note what cannot be read.

    Args:
        run: The run.
        label: Its name on the page.

    Returns:
        Its figures; a missing or damaged file is a line in ``problems``, never an error.
    """
    problems: list[str] = []
    predictions: tuple[Predictions, ...] = ()
    try:
        predictions = tuple(
            _checked_predictions(run, final.seed, final.test_accuracy) for final in run.record.finals
        )
    except RecordError as error:
        problems.append(f"{label}: {error}")
    trials: tuple[TrialRecord, ...] = ()
    try:
        trials = run.trial_records
    except RecordError as error:
        problems.append(f"{label}: {error}")
    timing: TimingRecord | None = None
    try:
        timing = run.timing
    except RecordError as error:
        problems.append(f"{label}: {error} The times of its final trainings are used.")
    search = run.record.search
    if search is not None and not search.trials:
        problems.append(
            f"{label}: its search finished no trial, so its hyperparameters were not chosen by one."
        )
    return ModelSummary(label, run, predictions, trials, timing, tuple(problems))


def _checked_predictions(run: Run, seed: int, accuracy: float) -> Predictions:
    predictions = run.predictions(seed)
    images = max(1, len(predictions.labels))
    # Half an image of slack for the rounding of a float32 metric.
    if abs(predictions.correct.sum() / images - accuracy) * images > 0.5:  # noqa: PLR2004
        raise RecordError(
            f"predictions-{seed}.npz in {run.folder} gives an accuracy of {predictions.correct.mean():.4f}, "
            f"but run.json {accuracy:.4f}. Expected both from the same training; train the run again."
        )
    return predictions
