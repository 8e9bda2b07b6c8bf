"""One run's accuracy, training time and search, as the page shows them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from tunebench.comparison.comparable_times import TimingConditions, timing_conditions
from tunebench.comparison.crossed import Correct, Crossed, Estimate, mean_of
from tunebench.comparison.edges import Edge, optima_at_edges
from tunebench.comparison.importance import importance
from tunebench.comparison.intervals import wilson
from tunebench.comparison.repeats import Measured, Repeats
from tunebench.comparison.scores import guessed, measure, parts, strata
from tunebench.errors import RecordError
from tunebench.objectives import ACCURACY, OBJECTIVES, Objective, asked
from tunebench.records import (
    EnvironmentRecord,
    FinalRecord,
    HyperparameterValue,
    Importance,
    RunRecord,
    TrialRecord,
)
from tunebench.runs import Run
from tunebench.runs.predictions import Predictions
from tunebench.runs.timing import RepeatRecord, TimingRecord

# With fewer repeats, the page warns that their spread is uncertain.
ENOUGH_SEEDS = 3


@dataclass(frozen=True, eq=False)
class ModelSummary:
    """One run and the statistics that the page shows.

    Attributes:
        label: Name, unique on the page.
        run: The run.
        predictions: Test predictions of each final model, in the order of the seeds; empty if a file is
            unusable.
        trials: The ledger; empty for a baseline, or if it cannot be read.
        timing: A later timing of the winner, which replaces the times of the final trainings; optional.
        problems: What could not be read, one line each.
        objective: What it is compared by.
    """

    label: str
    run: Run
    predictions: tuple[Predictions, ...]
    trials: tuple[TrialRecord, ...]
    timing: TimingRecord | None
    problems: tuple[str, ...]
    objective: Objective = ACCURACY

    @property
    def record(self) -> RunRecord:
        """The run's record."""
        return self.run.record

    @property
    def seeds(self) -> int:
        """Number of final trainings."""
        return len(self.record.finals)

    @property
    def accuracy(self) -> Repeats:
        """Test accuracy per seed, from 0 to 1."""
        return Repeats(tuple(final.test_accuracy for final in self.record.finals))

    @property
    def asked(self) -> Objective:
        """What its search, or the choice of its best epoch, maximised."""
        return asked(self.record.settings)

    @cached_property
    def accuracy_measured(self) -> Measured:
        """Test accuracy per seed, with its 95 % interval; without predictions, for other images only."""
        # The recorded values, which are rounded, as elsewhere on the page.
        values = self.accuracy.values
        if self.predictions:
            return replace(measure(ACCURACY, self.predictions), values=values)
        images = max(1, self.record.dataset.test_size)
        return Measured(values, wilson(self.accuracy.mean, images))

    @cached_property
    def value(self) -> Measured:
        """The value of its objective on the test images, per seed, with its 95 % interval."""
        # Without predictions models are compared by accuracy.
        if self.objective == ACCURACY or not self.predictions:
            return self.accuracy_measured
        return measure(self.objective, self.predictions)

    @property
    def score(self) -> float:
        """The mean of :attr:`value`, the higher the better."""
        return self.objective.score(self.value.mean)

    @cached_property
    def crossed(self) -> Crossed | None:
        """Each image's part in the score of each seed; ``None`` without predictions."""
        return Crossed(parts(self.objective, self.predictions)) if self.predictions else None

    @cached_property
    def estimate(self) -> Estimate | None:
        """The mean score with its variance; ``None`` without predictions."""
        if self.crossed is None:
            return None
        return mean_of(self.crossed, strata(self.objective, self.predictions[0].labels))

    def measured(self, objective: Objective) -> Measured | None:
        """The value of any objective, likewise; ``None`` if it needs predictions and they are missing."""
        if objective == self.objective:
            return self.value
        if objective.name not in self._measured:
            known = self.predictions or objective == ACCURACY
            self._measured[objective.name] = replace(self, objective=objective).value if known else None
        return self._measured[objective.name]

    @cached_property
    def _measured(self) -> dict[str, Measured | None]:
        return {}

    @property
    def timed(self) -> Sequence[FinalRecord | RepeatRecord]:
        """The timed trainings: those of a later timing, otherwise the final trainings."""
        return self.record.finals if self.timing is None else self.timing.repeats

    @property
    def train_seconds(self) -> Repeats:
        """Seconds of each timed training: prefix + setup + fit."""
        return Repeats(tuple(training.train_seconds for training in self.timed))

    @property
    def timing_environment(self) -> EnvironmentRecord:
        """Environment of the timed trainings."""
        return self.record.environment if self.timing is None else self.timing.environment

    @cached_property
    def timing_conditions(self) -> TimingConditions:
        """Conditions that must agree before its times can be compared with another model's."""
        return timing_conditions(self.timing_environment, self.other_load)

    @property
    def other_load(self) -> float | None:
        """Share of the processor cores, or of the GPU, that other programs used during the trainings.

        From 0 to 1, the mean over timed trainings long enough to measure it; ``None`` if there are none.
        """
        shares = [each.other_load for each in self.timed if each.other_load is not None]
        return fmean(shares) if shares else None

    @cached_property
    def correct(self) -> Correct | None:
        """Which images each seed classifies correctly, ``(images, seeds)``; ``None`` without predictions."""
        if not self.predictions:
            return None
        return np.stack([predictions.correct for predictions in self.predictions], axis=1)

    @cached_property
    def test_labels(self) -> bytes | None:
        """The test images' labels, which identify them; ``None`` without predictions or if seeds disagree."""
        labels = {predictions.labels.tobytes() for predictions in self.predictions}
        return labels.pop() if len(labels) == 1 else None

    @property
    def beats_guessing(self) -> bool:
        """Whether its interval is better than the score of knowing only how common the classes are."""
        classes, interval = len(self.record.dataset.class_names), self.value.interval
        chance = 1 / classes
        if self.predictions:
            chance = guessed(self.objective, self.predictions[0].labels, classes)
        return min(map(self.objective.score, (interval.low, interval.high))) > chance

    @property
    def set_by_hand(self) -> str:
        """The hyperparameters that the user set instead of the defaults; empty if none."""
        return str(self.record.settings.get("set") or "")

    @cached_property
    def is_default(self) -> bool:
        """Whether all hyperparameters are the space's defaults."""
        return self.record.kind == "default" and not self.set_by_hand

    @cached_property
    def macro_f1(self) -> float | None:
        """F1 averaged over classes, mean over seeds; ``None`` without predictions.

        A class without images and predictions counts 0.
        """
        if not self.predictions:
            return None
        classes, f1 = len(self.record.dataset.class_names), OBJECTIVES["macro_f1"]
        return fmean(f1.of_classes(each.labels, each.classes, classes) for each in self.predictions)

    @cached_property
    def confusion(self) -> NDArray[np.int64] | None:
        """Counts ``(true class, predicted class)``, summed over seeds; ``None`` without predictions."""
        if not self.predictions:
            return None
        labels = np.concatenate([each.labels for each in self.predictions])
        predicted = np.concatenate([each.classes for each in self.predictions])
        classes = len(self.record.dataset.class_names)
        return np.bincount(labels * classes + predicted, minlength=classes**2).reshape(classes, classes)

    @cached_property
    def importance(self) -> Importance | None:
        """Which hyperparameters mattered in the search; ``None`` if the trials do not show it."""
        search = self.record.search
        # Records of earlier versions lack it.
        found = importance(self.trials) if search is None or search.importance is None else search.importance
        return found if found.shares else None

    @cached_property
    def edges(self) -> list[Edge]:
        """Best hyperparameters at the edge of their range; none for a baseline."""
        record = self.record
        if record.search is None:
            return []
        return optima_at_edges(record.hyperparameters, record.ranges, self.trials)

    def tried(self, name: str) -> list[HyperparameterValue]:
        """The values of a hyperparameter that the search tried."""
        return [trial.hyperparameters[name] for trial in self.trials if name in trial.hyperparameters]

    def mean_timed(self, field: str) -> float:
        """Mean over the timed trainings of a field that ``FinalRecord`` and ``RepeatRecord`` share."""
        return fmean(float(getattr(training, field)) for training in self.timed)

    def mean_of(self, field: str) -> float:
        """Mean over the final trainings of a numeric field of ``FinalRecord``."""
        return fmean(float(getattr(final, field)) for final in self.record.finals)

    @property
    def validation_accuracy(self) -> float | None:
        """Mean over the final trainings; ``None`` if they trained on the validation images."""
        known = [
            final.validation_accuracy for final in self.record.finals if final.validation_accuracy is not None
        ]
        return fmean(known) if known else None


def summarise(run: Run, label: str) -> ModelSummary:
    """Read a run's predictions, trials and timing.

    Args:
        run: The run.
        label: Its name on the page.

    Returns:
        The summary; a missing or damaged file is reported in ``problems`` and raises no error.
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
        problems.append(f"{label}: its search finished no trial, so its hyperparameters are not tuned.")
    return ModelSummary(label, run, predictions, trials, timing, tuple(problems))


def _checked_predictions(run: Run, seed: int, accuracy: float) -> Predictions:
    predictions = run.predictions(seed)
    images = max(1, len(predictions.labels))
    # Half an image of tolerance, because the recorded accuracy is a rounded float32.
    if abs(predictions.correct.sum() / images - accuracy) * images > 0.5:  # noqa: PLR2004
        raise RecordError(
            f"predictions-{seed}.npz in {run.folder} gives an accuracy of {predictions.correct.mean():.4f}, "
            f"but run.json {accuracy:.4f}. Expected both from the same training; train the run again."
        )
    return predictions
