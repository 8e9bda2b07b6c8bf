"""The records that a run leaves: frozen dataclasses and their JSON.

Units are in the names of fields (``fit_seconds``); an ``accuracy`` is from 0 to 1, a ``score`` is that of
:mod:`tunebench.objectives`. Reading checks types and ranges; what is not finite is written as ``null``.
"""

from dataclasses import dataclass, field
from typing import Annotated, Literal

import msgspec

FORMAT_VERSION = 1

# Far above any real value; they keep sums and pictures of a damaged record from overflowing.
_LARGEST_WHOLE = 2**63 - 1
Proportion = Annotated[float, msgspec.Meta(ge=0, le=1)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e12)]
Count = Annotated[int, msgspec.Meta(ge=0, le=10**15)]
Positive = Annotated[int, msgspec.Meta(ge=1, le=10**15)]
Whole = Annotated[int, msgspec.Meta(ge=-_LARGEST_WHOLE, le=_LARGEST_WHOLE)]
Number = Annotated[float, msgspec.Meta(ge=-1e100, le=1e100)]
Score = Annotated[float, msgspec.Meta(ge=-1e100, le=1)]
HyperparameterValue = bool | Whole | Number | str
TrialStatus = Literal["completed", "pruned", "cut", "failed"]
# One list per metric, one entry per epoch; "seconds" is the training time spent up to the epoch's end.
History = dict[str, list[Number | None]]


@dataclass(frozen=True, kw_only=True)
class TrialSeconds:
    """The parts of a trial's time, defined in :mod:`tunebench.fitting.stopwatch`.

    Attributes:
        prefix: Of the frozen features.
        setup: Of building the model, and of its first training step.
        fit: Of the other training steps.
        evaluate: Of validation.
    """

    prefix: Seconds = 0.0
    setup: Seconds = 0.0
    fit: Seconds = 0.0
    evaluate: Seconds = 0.0


@dataclass(frozen=True, kw_only=True)
class TrainingRecord:
    """One of several trainings of a trial.

    Attributes:
        score: Of the best epoch, on the validation images.
        epochs: Epochs trained.
        history: Metrics per epoch.
        seed: Of this training.
        fold: The validation fold, counted from 0; ``None`` without cross-validation.
    """

    score: Score
    epochs: Count
    history: History
    seed: Whole
    fold: Count | None = None


@dataclass(frozen=True, kw_only=True)
class TrialRecord:
    """One line of the ledger: a finished trial.

    Attributes:
        trial_id: Keras Tuner's number of the trial, as a string.
        status: ``completed``, ``pruned`` (others were ahead), ``cut`` (the time was up) or ``failed``.
        message: Why it failed or was stopped; ``None`` if it completed.
        hyperparameters: The values that were tried, including Keras Tuner's own ``tuner/…`` entries.
        score: Of the best epoch, on the validation images; ``None`` if the trial failed.
        scores: The score of each training; ``score`` is their mean.
        epochs: Epochs trained; of several trainings, those of the longest.
        history: Metrics per epoch; of several trainings, those of the first.
        trainings: Each training, if there were several.
        started_at: Local time with offset, ISO 8601.
        elapsed_seconds: The search's wall time when the trial ended, without interruptions.
        seconds: The parts of the trial's time.
        parameters: Weights of the model, including the frozen prefix; ``None`` if no model was built.
        seed: Seeds the trial's initialisation, order and augmentation.
        worker: The worker that ran the trial.
        declared: Hyperparameters that no earlier trial had declared.
        ranges: The range that the trial's build asked for, of hyperparameters for which it differs from the
            declared one, because it depends on others.
    """

    trial_id: str
    status: TrialStatus
    message: str | None = None
    hyperparameters: dict[str, HyperparameterValue]
    score: Score | None = None
    scores: list[Score] = field(default_factory=list)
    epochs: Count = 0
    history: History = field(default_factory=dict)
    trainings: list[TrainingRecord] = field(default_factory=list)
    started_at: str
    elapsed_seconds: Seconds
    seconds: TrialSeconds = field(default_factory=TrialSeconds)
    parameters: Count | None = None
    seed: Whole
    worker: str = "main"
    declared: list[str] = field(default_factory=list)
    ranges: dict[str, list[HyperparameterValue]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class DatasetRecord:
    """The images that a run used.

    Attributes:
        name: The data set's name.
        train_size: Images of the training split, including the validation part.
        validation_size: Those of them that were held out for validation.
        test_size: Images of the test split.
        class_names: In the order of the integer labels.
        sha256: Of all splits' pixels and labels, and the class names.
        notes: What was found when the user's own images were read, in sentences.
        identity: The same for the same images in another size; ``None``: ``sha256`` identifies them.
        class_counts: Images of each class, in the order of ``class_names``, by split (``train``, perhaps
            ``validation``, ``test``); empty in records of earlier versions.
        image_size: ``[height, width]`` of the images in pixels; ``None`` likewise.
    """

    name: str
    train_size: Count
    validation_size: Count
    test_size: Positive
    class_names: Annotated[list[str], msgspec.Meta(min_length=1)]
    sha256: str
    notes: list[str] = field(default_factory=list)
    identity: str | None = None
    class_counts: dict[str, list[Count]] = field(default_factory=dict)
    image_size: tuple[Positive, Positive] | None = None


@dataclass(frozen=True, kw_only=True)
class Importance:
    """How much each hyperparameter of a search mattered; see :mod:`tunebench.comparison.importance`.

    Attributes:
        shares: Share of the total importance by hyperparameter, the largest first; they sum to 1. Empty if
            the trials do not show it.
        floor: The share that one reaches by chance in 1 of 20 searches in which nothing matters; 0 in records
            of versions that did not keep it.
        explained: Variance of unseen trials' scores that the hyperparameters explain, from 0 to 1.
        trials: Number of scored trials used.
    """

    shares: dict[str, Proportion] = field(default_factory=dict)
    floor: Proportion = 0.0
    explained: Proportion = 0.0
    trials: Count = 0


@dataclass(frozen=True, kw_only=True)
class SearchRecord:
    """What the search of a tuned run did.

    Attributes:
        tuner: ``random``, ``bayesian``, ``hyperband`` or ``grid``.
        trials: Finished trials, including failed ones.
        completed: Trials with a score.
        failed: Trials without a score.
        pruned: Trials with a score that were stopped because earlier trials were ahead.
        seconds: Wall time from the command's start to the last trial, without interruptions, and the times of
            the trainings that confirmed the winner.
        best_score: The winner's validation score. It is optimistic, because the winner was chosen by it.
        confirmed: The scores of each trial that was trained again, the winner first; empty if none was.
        starting_points: Configurations listed in the space that were tried before its defaults.
        importance: Of its hyperparameters; ``None`` in records of versions that did not keep it.
    """

    tuner: str
    trials: Count
    completed: Count
    failed: Count
    seconds: Seconds
    best_score: Score
    pruned: Count = 0
    confirmed: dict[str, list[Score]] = field(default_factory=dict)
    starting_points: Count = 0
    importance: Importance | None = None


@dataclass(frozen=True, kw_only=True)
class FinalRecord:
    """One final training: the winner trained again under the clock, then tested once.

    Attributes:
        seed: Of this training; part of the names of its model and predictions files.
        test_accuracy: On the test split.
        test_loss: On the test split (cross-entropy); ``None`` if it was not finite.
        validation_accuracy: On the validation part, with the weights that were kept; ``None`` after a refit.
        train_seconds: The headline: prefix + setup + fit.
        prefix_seconds: Computing the training images' frozen features, once; 0 without a prefix.
        setup_seconds: Building, compiling, tracing and the first step.
        fit_seconds: The other training steps, without validation and evaluation.
        epochs: Epochs trained.
        best_epoch: The epoch, counted from 1, whose weights were kept; the last one after a refit.
        stopped_early: Whether early stopping ended the training.
        parameters: Weights of the complete model, including the frozen prefix.
        model_bytes: Size of the saved ``.keras`` file.
        inference_seconds_per_image: Of the complete model on raw images, in batches, after a warm-up.
        history: Metrics per epoch.
        other_load: Share of the cores, or of the GPU, that other programs used; ``None``: too short to tell.
        paused_seconds: Of its time, what the process was stopped or the computer asleep.
        split_seed: Drew the split into training and validation images; ``None``: that of the run's first
            seed, as in records of earlier versions, or none was drawn: after a refit, or if the data set
            provides the validation images.
    """

    seed: Whole
    test_accuracy: Proportion
    test_loss: Number | None
    validation_accuracy: Proportion | None
    train_seconds: Seconds
    prefix_seconds: Seconds
    setup_seconds: Seconds
    fit_seconds: Seconds
    epochs: Count
    best_epoch: Count
    stopped_early: bool
    parameters: Count
    model_bytes: Count
    inference_seconds_per_image: Seconds
    history: History
    other_load: Proportion | None = None
    paused_seconds: Seconds = 0.0
    split_seed: Whole | None = None


@dataclass(frozen=True, kw_only=True)
class EnvironmentRecord:
    """The environment of a run.

    Attributes:
        backend: Keras' back end, with its version unless that is TensorFlow.
        tensorflow: ``None`` on another back end.
        device: The name of the device that trained, such as ``CPU`` or ``GPU: NVIDIA H100``.
        precision: Keras' dtype policy, such as ``float32``.
        deterministic: Whether operations were deterministic.
        xla: False: TensorFlow's XLA was off, because trainings were measured to be faster without it.
    """

    tunebench: str
    python: str
    keras: str
    backend: str
    tensorflow: str | None
    keras_tuner: str
    numpy: str
    device: str
    cpu_count: Count
    precision: str
    os: str
    deterministic: bool = True
    xla: bool = True


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """``run.json``: a search and its final trainings, or a baseline.

    Attributes:
        name: The run's folder name, and its name in reports.
        space: The space's name.
        summary: The first line of the space's docstring.
        kind: ``tuned`` by a search, or ``default``: a baseline with the space's default (or given) values.
        hyperparameters: Of the final models.
        ranges: What could be tried of each hyperparameter that has a range: ``[minimum, maximum]`` of a
            number, or the choices; used to flag an optimum at its edge.
        settings: Everything else that shaped the run, such as epochs, patience, backbone and seed. ``set``
            holds the hyperparameters that the user set instead of the defaults, as text; ``space_source`` and
            ``data_dir`` say where its space and data were found.
        search: ``None`` for a baseline.
    """

    format_version: int = FORMAT_VERSION
    name: str
    space: str
    summary: str
    kind: Literal["tuned", "default"]
    dataset: DatasetRecord
    hyperparameters: dict[str, HyperparameterValue]
    ranges: dict[str, list[HyperparameterValue]]
    settings: dict[str, HyperparameterValue | None]
    search: SearchRecord | None
    finals: Annotated[list[FinalRecord], msgspec.Meta(max_length=1000)]
    environment: EnvironmentRecord
    command: str
    started_at: str
    finished_at: str
