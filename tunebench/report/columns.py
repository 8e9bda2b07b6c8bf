"""The columns of the model tables: what each means and how its cells are made."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tunebench.comparison import ModelSummary, Section
from tunebench.comparison.reach import reach, stated_levels
from tunebench.objectives import Objective, ObjectiveName
from tunebench.report import formats, measures


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes:
        text: What it shows.
        detail: A second, smaller line; may be empty.
        sort: Its sort key; ``None`` sorts last.
    """

    text: str
    detail: str = ""
    sort: float | None = None


@dataclass(frozen=True)
class Column:
    """A column: its title, what it means, and how a model's cell is made."""

    title: str
    hint: str
    cell: Callable[[ModelSummary], Cell]


_HINTS: dict[ObjectiveName, str] = {
    "accuracy": "Share of test images classified correctly",
    "balanced_accuracy": "Share of images classified correctly in each class, averaged with equal weight",
    "macro_f1": "Harmonic mean of precision and recall, averaged over classes with equal weight; at most 1",
    "loss": "Cross-entropy of the test images; the higher the probabilities of the true classes, the lower",
}
_SPREAD = (
    ": mean ± standard deviation over seeds. Below: 95 % interval, the range expected of the mean for other "
    "test images and, with several seeds, other seeds."
)


def main_columns(section: Section) -> tuple[Column, ...]:
    """The columns of the first table: the objective, accuracy beside it, and what they cost."""
    measured = [section.objective, *measures.beside(section)]
    macro_f1 = Column("Macro F1", f"{_HINTS['macro_f1']}.", _macro_f1)
    return (
        *(
            Column(measures.title(each), f"{_HINTS[each.name]}{_SPREAD}", partial(_measured, each))
            for each in measured
        ),
        _TIME,
        Column(
            "Relative time",
            _relative_hint(section),
            partial(_relative, section),
        ),
        *([macro_f1] if section.objective.name != "macro_f1" else []),
        Column(
            "Param\N{SOFT HYPHEN}eters", "Weights of the complete model, including frozen ones.", _parameters
        ),
        Column("Search time", "Duration of the hyperparameter search. Below: number of trials.", _search),
    )


def time_columns() -> tuple[Column, ...]:
    """The parts of the training time, and what a trained model costs to store and to use."""
    return (
        _TIME,
        Column(
            "Frozen features",
            "One pass of the training images through the frozen part of the model; timed once, counted in "
            "every repeat.",
            _prefix,
        ),
        Column(
            "Setup", "Building, compiling and tracing the model, including its first training step.", _setup
        ),
        Column("Epochs", "The remaining training steps. Below: number of epochs.", _fit),
        Column("Size on disk", "Size of the saved model.", _size),
        Column("Inference", "Time per image: the complete model on raw images, in batches.", _inference),
    )


def reach_columns(section: Section) -> tuple[Column, ...]:
    """How soon each model reached a few validation accuracies; empty without histories."""
    return tuple(
        Column(f"{100 * level:g}{formats.THIN}%", "", partial(_reach, level))
        for level in stated_levels(section.models)
    )


def _measured(objective: Objective, model: ModelSummary) -> Cell:
    found = model.measured(objective)
    if found is None:
        return Cell(formats.MISSING)
    text = measures.mean_and_spread(objective, found.mean, found.sd)
    return Cell(text, measures.interval(objective, found.interval), found.mean)


def _time(model: ModelSummary) -> Cell:
    time = model.train_seconds
    spread = "one repeat" if time.sd is None else formats.seconds_range(time.minimum, time.maximum)
    return Cell(formats.seconds(time.mean), spread, time.mean)


def _relative_hint(section: Section) -> str:
    differing = [*section.timing_differences]
    alike = f" with the same {formats.listed(differing)}" if differing else ""
    return f"Training time as a multiple of that of the fastest model{alike}, by geometric means."


def _relative(section: Section, model: ModelSummary) -> Cell:
    ratio = section.relative_time(model)
    where = "same conditions" if len(section.timing_conditions) > 1 else ""
    return Cell(formats.MISSING if ratio is None else formats.times(ratio), where, ratio)


def _macro_f1(model: ModelSummary) -> Cell:
    return Cell(formats.MISSING if model.macro_f1 is None else f"{model.macro_f1:.3f}", sort=model.macro_f1)


def _parameters(model: ModelSummary) -> Cell:
    parameters = model.record.finals[0].parameters
    return Cell(formats.short_count(parameters), sort=parameters)


def _search(model: ModelSummary) -> Cell:
    search = model.record.search
    if search is None:
        return Cell(formats.MISSING, "not tuned")
    return Cell(formats.seconds(search.seconds), formats.counted(search.trials, "trial"), search.seconds)


def _prefix(model: ModelSummary) -> Cell:
    seconds = model.mean_timed("prefix_seconds")
    return Cell(formats.seconds(seconds) if seconds else formats.MISSING, sort=seconds)


def _setup(model: ModelSummary) -> Cell:
    seconds = model.mean_timed("setup_seconds")
    return Cell(formats.seconds(seconds), sort=seconds)


def _fit(model: ModelSummary) -> Cell:
    seconds, epochs = model.mean_timed("fit_seconds"), model.mean_timed("epochs")
    return Cell(formats.seconds(seconds), formats.counted(epochs, "epoch"), seconds)


def _size(model: ModelSummary) -> Cell:
    size = model.mean_of("model_bytes")
    return Cell(formats.size(size), sort=size)


def _inference(model: ModelSummary) -> Cell:
    seconds = model.mean_of("inference_seconds_per_image")
    return Cell(formats.seconds(seconds), sort=seconds)


def _reach(level: float, model: ModelSummary) -> Cell:
    reached = reach(model, level)
    if reached.seconds is None:
        return Cell("not reached")
    partly = "" if reached.reached == reached.seeds else f"{reached.reached} of {reached.seeds} seeds"
    return Cell(formats.seconds(reached.seconds), partly, reached.seconds)


_TIME = Column(
    "Training time",
    "Cost of one final training: frozen features + setup + epochs; validation and testing are not timed. "
    "Mean over repeats. Below: shortest and longest.",
    _time,
)
