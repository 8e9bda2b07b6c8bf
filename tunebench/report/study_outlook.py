"""What is said of a study's models without comparing two runs, in words."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tunebench.comparison import Growth, Reuse, SizeSeries, Study
from tunebench.comparison.power_law import FEWEST_SIZES, PowerLaw
from tunebench.report import formats
from tunebench.report.words import Name, Sentence, joined


def outlook(study: Study) -> Sentence:
    """What twice as many images would do, by the fitted laws.

    Args:
        study: Has the laws.

    Returns:
        A sentence or several; of models without a law, why.
    """
    fitted = [(each.series, each.law) for each in study.growth if each.law and each.law.falls]
    falling = [(series.label, law) for series, law in fitted]
    clauses: list[Sentence] = []
    if sure := [(label, law) for label, law in falling if law.established]:
        gains = [
            (Name(label), f" {formats.points(law.gain)} ({formats.signed_interval(law.interval)})")
            for label, law in sure
        ]
        clauses.append(("twice as many would probably make ", *joined(gains, last=" and "), " better"))
    if rest := [(label, law) for label, law in falling if not law.established]:
        intervals = [
            (Name(label), f" ({formats.signed_interval(law.interval)} points)") for label, law in rest
        ]
        clauses.append(
            ("it is not established that twice as many would help ", *joined(intervals, last=" and "))
        )
    found = [("If errors keep falling by a power law, ", *joined(clauses, "; "), ".")] if clauses else []
    if fitted:
        now = [(Name(series.label), _now(series, law)) for series, law in fitted]
        read = "This compares two points of the fitted curve, which with all images has "
        found.append((read, *joined(now, last=" and "), "."))
    rising = [each for each in study.growth if each.law and not each.law.falls]
    if rising:
        errors = "The errors of ", *_names(rising), " do not fall with more images"
        found.append((*errors, ", so there is no law that would tell what twice as many do."))
    return joined([*found, *_without_law(study)], " ")


def _now(series: SizeSeries, law: PowerLaw) -> str:
    measured = formats.percent(series.models[-1].accuracy.mean)
    return f" at {formats.percent(1 - law.fitted)} (measured: {measured})"


def _without_law(study: Study) -> list[Sentence]:
    found: list[Sentence] = []
    unknown = [each for each in study.growth if each.law is None]
    few = [each for each in unknown if len(each.series.models) < FEWEST_SIZES]
    if few:
        fewest = formats.number_word(FEWEST_SIZES)
        because = f" cannot be told with fewer than {fewest} sizes"
        if not any(run.role == "size" and run.name in study.unfinished for run in study.folder.record.runs):
            because += "; parts with fewer than eight images of each class are not trained"
        found.append(("What twice as many would do for ", *_names(few), f"{because}."))
    if perfect := [each for each in unknown if each not in few]:
        found.append(
            (*_names(perfect), " made no errors with some number of images, so no law can be fitted.")
        )
    return found


class Remark(NamedTuple):
    """An answer to a question that needs no two runs."""

    title: str
    compared: str
    sentence: Sentence


def remarks(study: Study) -> Iterable[Remark]:
    """What half precision and keeping features did, as far as it was timed while training something else.

    Args:
        study: Its results.
    """
    slow = study.folder.record.slow_in_half_precision
    if slow:
        times = [(f"{_factor(ratio)} times as long for ", Name(space)) for space, ratio in slow.items()]
        these = "this model was" if len(slow) == 1 else "these models were"
        yield Remark(
            "Is half precision faster?",
            "A training step of the default model in mixed bfloat16 and in float32, on this device.",
            (
                "No: a step takes ",
                *joined(times, last=" and "),
                f", so {these} not trained in half precision.",
            ),
        )
    for each in study.reuse:
        compared = f"The features of {each.label}'s frozen network, computed once or for each training."
        yield Remark("Does keeping features help?", compared, _reuse(each))


def _reuse(found: Reuse) -> Sentence:
    times = _factor((found.spent + found.saved) / max(found.spent, 1e-9))
    more = f"{formats.seconds(found.saved)} more, timed once, so without an interval"
    return (
        "Search and final trainings of ",
        Name(found.label),
        f" would have taken {times} times as long with features computed for each training ({more}).",
    )


def _names(growth: Sequence[Growth]) -> Sentence:
    return joined([(Name(each.series.label),) for each in growth], last=" and ")


def _factor(ratio: float) -> str:
    return formats.times(ratio).removesuffix("×")
