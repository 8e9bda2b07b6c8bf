"""What the page shows: a comparison turned into texts, pictures and rows, ready for the template.

The template decides where things stand, never what they are.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from tunebench.comparison import Comparison, ModelSummary, Section, Standing
from tunebench.report import charts, formats, svg
from tunebench.report.answer import answer
from tunebench.report.caveats import caveats, time_caveats
from tunebench.report.details import ModelView, model_view
from tunebench.report.extent import PAIRS, extent
from tunebench.report.model_table import Table, first_table, reach_table, time_table
from tunebench.report.pair_view import PairView, pair_view
from tunebench.report.provenance import Fact, shared_facts
from tunebench.report.size_view import SizeView, size_view
from tunebench.report.timing_words import timed_again
from tunebench.report.titles import dataset_title
from tunebench.report.words import Sentence, clean

_WIDE = (560, 370)
_NARROW = (330, 330)
# Beyond so many, a description is no help to anyone.
_DESCRIBED = 12
# A finger cannot hit one of hundreds of points.
_LINKED_ON_A_PHONE = 30


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
    timing_note: str
    caveats: tuple[str, ...]
    time_caveats: tuple[str, ...]
    wide_chart: Markup
    narrow_chart: Markup
    chart_notes: tuple[str, ...]
    first_table: Table
    time_table: Table
    reach: Table | None
    pairs: tuple[PairView, ...]
    num_pairs: int
    models: tuple[ModelView, ...]
    shared_facts: tuple[Fact, ...]
    extent_note: str


@dataclass(frozen=True)
class PageView:
    """The whole page."""

    title: str
    sections: tuple[SectionView, ...]
    problems: tuple[str, ...]
    size_curves: tuple[SizeView, ...]


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
    title = sections[0].title if len(sections) == 1 else f"{len(sections)} data sets"
    problems = tuple(formats.clean(problem) for problem in comparison.problems)
    curves = tuple(
        size_view(curve, f"n{number}") for number, curve in enumerate(comparison.size_curves, start=1)
    )
    return PageView(title, sections, problems, curves)


def _section(section: Section, comparison: Comparison, key: str, *, gallery: bool) -> SectionView:
    words = answer(section, comparison.size_curves)
    models_on_page = sum(len(each.models) for each in comparison.sections)
    targets = {model.label: f"{key}-m{number}" for number, model in enumerate(section.models, start=1)}
    recommendations = tuple(
        RecommendationView(
            purpose=each.purpose,
            label=formats.name(each.model.label),
            target=targets[each.model.label],
            accuracy=formats.percent(each.model.accuracy.mean),
            interval=formats.percent_interval(each.model.accuracy_interval),
            time=formats.seconds(each.model.train_seconds.mean),
            note=clean(each.note),
        )
        for each in words.recommendations
    )
    shared = shared_facts(section.models)
    shown = extent(models_on_page, len(section.models))
    reached = reach_table(section, targets)
    return SectionView(
        key=key,
        title=dataset_title(section.dataset.name),
        facts=_facts(section),
        recommendations=recommendations,
        findings=tuple(clean(sentence) for sentence in words.findings),
        next_steps=tuple(clean(sentence) for sentence in words.next_steps),
        timing_note=timed_again(section),
        caveats=tuple(caveats(section)),
        time_caveats=tuple(time_caveats(section)),
        wide_chart=_chart(section, f"{key}-wide", targets, _WIDE, linked=len(section.models)),
        narrow_chart=_chart(section, f"{key}-narrow", targets, _NARROW, linked=_LINKED_ON_A_PHONE),
        chart_notes=tuple(_chart_notes(section)),
        first_table=first_table(section, targets),
        time_table=time_table(section, targets).first(shown.rows),
        reach=None if reached is None else reached.first(shown.rows),
        pairs=tuple(pair_view(pair) for pair in section.pairs[: max(shown.rows, PAIRS)]),
        num_pairs=section.family,
        models=tuple(
            model_view(model, targets[model.label], shared, in_full=number < shown.in_full, gallery=gallery)
            for number, model in enumerate(section.models)
        ),
        shared_facts=shared,
        extent_note=shown.note,
    )


def _facts(section: Section) -> str:
    dataset = section.dataset
    clock = section.timing_conditions[0]
    device = formats.clean(clock.device)
    if device.startswith("CPU"):
        device = "1 CPU core" if clock.cpu_count == 1 else f"{clock.cpu_count} CPU cores"
    differing = list(section.timing_differences)
    machine = f"not timed alike ({formats.listed(differing)})" if differing else device
    finished = max(model.record.finished_at for model in section.models)
    sizes = f"{dataset.train_size:,} training images, {dataset.test_size:,} test images"
    return f"{sizes} · {machine} · {formats.day(finished)}"


def _chart(
    section: Section, key: str, targets: dict[str, str], size: tuple[int, int], *, linked: int
) -> Markup:
    figure = charts.accuracy_against_time(section, *size)
    links = {
        f"point-{number}-": _point(model, targets[model.label], section.standings[model.label])
        for number, model in enumerate(section.models[:linked])
    }
    description = " ".join(f"{link.text}." for link in list(links.values())[:_DESCRIBED])
    if len(section.models) > _DESCRIBED:
        description += f" And {len(section.models) - _DESCRIBED} more; the table holds all."
    return svg.inline(figure, key, "Accuracy against training time", description, links)


def _point(model: ModelSummary, target: str, standing: Standing) -> svg.Link:
    """What is said of a point on hover and on focus."""
    accuracy, time = model.accuracy, model.train_seconds
    spread = "" if accuracy.sd is None else f" ± {100 * accuracy.sd:.1f}"
    seeds = "one seed" if model.seeds == 1 else f"{formats.number_word(model.seeds)} seeds"
    figures = (
        f"{formats.hundredths(accuracy.mean)}{spread}{formats.THIN}% of test images right, {seeds}",
        f"95{formats.THIN}% interval {formats.percent_interval(model.accuracy_interval)}{formats.THIN}%",
        f"trained in {formats.seconds(time.mean)} ({formats.seconds_range(time.minimum, time.maximum)})",
        standing.value,
    )
    return svg.Link(target, formats.clean(model.label), figures)


def _chart_notes(section: Section) -> Iterable[str]:
    yield "Bars: 95 % interval of the accuracy for other test images; shortest to longest training time."
    if any(model.mean_timed("prefix_seconds") for model in section.models):
        yield "Frozen features are timed once and counted in every repeat."
    kinds = {model.record.kind for model in section.models}
    if kinds == {"tuned", "default"}:
        yield "Circles are tuned models, squares are not: a space's defaults or values set by hand."
    if len(section.timing_conditions) == 1:
        standings = list(section.standings.values())
        if standings.count(Standing.FRONT) > 1:
            yield "The line is the most accurate model to be had in that time."
        if Standing.UNSETTLED in standings:
            yield "Large hollow points lie behind another model, but that is not established."
        if Standing.DOMINATED in standings:
            yield (
                "Small hollow points are dominated: another model is more accurate, which is established, "
                "and was faster in every repeat."
            )
    else:
        yield "No front is drawn: the times were not measured alike."
    if section.dataset.name in charts.REFERENCES:
        yield (
            "◇ Published elsewhere, for orientation only: the deck's models, 10,000 training and "
            "2,000 test images, one run each, on other hardware."
        )
