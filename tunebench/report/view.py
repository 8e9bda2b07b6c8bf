"""What the page shows: a comparison turned into texts, charts and rows for the template."""

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from tunebench.class_table import FEW, ClassTable, class_table
from tunebench.comparison import Comparison, ModelSummary, Pair, Section
from tunebench.objectives import Objective
from tunebench.report import formats, measures
from tunebench.report.answer import Answer, answer
from tunebench.report.caveats import caveats, time_caveats
from tunebench.report.columns import Cell, Column, main_columns, reach_columns, time_columns
from tunebench.report.main_chart import chart_notes, narrow_chart, wide_chart
from tunebench.report.model_view import ModelView, model_view
from tunebench.report.provenance import Facts, shared_facts
from tunebench.report.size_view import SizeView, size_view
from tunebench.report.study_view import StudyView, study_view
from tunebench.report.timing_notes import machine, timed_again
from tunebench.report.words import dataset_title

# Beyond this many models on the page, only the most accurate ones are shown in full.
_IN_FULL_UP_TO = 12
_OF_MANY_IN_FULL = 8
_OF_MANY_ROWS = 24
# All pairs of twelve models.
_PAIRS = 66


@dataclass(frozen=True)
class Table:
    """A table with a row per model.

    Attributes:
        caption: What it shows.
        columns: All columns except the first, the model.
        rows: Each model with its cells, the most accurate one first.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[ModelSummary, tuple[Cell, ...]], ...]


@dataclass(frozen=True)
class SectionView:
    """One data set's part of the page; ``key`` is the prefix of its identifiers."""

    key: str
    title: str
    objective: Objective
    facts: str
    answer: Answer
    targets: Mapping[str, str]
    timing_note: str
    caveats: tuple[str, ...]
    time_caveats: tuple[str, ...]
    wide_chart: Markup
    narrow_chart: Markup
    chart_notes: tuple[str, ...]
    main_table: Table
    time_table: Table
    reach_table: Table
    pairs: tuple[Pair, ...]
    num_pairs: int
    asked: bool
    models: tuple[ModelView, ...]
    class_table: ClassTable | None
    shared_facts: Facts
    extent_note: str


@dataclass(frozen=True)
class PageView:
    """The complete page."""

    title: str
    sections: tuple[SectionView, ...]
    problems: tuple[str, ...]
    size_curves: tuple[SizeView, ...]
    studies: tuple[StudyView, ...]


def page_view(comparison: Comparison, *, gallery: bool = True) -> PageView:
    """Everything the page shows of a comparison.

    Args:
        comparison: What was compared.
        gallery: Whether to show the models' most confident errors.

    Returns:
        The view.
    """
    sections = tuple(
        _section(section, comparison, f"s{number}", gallery=gallery)
        for number, section in enumerate(comparison.sections, start=1)
    )
    titles = {section.title for section in sections}
    title = titles.pop() if len(titles) == 1 else f"{len(titles)} data sets"
    if not titles and len(sections) > 1:
        title += f": {len(sections)} sets of images"
    curves = tuple(
        size_view(curve, f"n{number}") for number, curve in enumerate(comparison.size_curves, start=1)
    )
    studies = tuple(
        study_view(study, f"t{number}") for number, study in enumerate(comparison.studies, start=1)
    )
    return PageView(title, sections, comparison.problems, curves, studies)


def _section(section: Section, comparison: Comparison, key: str, *, gallery: bool) -> SectionView:
    targets = {model.label: f"{key}-m{number}" for number, model in enumerate(section.models, start=1)}
    shared = shared_facts(section.models)
    models_on_page = sum(len(each.models) for each in comparison.sections)
    in_full = num_in_full(models_on_page, len(section.models))
    limited = in_full < len(section.models)
    rows = _OF_MANY_ROWS if limited else len(section.models)
    return SectionView(
        key=key,
        title=dataset_title(section.dataset.name),
        objective=section.objective,
        facts=_facts(section),
        answer=answer(section, comparison.size_curves),
        targets=targets,
        timing_note=timed_again(section),
        caveats=tuple(caveats(section)),
        time_caveats=tuple(time_caveats(section)),
        wide_chart=wide_chart(section, f"{key}-wide", targets),
        narrow_chart=narrow_chart(section, f"{key}-narrow", targets),
        chart_notes=tuple(chart_notes(section)),
        main_table=_table(
            f"{measures.title(section.objective)} and training time of each model",
            main_columns(section),
            section.models,
        ),
        time_table=_table(
            "Parts of the training time, sizes and inference time", time_columns(), section.models[:rows]
        ),
        reach_table=_table(
            "Training time until a validation accuracy was reached",
            reach_columns(section),
            section.models[:rows],
        ),
        pairs=section.pairs[: max(rows, _PAIRS)],
        num_pairs=section.family,
        asked=any(pair.asked for pair in section.pairs),
        models=tuple(
            model_view(model, targets[model.label], shared, in_full=number < in_full, gallery=gallery)
            for number, model in enumerate(section.models)
        ),
        class_table=class_table(section.dataset.class_names, section.dataset.class_counts, FEW),
        shared_facts=shared,
        extent_note=_extent_note(models_on_page, in_full, measures.most(section.objective))
        if limited
        else "",
    )


def num_in_full(models_on_page: int, models_in_section: int) -> int:
    """How many models of a section get charts and class tables, so that a page of many runs stays small."""
    if models_on_page <= _IN_FULL_UP_TO:
        return models_in_section
    return min(models_in_section, max(1, round(_OF_MANY_IN_FULL * models_in_section / models_on_page)))


def _extent_note(models_on_page: int, in_full: int, most: str) -> str:
    best = f"the {most} model" if in_full == 1 else f"the {in_full} {most} models"
    return (
        f"This page compares {models_on_page} runs, so charts and class tables are shown only for {best}; "
        f"compare fewer runs to see the others. Time tables are limited to {_OF_MANY_ROWS} models, the table "
        f"of differences to {_PAIRS} pairs. The CSV and JSON files contain all figures."
    )


def _table(caption: str, columns: tuple[Column, ...], models: tuple[ModelSummary, ...]) -> Table:
    rows = tuple((model, tuple(column.cell(model) for column in columns)) for model in models)
    return Table(caption, columns, rows)


def _facts(section: Section) -> str:
    dataset, differing = section.dataset, list(section.timing_differences)
    where = (
        f"timed under different conditions ({formats.listed(differing)})" if differing else machine(section)
    )
    finished = max(model.record.finished_at for model in section.models)
    sizes = f"{dataset.train_size:,} training images, {dataset.test_size:,} test images"
    return f"{sizes} · {where} · {formats.day(finished)}"
