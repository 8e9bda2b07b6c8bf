"""What the page tells of a model's search: best values, their ranges, and what mattered."""

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from tunebench.comparison import ModelSummary
from tunebench.comparison.edges import are_choices
from tunebench.comparison.importance import ENOUGH_TRIALS, Importance
from tunebench.report import charts, formats, svg

_PARALLEL = (720, 280)


@dataclass(frozen=True)
class Hyperparameter:
    """A best value and the range it was chosen from.

    Attributes:
        name: Of the hyperparameter.
        value: The best one.
        range: What was searched; empty where nothing was.
        edge: A warning where it lies at the edge of its range; may be empty.
    """

    name: str
    value: str
    range: str
    edge: str


@dataclass(frozen=True)
class Bar:
    """One hyperparameter's part of the importance of all.

    Attributes:
        name: Of the hyperparameter.
        share: As text.
        width: Of the bar, in percent of the longest.
    """

    name: str
    share: str
    width: str


@dataclass(frozen=True)
class SearchView:
    """A model's search.

    Attributes:
        summary: Trials, time and best score, in words.
        hyperparameters: The best values.
        bars: Importance, the largest first; empty where the trials cannot tell.
        importance_note: What it rests on.
        importance_caveat: Why to doubt it; may be empty.
        trials: The trials as lines, or ``None``.
        trials_title: Which trials those are.
        failures: Reasons of failed trials, the commonest first.
    """

    summary: str
    hyperparameters: tuple[Hyperparameter, ...]
    bars: tuple[Bar, ...]
    importance_note: str
    importance_caveat: str
    trials: Markup | None
    trials_title: str
    failures: tuple[str, ...]


def search_view(model: ModelSummary, target: str, *, in_full: bool) -> SearchView:
    """Collect what the page tells of a model's search.

    Args:
        model: The model.
        target: Its identifier on the page.
        in_full: Whether to draw its trials and judge its hyperparameters.

    Returns:
        Its view.
    """
    importance = model.importance if in_full else None
    shares = importance.shares if importance else {}
    largest = max(shares.values(), default=1.0)
    note = caveat = ""
    if importance:
        note = (
            "How much worse scores are predicted when a hyperparameter's values are shuffled. "
            f"All of them together explain {formats.percent(importance.explained, 0)} of how unseen trials' "
            "scores differ."
        )
    if importance:
        caveat = " ".join(_doubts(model, importance))
    return SearchView(
        summary=_summary(model),
        hyperparameters=tuple(_hyperparameters(model)),
        bars=tuple(
            Bar(formats.clean(name), formats.percent(share, 0), f"{100 * share / largest:.0f}")
            for name, share in shares.items()
        ),
        importance_note=note,
        importance_caveat=caveat,
        trials=_trials(model, target) if in_full else None,
        trials_title=_trials_title(model),
        failures=tuple(_failures(model)),
    )


def _summary(model: ModelSummary) -> str:
    search = model.record.search
    if search is None:
        given = formats.clean(model.set_by_hand)
        return f"Not tuned: {given} set by hand." if given else "Not tuned: the space's default values."
    ends = ((search.pruned, "stopped early"), (search.failed, "failed"))
    told = "".join(f", {number:,} {how}" for number, how in ends if number)
    best, trials = formats.percent(search.best_score), formats.counted(search.trials, "trial")
    return (
        f"{formats.clean(search.tuner).capitalize()} search: {trials}{told} in "
        f"{formats.seconds(search.seconds)}. Best validation accuracy {best}: optimistic, "
        "for the winner was chosen by it; the test images played no part."
    )


def _doubts(model: ModelSummary, importance: Importance) -> Iterable[str]:
    if not importance.reliable:
        yield f"Only {importance.trials} scored trials: below {ENOUGH_TRIALS}, read this as a hint."
    search = model.record.search
    if search is not None and search.pruned:
        yield (
            f"{formats.counted(search.pruned, 'trial')} stopped early, with what had been reached by then: "
            "what makes the first epochs fast weighs more here than in the end."
        )


def _hyperparameters(model: ModelSummary) -> Iterable[Hyperparameter]:
    edges = {edge.name: edge for edge in model.edges}
    for name, value in model.record.hyperparameters.items():
        if name.startswith("tuner/"):
            continue  # Keras Tuner's own bookkeeping.
        edge = edges.get(name)
        yield Hyperparameter(
            name=formats.clean(name),
            value=formats.value(value),
            range=_range(model, name),
            edge=f"{edge.side} allowed: a better value may lie beyond" if edge else "",
        )


def _range(model: ModelSummary, name: str) -> str:
    values = model.record.ranges.get(name, [])
    numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in values)
    if len(values) == 2 and numbers and not are_choices(values, model.tried(name)):  # noqa: PLR2004 (two ends)
        return f"{formats.value(values[0])} to {formats.value(values[1])}"
    return ", ".join(formats.value(each) for each in values)


def _scores(model: ModelSummary) -> list[float]:
    return sorted(trial.score for trial in model.trials if trial.score is not None)


def _trials_title(model: ModelSummary) -> str:
    scored = len(_scores(model))
    return "Every trial" if scored <= charts.LINES else f"The best {charts.LINES} of {scored:,} trials"


def _trials(model: ModelSummary, target: str) -> Markup | None:
    figure = charts.parallel_coordinates(model, *_PARALLEL)
    if figure is None:
        return None
    scores = _scores(model)[-charts.LINES :]
    title = f"Trials of {formats.clean(model.label)}"
    description = (
        f"{len(scores)} trials with validation accuracies from {formats.percent(scores[0])} to "
        f"{formats.percent(scores[-1])}, each a line through its hyperparameters; the best tenth stands out."
    )
    return svg.inline(figure, f"{target}-trials", title, description)


def _failures(model: ModelSummary) -> Iterable[str]:
    reasons: dict[str, int] = {}
    for trial in model.trials:
        if trial.status == "failed":
            reason = formats.clean(trial.message or "no reason was recorded")
            reasons[reason] = reasons.get(reason, 0) + 1
    for reason, count in sorted(reasons.items(), key=lambda item: -item[1])[:3]:
        yield f"{count:,} failed: {reason}"
