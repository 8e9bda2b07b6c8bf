"""The columns of the models' tables: what each means, and how a model's cell is made."""

from collections.abc import Callable
from dataclasses import dataclass

from tunebench.comparison import ModelSummary, Section
from tunebench.report import formats


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes:
        text: What it shows.
        detail: A second, quieter line; may be empty.
        sort: What its column is sorted by; ``None`` stands last.
    """

    text: str
    detail: str = ""
    sort: float | None = None


@dataclass(frozen=True)
class Column:
    """A column: its title, what it means, and how a model's cell is made."""

    title: str
    hint: str
    cell: Callable[[Section, ModelSummary], Cell]


def _accuracy(section: Section, model: ModelSummary) -> Cell:
    del section
    accuracy = model.accuracy
    spread = "" if accuracy.sd is None else f" ± {100 * accuracy.sd:.1f}"
    text = f"{formats.hundredths(accuracy.mean)}{spread}{formats.THIN}%"
    return Cell(text, formats.percent_interval(model.accuracy_interval), accuracy.mean)


def _time(section: Section, model: ModelSummary) -> Cell:
    del section
    time = model.train_seconds
    spread = "one repeat" if time.sd is None else formats.seconds_range(time.minimum, time.maximum)
    return Cell(formats.seconds(time.mean), spread, time.mean)


def _relative(section: Section, model: ModelSummary) -> Cell:
    ratio = section.relative_time(model)
    where = "of those timed alike" if len(section.timing_conditions) > 1 else ""
    return Cell(formats.MISSING if ratio is None else formats.times(ratio), where, ratio)


def _macro_f1(section: Section, model: ModelSummary) -> Cell:
    del section
    return Cell(formats.MISSING if model.macro_f1 is None else f"{model.macro_f1:.3f}", sort=model.macro_f1)


def _parameters(section: Section, model: ModelSummary) -> Cell:
    del section
    parameters = model.record.finals[0].parameters
    return Cell(formats.short_count(parameters), sort=parameters)


def _search(section: Section, model: ModelSummary) -> Cell:
    del section
    search = model.record.search
    if search is None:
        return Cell(formats.MISSING, "not tuned")
    return Cell(formats.seconds(search.seconds), formats.counted(search.trials, "trial"), search.seconds)


def _prefix(section: Section, model: ModelSummary) -> Cell:
    del section
    seconds = model.mean_timed("prefix_seconds")
    return Cell(formats.seconds(seconds) if seconds else formats.MISSING, sort=seconds)


def _setup(section: Section, model: ModelSummary) -> Cell:
    del section
    seconds = model.mean_timed("setup_seconds")
    return Cell(formats.seconds(seconds), sort=seconds)


def _fit(section: Section, model: ModelSummary) -> Cell:
    del section
    seconds, epochs = model.mean_timed("fit_seconds"), model.mean_timed("epochs")
    return Cell(formats.seconds(seconds), formats.counted(epochs, "epoch"), seconds)


def _size(section: Section, model: ModelSummary) -> Cell:
    del section
    size = model.mean_of("model_bytes")
    return Cell(formats.size(size), sort=size)


def _inference(section: Section, model: ModelSummary) -> Cell:
    del section
    seconds = model.mean_of("inference_seconds_per_image")
    return Cell(formats.seconds(seconds), sort=seconds)


_TIME = Column(
    "Training time",
    "What one final training costs: frozen features + setup + epochs. Mean over seeds; below, the shortest "
    "and the longest. Validation and testing are outside the clock.",
    _time,
)
FIRST = (
    Column(
        "Accuracy",
        "Part of the test images that is classified correctly: mean ± standard deviation over seeds (seed: a "
        "training with other random numbers). Below, the 95 % interval: what other test images might show.",
        _accuracy,
    ),
    _TIME,
    Column("Relative", "Training time as a multiple of the fastest model's.", _relative),
    Column(
        "Macro F1",
        "Balance of precision and recall (1 is perfect), averaged over the classes: rare ones count as much.",
        _macro_f1,
    ),
    Column("Param\N{SOFT HYPHEN}eters", "Weights of the whole model, frozen ones included.", _parameters),
    Column(
        "Search", "Time that the search for good hyperparameters took; below, the trials it made.", _search
    ),
)
TIMES = (
    _TIME,
    Column(
        "Frozen features",
        "Passing the training images once through the part that is not trained; timed once, counted in "
        "every repeat.",
        _prefix,
    ),
    Column("Setup", "Building, compiling and tracing the model, its first training step included.", _setup),
    Column("Epochs", "The other training steps; below, how often all images were seen.", _fit),
    Column("Size on disk", "Of the saved model.", _size),
    Column("Inference", "Time per image: the whole model on raw images, in batches.", _inference),
)
