"""A model's search on the page: best values, their ranges, importance and trials."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from tunebench.comparison import ModelSummary
from tunebench.comparison.edges import are_choices
from tunebench.objectives import ACCURACY, Objective
from tunebench.plain_text import clean
from tunebench.records import Importance, SearchRecord
from tunebench.report import charts, formats, measures, svg

_FAILURES = 3
_NAMED = 6


class Hyperparameter(NamedTuple):
    """A best value, the range that was searched, and a warning if the value is at its edge."""

    name: str
    value: str
    range: str
    edge: str


@dataclass(frozen=True)
class SearchView:
    """A model's search.

    Attributes:
        summary: Trials, time and best score, in words.
        hyperparameters: The best values.
        importance: Of the hyperparameters; ``None`` if it is not shown.
        doubts: Reasons to doubt the importance.
        trials: The trials as parallel coordinates; ``None`` if they are not shown.
        trials_title: Which trials are drawn.
        trials_caption: What the lines are, and which hyperparameters are not drawn.
        failures: Reasons of failed trials, the most frequent first.
    """

    summary: str
    hyperparameters: tuple[Hyperparameter, ...]
    importance: Importance | None
    doubts: tuple[str, ...]
    trials: Markup | None
    trials_title: str
    trials_caption: str
    failures: tuple[str, ...]


def search_view(model: ModelSummary, target: str, *, in_full: bool) -> SearchView:
    """Collect what the page shows of a model's search.

    Args:
        model: The model.
        target: Its identifier on the page.
        in_full: Whether to draw its trials and show the importance of its hyperparameters.

    Returns:
        Its view.
    """
    importance = model.importance if in_full else None
    scored = sum(trial.score is not None for trial in model.trials)
    drawn = charts.drawn_trials(model) if in_full else None
    reasons = Counter(
        trial.message or "no reason was recorded" for trial in model.trials if trial.status == "failed"
    )
    return SearchView(
        summary=search_summary(model),
        hyperparameters=tuple(_hyperparameters(model)),
        importance=importance,
        doubts=tuple(_doubts(model)) if importance else (),
        trials=None if drawn is None else _trials(model, target, drawn),
        trials_title="All scored trials"
        if scored <= charts.LINES
        else f"The best {charts.LINES} of {scored:,} trials",
        trials_caption="" if drawn is None else _caption(model, drawn),
        failures=tuple(f"{count:,} failed: {reason}" for reason, count in reasons.most_common(_FAILURES)),
    )


def search_summary(model: ModelSummary) -> str:
    """The search of a model in sentences, or that there was none."""
    search = model.record.search
    if search is None:
        by_hand = model.set_by_hand
        return f"Not tuned: {by_hand} set by hand." if by_hand else "Not tuned: the space's default values."
    counts = ((search.pruned, "pruned"), (search.failed, "failed"))
    ends = "".join(f", {number:,} {how}" for number, how in counts if number)
    trials = formats.counted(search.trials, "trial")
    best = measures.value(model.asked, model.asked.score(search.best_score))
    listed = formats.counted(search.starting_points, "starting point")
    defaults = " and the defaults" if search.trials > search.starting_points else ""
    began = f" It began with {listed} of the space{defaults}." if search.starting_points else ""
    return (
        f"{search.tuner.capitalize()} search: {trials}{ends}, in {formats.seconds(search.seconds)}.{began} "
        f"Best validation {model.asked.words}: {best}, which is optimistic because it selected the winner. "
        f"Test images were not used.{_confirmed(search, model.asked)}"
    )


def _confirmed(search: SearchRecord, objective: Objective) -> str:
    """What training the best trials again changed."""
    if not search.confirmed:
        return ""
    winner = next(iter(search.confirmed))
    highest = max(search.confirmed, key=lambda trial: search.confirmed[trial][:1])
    scores = {
        trial: " and ".join(measures.value(objective, objective.score(each)) for each in found)
        for trial, found in search.confirmed.items()
    }
    again = f" The best {len(scores)} trials were trained again with another seed:"
    if winner == highest:
        return f"{again} trial {winner} stayed the best ({scores[winner]})."
    return f"{again} trial {winner} ({scores[winner]}) won against trial {highest} ({scores[highest]})."


def _doubts(model: ModelSummary) -> Iterable[str]:
    search = model.record.search
    if search is not None and search.pruned:
        yield (
            f"{formats.counted(search.pruned, 'trial')} stopped early and count with the score reached by "
            "then, which favours values that learn fast in the first epochs."
        )


def _hyperparameters(model: ModelSummary) -> Iterable[Hyperparameter]:
    edges = {edge.name: edge for edge in model.edges}
    for name, value in model.record.hyperparameters.items():
        if name.startswith("tuner/"):
            continue  # Keras Tuner's internal bookkeeping.
        edge = edges.get(name)
        warning = f"{edge.side} allowed: a better value may be outside the range" if edge else ""
        yield Hyperparameter(name, formats.value(value), _range(model, name), warning)


def _range(model: ModelSummary, name: str) -> str:
    values = model.record.ranges.get(name, [])
    numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in values)
    tried = [*model.tried(name), model.record.hyperparameters[name]]
    # Without trials, two decimal numbers are more probably a range than two choices.
    is_range = not model.trials and any(isinstance(each, float) for each in values)
    if len(values) == 2 and numbers and (is_range or not are_choices(values, tried)):  # noqa: PLR2004 (ends)
        return f"{formats.value(values[0])} to {formats.value(values[1])}"
    return ", ".join(formats.value(each) for each in values)


def _trials(model: ModelSummary, target: str, drawn: charts.DrawnTrials) -> Markup | None:
    figure = charts.parallel_coordinates(model)
    if figure is None:
        return None
    title = f"Trials of {clean(model.label)}"
    asked = model.asked
    scores = [trial.score or 0.0 for trial in drawn.trials]
    worst, best = (measures.value(asked, asked.score(score)) for score in (min(scores), max(scores)))
    description = (
        f"{len(scores)} trials with validation {'accuracies' if asked == ACCURACY else asked.words} from "
        f"{worst} to {best}, each drawn as a line through its hyperparameters; {_highlighted(drawn)}."
    )
    return svg.inline(figure, f"{target}-trials", title, description)


def _caption(model: ModelSummary, drawn: charts.DrawnTrials) -> str:
    names = [formats.name(name) for name in drawn.left_out]
    if len(names) > _NAMED:
        names = [*names[: _NAMED - 1], f"{len(names) - _NAMED + 1} more"]
    missing = f" There was no room for {formats.listed(names)}." if names else ""
    return (
        f"One line per trial, from its hyperparameters to its validation {model.asked.words}; "
        f"{_highlighted(drawn)}.{missing}"
    )


def _highlighted(drawn: charts.DrawnTrials) -> str:
    if drawn.best == 1:
        return "the winner is coloured"
    return "the best tenth is coloured, and the thickest line is the winner"
