"""What the page shows: a comparison turned into texts, pictures and rows, ready for the template.

The template decides where things stand, never what they are.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from tunebench.comparison import Comparison, ModelFigures, Section
from tunebench.report import charts, formats, svg
from tunebench.report.answer import Name, Sentence, answer
from tunebench.report.details import ModelView, model_view
from tunebench.report.model_table import Table, first_table, time_table
from tunebench.report.pair_view import PairView, pair_view
from tunebench.report.titles import dataset_title

_WIDE = (560, 370)
_NARROW = (330, 330)


@dataclass(frozen=True)
class RecommendationView:
    """A recommended model on the first screen."""

    purpose: str
    label: str
    target: str
    accuracy: str
    interval: str
    time: str
    note: Sentence


@dataclass(frozen=True)
class SectionView:
    """One data set's part of the page."""

    key: str
    title: str
    facts: str
    recommendations: tuple[RecommendationView, ...]
    findings: tuple[Sentence, ...]
    next_steps: tuple[Sentence, ...]
    caveats: tuple[str, ...]
    wide_chart: Markup
    narrow_chart: Markup
    chart_notes: tuple[str, ...]
    first_table: Table
    time_table: Table
    pairs: tuple[PairView, ...]
    models: tuple[ModelView, ...]


@dataclass(frozen=True)
class PageView:
    """The whole page."""

    title: str
    sections: tuple[SectionView, ...]
    problems: tuple[str, ...]


def page_view(comparison: Comparison) -> PageView:
    """Everything the page shows of a comparison.

    Args:
        comparison: What was compared.

    Returns:
        The view.
    """
    sections = tuple(
        _section(section, f"s{number}") for number, section in enumerate(comparison.sections, start=1)
    )
    title = sections[0].title if len(sections) == 1 else f"{len(sections)} data sets"
    return PageView(title, sections, tuple(formats.clean(problem) for problem in comparison.problems))


def _section(section: Section, key: str) -> SectionView:
    words = answer(section)
    targets = {model.label: f"{key}-m{number}" for number, model in enumerate(section.models, start=1)}
    recommendations = tuple(
        RecommendationView(
            purpose=each.purpose,
            label=formats.clean(each.model.label),
            target=targets[each.model.label],
            accuracy=formats.percent(each.model.accuracy.mean),
            interval=formats.percent_interval(each.model.accuracy_interval),
            time=formats.seconds(each.model.train_seconds.mean),
            note=_clean(each.note),
        )
        for each in words.recommendations
    )
    return SectionView(
        key=key,
        title=dataset_title(section.dataset.name),
        facts=_facts(section),
        recommendations=recommendations,
        findings=tuple(_clean(sentence) for sentence in words.findings),
        next_steps=tuple(_clean(sentence) for sentence in words.next_steps),
        caveats=tuple(_caveats(section)),
        wide_chart=_chart(section, f"{key}-wide", targets, _WIDE),
        narrow_chart=_chart(section, f"{key}-narrow", targets, _NARROW),
        chart_notes=tuple(_chart_notes(section)),
        first_table=first_table(section, targets),
        time_table=time_table(section, targets),
        pairs=tuple(pair_view(pair) for pair in section.pairs),
        models=tuple(model_view(model, targets[model.label]) for model in section.models),
    )


def _clean(sentence: Sentence) -> Sentence:
    return tuple(
        Name(formats.clean(part)) if isinstance(part, Name) else formats.clean(part) for part in sentence
    )


def _facts(section: Section) -> str:
    dataset = section.dataset
    clock = section.clocks[0]
    device = f"{clock.cpu_count} CPU cores" if clock.device == "CPU" else formats.clean(clock.device)
    machine = device if len(section.clocks) == 1 else f"{len(section.clocks)} machines or precisions"
    finished = max(model.record.finished_at for model in section.models)
    sizes = f"{dataset.train_size:,} training images, {dataset.test_size:,} test images"
    return f"{sizes} · {machine} · {formats.day(finished)}"


def _caveats(section: Section) -> Iterable[str]:
    """What limits the times; it stands beside them."""
    if len(section.clocks) > 1:
        clocks = "; ".join(
            f"{formats.clean(clock.device)}, {clock.cpu_count} cores, {formats.clean(clock.precision)}"
            for clock in section.clocks
        )
        yield (
            f"Timed on different machines or in different precisions ({clocks}): "
            "the times cannot be compared."
        )
    if min(model.seeds for model in section.models) < 3:  # noqa: PLR2004 (repeats that a spread needs)
        yield "Fewer than three repeats of some models: their spread is a guess."


def _chart(section: Section, key: str, targets: dict[str, str], size: tuple[int, int]) -> Markup:
    figure = charts.accuracy_against_time(section, *size)
    links = {
        f"point-{number}-": svg.Link(targets[model.label], point_text(model))
        for number, model in enumerate(section.models)
    }
    description = " ".join(f"{point_text(model)}." for model in section.models)
    return svg.inline(figure, key, "Accuracy against training time", description, links)


def point_text(model: ModelFigures) -> str:
    """What is said of a point on hover and on focus."""
    time = model.train_seconds
    return (
        f"{formats.clean(model.label)}: {formats.percent(model.accuracy.mean)} "
        f"({formats.percent_interval(model.accuracy_interval)}) in {formats.seconds(time.mean)} "
        f"({formats.seconds_range(time.minimum, time.maximum)})"
    )


def _chart_notes(section: Section) -> Iterable[str]:
    yield "Bars: 95 % interval of the accuracy for other test images; shortest to longest training time."
    kinds = {model.record.kind for model in section.models}
    if kinds == {"tuned", "default"}:
        yield "Circles are tuned models, squares a space's defaults."
    if len(section.clocks) == 1:
        yield "The line is the most accurate model to be had in that time; hollow points lie behind it."
    else:
        yield "No front is drawn: the times were not measured alike."
    if section.dataset.name in charts.REFERENCES:
        yield (
            "◇ Published elsewhere, for orientation only: the deck's models, 10,000 training and "
            "2,000 test images, one run each, on other hardware."
        )
