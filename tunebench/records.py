"""The records a run leaves behind: what they hold, in which unit, and their JSON.

Plain frozen dataclasses. A unit stands in the name of its field (``fit_seconds``, ``model_bytes``);
a ``score`` or ``accuracy`` is a proportion from 0 to 1. Reading checks types and ranges, so that whoever
holds a record can rely on it; a value that is not finite is written as ``null``.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import msgspec

from tunebench.errors import RecordError

if TYPE_CHECKING:
    from pathlib import Path

# 1: the first format.
FORMAT_VERSION = 1

# Upper bounds that nothing real comes near keep sums and pictures of a damaged record from overflowing.
_LARGEST_WHOLE = 2**63 - 1
Proportion = Annotated[float, msgspec.Meta(ge=0, le=1)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e12)]
Count = Annotated[int, msgspec.Meta(ge=0, le=10**15)]
Positive = Annotated[int, msgspec.Meta(ge=1, le=10**15)]
Whole = Annotated[int, msgspec.Meta(ge=-_LARGEST_WHOLE, le=_LARGEST_WHOLE)]
Number = Annotated[float, msgspec.Meta(ge=-1e100, le=1e100)]
HyperparameterValue = bool | Whole | Number | str
TrialStatus = Literal["completed", "pruned", "cut", "failed"]
# One list per metric, one entry per epoch; "seconds" is the training time spent up to the epoch's end.
History = dict[str, list[Number | None]]


@dataclass(frozen=True, kw_only=True)
class TrialSeconds:
    """Where a trial's time went.

    Attributes:
        prefix: What computing the frozen features cost when they were built, cached or not.
        setup: Building, compiling and tracing the model, its first training step included.
        fit: The other training steps.
        evaluate: Validation.
    """

    prefix: Seconds = 0.0
    setup: Seconds = 0.0
    fit: Seconds = 0.0
    evaluate: Seconds = 0.0


@dataclass(frozen=True, kw_only=True)
class TrainingRecord:
    """One of several trainings of a trial.

    Attributes:
        score: Best validation accuracy.
        epochs: Epochs trained.
        history: Metrics per epoch.
        seed: Of this training.
        fold: Which fold was validated on, counted from 0; ``None`` without cross-validation.
    """

    score: Proportion
    epochs: Count
    history: History
    seed: Whole
    fold: Count | None = None


@dataclass(frozen=True, kw_only=True)
class TrialRecord:
    """One line of the ledger: a finished trial.

    Attributes:
        trial_id: Keras Tuner's number of the trial, as a string.
        status: ``completed``, ``pruned`` (stopped, for earlier trials had been ahead), ``cut`` (stopped for
            lack of time) or ``failed``.
        message: Why it failed or was stopped; ``None`` where it was not.
        hyperparameters: The values that were tried, Keras Tuner's own ``tuner/…`` entries included.
        score: Best validation accuracy; ``None`` where the trial failed.
        scores: The score of each training, of which ``score`` is the mean.
        epochs: Epochs trained; of several trainings, by the longest.
        history: Metrics per epoch; of several trainings, those of the first.
        trainings: Each training by itself, where there were several.
        started_at: Local time with offset, ISO 8601.
        elapsed_seconds: The search's wall time when the trial ended, interruptions not counted.
        seconds: The trial's own time, in parts.
        parameters: Weights of the model, frozen prefix included; ``None`` where no model was built.
        seed: Seeds the trial's initialisation, order and augmentation.
        worker: Who ran the trial.
        declared: Hyperparameters that no trial before it had declared.
    """

    trial_id: str
    status: TrialStatus
    message: str | None = None
    hyperparameters: dict[str, HyperparameterValue]
    score: Proportion | None = None
    scores: list[Proportion] = field(default_factory=list)
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


@dataclass(frozen=True, kw_only=True)
class DatasetRecord:
    """The images that a run used.

    Attributes:
        name: The data set's name.
        train_size: Images of the training split, the validation part included.
        validation_size: Those of them that were held out for validation.
        test_size: Images of the test split.
        class_names: In the order of the integer labels.
        sha256: Of the content: both splits' pixels and labels, and the class names.
    """

    name: str
    train_size: Count
    validation_size: Count
    test_size: Positive
    class_names: Annotated[list[str], msgspec.Meta(min_length=1)]
    sha256: str


@dataclass(frozen=True, kw_only=True)
class SearchRecord:
    """What the search of a tuned run did.

    Attributes:
        tuner: ``random``, ``bayesian``, ``hyperband`` or ``grid``.
        trials: Trials finished, failed ones included.
        completed: Of them, those with a score.
        failed: Of them, those without.
        pruned: Of those with a score, the ones that were stopped because earlier trials had been ahead.
        seconds: Wall time from the command's start to the last trial, interruptions not counted.
        best_score: The winner's validation accuracy: optimistic, for it was chosen by it.
    """

    tuner: str
    trials: Count
    completed: Count
    failed: Count
    seconds: Seconds
    best_score: Proportion
    pruned: Count = 0


@dataclass(frozen=True, kw_only=True)
class FinalRecord:
    """One final training: the winner trained again under the clock, then tested once.

    Attributes:
        seed: Of this training; also in the names of its model and predictions files.
        test_accuracy: On the test split.
        test_loss: On the test split (cross-entropy); ``None`` where it was not finite.
        validation_accuracy: On the validation part, of the weights that were kept.
        train_seconds: The headline: prefix + setup + fit.
        prefix_seconds: Computing the frozen features of the training images (what it cost when they were
            built); 0 without a prefix.
        setup_seconds: Building, compiling, tracing and the first step.
        fit_seconds: The other training steps; validation and evaluation are outside.
        epochs: Epochs trained.
        best_epoch: The epoch, counted from 1, whose weights were kept.
        stopped_early: Whether early stopping ended the training.
        parameters: Weights of the whole model, frozen prefix included.
        model_bytes: Size of the saved ``.keras`` file.
        inference_seconds_per_image: Of the whole model on raw images, in batches, after a warm-up.
        history: Metrics per epoch.
        other_load: Share of the processor cores that other programs kept busy during the training;
            ``None`` where it was too short to tell.
    """

    seed: Whole
    test_accuracy: Proportion
    test_loss: Number | None
    validation_accuracy: Proportion
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


@dataclass(frozen=True, kw_only=True)
class EnvironmentRecord:
    """Where a run took place.

    Attributes:
        tensorflow: ``None`` where Keras runs on another back end and TensorFlow is not loaded.
        device: The name of the device that trained, such as ``CPU`` or ``GPU: NVIDIA H100``.
        precision: Keras' dtype policy, such as ``float32``.
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


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """``run.json``: a search and its final trainings, or a baseline.

    Attributes:
        name: The run's folder name; what reports call it.
        space: The space's name.
        summary: The first line of the space's docstring.
        kind: ``tuned`` by a search, or ``default``: a baseline with the space's default (or given) values.
        hyperparameters: Of the model that was trained finally.
        ranges: The declared range of each hyperparameter that has one: ``[minimum, maximum]`` of a number,
            or the choices; used to flag an optimum at its edge.
        settings: Everything else that shaped the run, such as epochs, patience, backbone and seed; ``set``
            holds the hyperparameters that the user set in place of the defaults, as text, ``space_source``
            and ``data_dir`` where its space and its data were found.
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
    finals: list[FinalRecord]
    environment: EnvironmentRecord
    command: str
    started_at: str
    finished_at: str


Record = TypeVar("Record")


def to_json(record: Any, *, indent: int = 0) -> bytes:
    """Encode a record as JSON (UTF-8); with ``indent`` spaces a level, or on one line where it is 0.

    Args:
        record: Any record of this module, or a JSON-like object.
        indent: Spaces a level.

    Returns:
        The JSON text, without a trailing newline. NaN and infinities become ``null``.
    """
    encoded = msgspec.json.encode(record)
    return msgspec.json.format(encoded, indent=indent) if indent else encoded


def from_json(text: bytes | str, kind: type[Record], *, source: "str | Path") -> Record:
    """Decode and check a record.

    Args:
        text: JSON.
        kind: The record's class.
        source: Where the text comes from, for the message.

    Returns:
        The record.

    Raises:
        RecordError: The text is not JSON, or a field is missing, of the wrong type or out of its range.
    """
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise RecordError(
            f"{source} is not a readable {kind.__name__}: {error}. "
            "Expected the JSON that tunebench wrote; restore the file from a copy or run the command again."
        ) from error
