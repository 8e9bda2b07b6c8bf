"""Accuracy against training time on the page: the charts, their tooltips and their caption."""

from collections.abc import Iterable, Mapping

from markupsafe import Markup
from matplotlib.figure import Figure

from tunebench.comparison import ModelSummary, Section, Standing
from tunebench.plain_text import clean
from tunebench.report import charts, formats, measures, svg

_NARROW = (330, 330)
# Screen readers read the whole description, so it names only this many models.
_DESCRIBED = 12
# On a phone, more points than this are too close together to tap.
_LINKED_ON_A_PHONE = 30
_UNNAMED = Markup('<p class="fine">Some names have no room: select a point, or see the table.</p>')


def wide_chart(section: Section, key: str, targets: Mapping[str, str]) -> Markup:
    """The chart for wide screens.

    Args:
        section: The models.
        key: Prefix of its identifiers.
        targets: For each model's label, the identifier of its details.

    Returns:
        The SVG element; below it, if names are missing, how to find them.
    """
    return _inline(section, key, targets, charts.accuracy_against_time(section), len(section.models))


def narrow_chart(section: Section, key: str, targets: Mapping[str, str]) -> Markup:
    """The same for phones."""
    figure = charts.accuracy_against_time(section, *_NARROW)
    return _inline(section, key, targets, figure, _LINKED_ON_A_PHONE)


def chart_notes(section: Section) -> Iterable[str]:
    """The caption: only what this section's chart shows."""
    objective = section.objective
    yield (
        f"Error bars: 95 % interval of the {objective.words} for other test images and seeds; range of the "
        "training times."
    )
    if any(model.mean_timed("prefix_seconds") for model in section.models):
        yield "Frozen features are timed once and counted in every repeat."
    if {model.record.kind for model in section.models} == {"tuned", "default"}:
        yield "Circles: tuned models. Squares: default values or values set by hand."
    if len(section.timing_conditions) == 1:
        standings = list(section.standings.values())
        if standings.count(Standing.FRONT) > 1:
            yield f"Line: best {objective.words} within that training time."
        if Standing.UNSETTLED in standings:
            yield "Large hollow points: another model looks better in both, but this is not established."
        if Standing.DOMINATED in standings:
            yield (
                "Small hollow points (dominated): another model has an established lead in "
                f"{objective.words} and trains faster."
            )
    else:
        differing = formats.listed([*section.timing_differences])
        yield f"No Pareto front is drawn: the models were timed under different conditions ({differing})."
    if charts.references(section):
        yield (
            "◇ Published comparison, for orientation only: the reference models, 10,000 training and "
            "2,000 test images, one run each, on different hardware."
        )


def _inline(section: Section, key: str, targets: Mapping[str, str], figure: Figure, linked: int) -> Markup:
    links = {
        f"point-{number}-": _point(model, targets[model.label], section.standings[model.label])
        for number, model in enumerate(section.models[:linked])
    }
    description = " ".join(f"{link.text}." for link in list(links.values())[:_DESCRIBED])
    if len(section.models) > _DESCRIBED:
        description += f" And {len(section.models) - _DESCRIBED} more; see the table."
    title = f"{measures.title(section.objective)} against training time"
    chart = svg.inline(figure, key, title, description, links)
    return chart if charts.all_named(figure, section) else chart + _UNNAMED


def _point(model: ModelSummary, target: str, standing: Standing) -> svg.Link:
    """A point's tooltip and accessible name."""
    time = model.train_seconds
    seeds = "one seed" if model.seeds == 1 else f"{formats.number_word(model.seeds)} seeds"
    found, objective = model.value, model.objective
    percent = f"{formats.THIN}%" if objective.is_proportion else ""
    figures = (
        f"{objective.words} {measures.mean_and_spread(objective, found.mean, found.sd)}, {seeds}",
        f"95{formats.THIN}% interval {measures.interval(objective, found.interval)}{percent}",
        f"trained in {formats.seconds(time.mean)} ({formats.seconds_range(time.minimum, time.maximum)})",
        standing.value,
    )
    return svg.Link(target, clean(model.label), figures)
