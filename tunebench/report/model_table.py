"""The models as rows of a table, and what each column means."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from tunebench.comparison import ModelFigures, Section
from tunebench.comparison.reach import reach, stated_levels
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
class Row:
    """One model.

    Attributes:
        label: Its name.
        target: Where its details stand on the page.
        cells: One per heading.
    """

    label: str
    target: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Heading:
    """A column's title, and what it means."""

    title: str
    hint: str


@dataclass(frozen=True)
class Table:
    """A table with the models in its rows.

    Attributes:
        caption: What it shows.
        headings: Of all columns but the first, the model.
        rows: The most accurate model first.
    """

    caption: str
    headings: tuple[Heading, ...]
    rows: tuple[Row, ...]

    def first(self, rows: int) -> "Table":
        """The table cut to so many rows."""
        return replace(self, rows=self.rows[:rows])


@dataclass(frozen=True)
class _Column:
    title: str
    hint: str
    cell: Callable[[Section, ModelFigures], Cell]


def first_table(section: Section, targets: Mapping[str, str]) -> Table:
    """The table of the first screen: accuracy and what it costs.

    Args:
        section: The models.
        targets: By label, the identifier of a model's details.

    Returns:
        The table.
    """
    return _table("Accuracy and training time of each model", _FIRST, section, targets)


def time_table(section: Section, targets: Mapping[str, str]) -> Table:
    """Where the training time goes, and what a trained model costs to keep and to use."""
    return _table("Parts of the training time, sizes and inference time", _TIMES, section, targets)


def reach_table(section: Section, targets: Mapping[str, str]) -> Table | None:
    """How soon each model reached a few stated validation accuracies; ``None`` without histories."""
    levels = stated_levels(section.models)
    if not levels:
        return None
    columns = tuple(
        _Column(f"{100 * level:g}{formats.THIN}%", "Validation accuracy to be reached", _reach_cell(level))
        for level in levels
    )
    return _table("Training time until a validation accuracy was reached", columns, section, targets)


def _reach_cell(level: float) -> Callable[[Section, ModelFigures], Cell]:
    def cell(section: Section, model: ModelFigures) -> Cell:
        del section
        reached = reach(model, level)
        if reached.seconds is None:
            return Cell("never")
        partly = "" if reached.reached == reached.seeds else f"{reached.reached} of {reached.seeds} seeds"
        return Cell(formats.seconds(reached.seconds), partly, reached.seconds)

    return cell


def _table(caption: str, columns: tuple[_Column, ...], section: Section, targets: Mapping[str, str]) -> Table:
    rows = tuple(
        Row(
            formats.clean(model.label),
            targets[model.label],
            tuple(column.cell(section, model) for column in columns),
        )
        for model in section.models
    )
    return Table(caption, tuple(Heading(column.title, column.hint) for column in columns), rows)


def _accuracy(section: Section, model: ModelFigures) -> Cell:
    del section
    accuracy = model.accuracy
    spread = "" if accuracy.sd is None else f" ± {100 * accuracy.sd:.1f}"
    text = f"{100 * accuracy.mean:.1f}{spread}{formats.THIN}%"
    return Cell(text, formats.percent_interval(model.accuracy_interval), accuracy.mean)


def _time(section: Section, model: ModelFigures) -> Cell:
    del section
    time = model.train_seconds
    spread = "one repeat" if time.sd is None else formats.seconds_range(time.minimum, time.maximum)
    return Cell(formats.seconds(time.mean), spread, time.mean)


def _relative(section: Section, model: ModelFigures) -> Cell:
    ratio = section.relative_time(model)
    return Cell(formats.MISSING if ratio is None else formats.times(ratio), sort=ratio)


def _macro_f1(section: Section, model: ModelFigures) -> Cell:
    del section
    return Cell(formats.MISSING if model.macro_f1 is None else f"{model.macro_f1:.3f}", sort=model.macro_f1)


def _parameters(section: Section, model: ModelFigures) -> Cell:
    del section
    parameters = model.record.finals[0].parameters
    return Cell(formats.short_count(parameters), sort=parameters)


def _search(section: Section, model: ModelFigures) -> Cell:
    del section
    search = model.record.search
    if search is None:
        return Cell(formats.MISSING, "not tuned")
    trials = "1 trial" if search.trials == 1 else f"{search.trials:,} trials"
    return Cell(formats.seconds(search.seconds), trials, search.seconds)


def _prefix(section: Section, model: ModelFigures) -> Cell:
    del section
    seconds = model.mean_of("prefix_seconds")
    return Cell(formats.seconds(seconds) if seconds else formats.MISSING, sort=seconds)


def _setup(section: Section, model: ModelFigures) -> Cell:
    del section
    seconds = model.mean_of("setup_seconds")
    return Cell(formats.seconds(seconds), sort=seconds)


def _fit(section: Section, model: ModelFigures) -> Cell:
    del section
    seconds, epochs = model.mean_of("fit_seconds"), model.mean_of("epochs")
    return Cell(formats.seconds(seconds), f"{epochs:.0f} epochs", seconds)


def _size(section: Section, model: ModelFigures) -> Cell:
    del section
    size = model.mean_of("model_bytes")
    return Cell(formats.size(size), sort=size)


def _inference(section: Section, model: ModelFigures) -> Cell:
    del section
    seconds = model.mean_of("inference_seconds_per_image")
    return Cell(formats.seconds(seconds), sort=seconds)


_TIME = _Column(
    "Training time", "Frozen features + setup + epochs: mean, shortest and longest over seeds", _time
)
_FIRST = (
    _Column("Accuracy", "Mean ± standard deviation over seeds; below, the 95 % interval", _accuracy),
    _TIME,
    _Column("Relative", "Training time as a multiple of the fastest model's", _relative),
    _Column("Macro F1", "F1 score, averaged over the classes and seeds", _macro_f1),
    _Column("Param\N{SOFT HYPHEN}eters", "Weights of the whole model", _parameters),
    _Column("Search", "Wall time of the search; below, its trials", _search),
)
_TIMES = (
    _TIME,
    _Column("Frozen features", "Computed once for all training images", _prefix),
    _Column("Setup", "Building, compiling and tracing the model, the first step included", _setup),
    _Column("Epochs", "The other training steps; below, epochs run", _fit),
    _Column("Size on disk", "Of the saved model", _size),
    _Column("Inference", "Time per image: the whole model on raw images, in batches", _inference),
)
