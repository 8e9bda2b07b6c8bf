"""The models as rows of a table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from tunebench.comparison import ModelSummary, Section
from tunebench.comparison.reach import reach, stated_levels
from tunebench.report import formats
from tunebench.report.columns import FIRST, TIMES, Cell, Column


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


def first_table(section: Section, targets: Mapping[str, str]) -> Table:
    """The table of the first screen: accuracy and what it costs.

    Args:
        section: The models.
        targets: By label, the identifier of a model's details.

    Returns:
        The table.
    """
    return _table("Accuracy and training time of each model", FIRST, section, targets)


def time_table(section: Section, targets: Mapping[str, str]) -> Table:
    """Where the training time goes, and what a trained model costs to keep and to use."""
    return _table("Parts of the training time, sizes and inference time", TIMES, section, targets)


def reach_table(section: Section, targets: Mapping[str, str]) -> Table | None:
    """How soon each model reached a few stated validation accuracies; ``None`` without histories."""
    levels = stated_levels(section.models)
    if not levels:
        return None
    columns = tuple(
        Column(f"{100 * level:g}{formats.THIN}%", "Validation accuracy to be reached", _reach_cell(level))
        for level in levels
    )
    return _table("Training time until a validation accuracy was reached", columns, section, targets)


def _reach_cell(level: float) -> Callable[[Section, ModelSummary], Cell]:
    def cell(section: Section, model: ModelSummary) -> Cell:
        del section
        reached = reach(model, level)
        if reached.seconds is None:
            return Cell("never")
        partly = "" if reached.reached == reached.seeds else f"{reached.reached} of {reached.seeds} seeds"
        return Cell(formats.seconds(reached.seconds), partly, reached.seconds)

    return cell


def _table(caption: str, columns: tuple[Column, ...], section: Section, targets: Mapping[str, str]) -> Table:
    rows = tuple(
        Row(
            formats.clean(model.label),
            targets[model.label],
            tuple(column.cell(section, model) for column in columns),
        )
        for model in section.models
    )
    return Table(caption, tuple(Heading(column.title, column.hint) for column in columns), rows)
