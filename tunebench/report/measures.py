"""What models are compared by, in words and figures: accuracy and its like in percent, a loss as a number."""

from tunebench.comparison import Interval, Section
from tunebench.objectives import ACCURACY, OBJECTIVES, Objective
from tunebench.report import formats

# A loss has no largest value that would say how many digits are meaningful.
_DIGITS = 3


def beside(section: Section) -> list[Objective]:
    """What is shown beside a section's objective: accuracy, and with imbalanced classes balanced accuracy."""
    shown = [ACCURACY, *([OBJECTIVES["balanced_accuracy"]] if section.is_imbalanced else [])]
    return [each for each in shown if each != section.objective]


def title(objective: Objective) -> str:
    """Its name, such as ``Balanced accuracy``."""
    return objective.words[0].upper() + objective.words[1:]


def best(objective: Objective) -> str:
    """The name of its best value: ``Most accurate``, ``Best macro F1``, ``Lowest loss``."""
    if objective.name == "accuracy":
        return "Most accurate"
    return f"{'Lowest' if objective.mode == 'min' else 'Best'} {objective.words}"


def most(objective: Objective) -> str:
    """The best of several models: ``most accurate``, otherwise ``best``."""
    return "most accurate" if objective.name == "accuracy" else "best"


def value(objective: Objective, mean: float) -> str:
    """``88.4 %``; of a loss ``0.431``."""
    return formats.percent(mean) if objective.is_proportion else f"{mean:.{_DIGITS}f}"


def mean_and_spread(objective: Objective, mean: float, sd: float | None) -> str:
    """With the standard deviation: ``88.4 ± 0.1 %``; of a loss ``0.431 ± 0.012``."""
    if objective.is_proportion:
        return formats.mean_and_spread(mean, sd)
    return value(objective, mean) + ("" if sd is None else f" ± {spread(objective, sd)}")


def spread(objective: Objective, sd: float) -> str:
    """A standard deviation without its unit."""
    return f"{100 * sd:.1f}" if objective.is_proportion else f"{sd:.{_DIGITS}f}"


def interval(objective: Objective, found: Interval) -> str:
    """``86.3 to 90.2``, in percent; of a loss ``0.401 to 0.462``."""
    if objective.is_proportion:
        return formats.percent_interval(found)
    return f"{found.low:.{_DIGITS}f} to {found.high:.{_DIGITS}f}"


def difference(objective: Objective, scores: float) -> str:
    """A difference of scores as ``26.3 points``; of losses as ``0.026``."""
    if objective.is_proportion:
        return formats.points(scores)
    size, sign = f"{abs(scores):.{_DIGITS}f}", formats.MINUS if scores < 0 else ""
    return f"{sign}{size}" if float(size) or not scores else f"less than {10**-_DIGITS}"


def difference_interval(objective: Objective, scores: Interval) -> str:
    """The interval of a difference of scores as ``−0.4 to 2.9`` points; of losses as ``−0.004 to 0.029``."""
    if objective.is_proportion:
        return formats.signed_interval(scores)
    return formats.signed_interval(scores, unit=1, digits=_DIGITS)
