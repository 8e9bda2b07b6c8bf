"""What would make the answer firmer: more seeds, wider ranges, more images."""

from collections.abc import Iterable, Sequence

from tunebench.comparison import ModelSummary, Section, SizeCurve, Verdict
from tunebench.comparison.model_summary import ENOUGH_SEEDS
from tunebench.report import formats
from tunebench.report.differences import seeds_scatter
from tunebench.report.words import Name, Sentence

_NAMED = 4


def next_steps(section: Section, curves: Sequence[SizeCurve] = ()) -> Iterable[Sentence]:
    """What to do next.

    Args:
        section: The models of one data set.
        curves: Accuracy against the number of training images.

    Yields:
        A sentence per step.
    """
    few = [model for model in section.models if model.seeds < ENOUGH_SEEDS]
    if few:
        who = _names(few) if len(few) <= _NAMED else [f"{len(few)} models"]
        yield (
            f"Train the winners over more seeds (--seeds {ENOUGH_SEEDS} or more): ",
            *who,
            f" {'has' if len(few) == 1 else 'have'} fewer than {formats.number_word(ENOUGH_SEEDS)}.",
        )
    yield from _time_again(section)
    yield from _wider_ranges(section)
    runner_up = section.pair(*section.models[:2]) if len(section.models) > 1 else None
    if runner_up is not None and runner_up.verdict is Verdict.NOT_ESTABLISHED and not few:
        yield (
            "To tell ",
            Name(runner_up.better.label),
            " and ",
            Name(runner_up.worse.label),
            " apart, train over more seeds."
            if seeds_scatter(runner_up)
            else " apart, test on more images or train over more seeds.",
        )
    yield from _more_images(section, curves)
    if len(section.models) == 1:
        yield ("Tune another model on the same images, such as `tunebench search cnn1`, and compare again.",)


def _time_again(section: Section) -> Iterable[Sentence]:
    """What mends times of several machines, and of a busy one."""
    conditions = section.timing_conditions
    one = "one" if len({(each.device, each.cpu_count, each.os) for each in conditions}) > 1 else ""
    quiet = "quiet" if any(each.load == "heavy" for each in conditions) else ""
    if one or quiet:
        where = f"{one or 'a'} {quiet} machine" if quiet else "one machine"
        command = f"`tunebench compare --retime {ENOUGH_SEEDS}`"
        yield (f"To compare what training costs, time the winners again on {where}: {command}.",)


def _wider_ranges(section: Section) -> Iterable[Sentence]:
    """One sentence for all models with an optimum at the edge of its range."""
    flagged = [model for model in section.models if model.edges]
    parts: list[str] = []
    for model in flagged[:_NAMED]:
        names = formats.listed([f"{edge.name} ({edge.side} allowed)" for edge in model.edges])
        parts += ["; " if parts else "", Name(model.label), f" {names}"]
    if len(flagged) > _NAMED:
        more = len(flagged) - _NAMED
        parts.append(f"; and {more} more {'model' if more == 1 else 'models'}")
    if parts:
        yield ("Search a wider range where the best value lies at its edge: ", *parts[1:], ".")


def _names(models: list[ModelSummary]) -> list[str]:
    parts: list[str] = []
    for number, model in enumerate(models):
        if number:
            parts.append(" and " if number == len(models) - 1 else ", ")
        parts.append(Name(model.label))
    return parts


def _more_images(section: Section, curves: Sequence[SizeCurve]) -> Iterable[Sentence]:
    """Where the largest size of a rising curve stands in this section."""
    here = {id(model) for model in section.models}
    for curve in curves:
        for series in curve.series:
            largest = series.models[-1]
            if series.rising and id(largest) in here:
                smaller, larger = series.last_step
                yield (
                    "Train ",
                    Name(largest.label),
                    f" on more images: its accuracy still rose between {smaller:,} and {larger:,}.",
                )
