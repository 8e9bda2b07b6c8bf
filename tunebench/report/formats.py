"""Figures as text: short, with their unit, and with no more digits than are meaningful."""

from datetime import datetime

from tunebench.comparison import Interval
from tunebench.comparison.pairs import LEVEL
from tunebench.plain_text import clean
from tunebench.progress import duration

THIN = "\N{NARROW NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
MISSING = "\N{EN DASH}"
_NAME_LENGTH = 60
_MOST_DIGITS = 6


def percent(proportion: float, digits: int = 1) -> str:
    """``0.8843`` as ``88.4 %``."""
    return f"{hundredths(proportion, digits)}{THIN}%"


def hundredths(proportion: float, digits: int = 1) -> str:
    """``0.8843`` as ``88.4``; below 1 it never reads as 100: ``0.9996`` gives ``99.96``."""
    for enough in range(digits, digits + 3):
        text = f"{100 * proportion:.{enough}f}"
        if proportion >= 1 or float(text) < 100:  # noqa: PLR2004 (percent)
            return text
    return f"{100 * proportion:.{digits}f}"


def mean_and_spread(mean: float, sd: float | None) -> str:
    """A mean proportion and its standard deviation as ``88.4 ± 0.1 %``."""
    spread = "" if sd is None else f" ± {100 * sd:.1f}"
    return f"{hundredths(mean)}{spread}{THIN}%"


def percent_interval(interval: Interval) -> str:
    """The interval of a proportion as ``86.3 to 90.2``, in percent."""
    return f"{100 * interval.low:.1f} to {100 * interval.high:.1f}"


def points(difference: float) -> str:
    """A difference of proportions as ``26.3 points``."""
    size, sign = f"{abs(100 * difference):.1f}", MINUS if difference < 0 else ""
    if size == "0.0":
        return "less than 0.1 points" if difference else "0.0 points"
    return f"{sign}{size} {'point' if size == '1.0' else 'points'}"


def signed_interval(interval: Interval, unit: float = 0.01, digits: int = 1) -> str:
    """An interval of a difference as ``−0.4 to 2.9``, in percentage points or another unit."""
    ends = interval.low / unit, interval.high / unit
    # An end close to zero must not read as zero: whether zero is inside decides the verdict.
    while digits < _MOST_DIGITS and any(end and float(f"{end:.{digits}f}") == 0 for end in ends):
        digits += 1
    return f"{ends[0]:.{digits}f} to {ends[1]:.{digits}f}".replace("-", MINUS)


def seconds(value: float) -> str:
    """A duration with two or three digits: ``3.2 ms``, ``9.4 s``, ``1 min 52 s``, ``2 h 10 min``."""
    return duration(value, THIN) if value >= 0.9995 else _small_seconds(value)  # noqa: PLR2004 (rounds to 1 s)


def seconds_range(low: float, high: float) -> str:
    """Two durations as ``54 to 56 s``; the unit appears once if both share it."""
    first, second = seconds(low), seconds(high)
    number, _, unit = first.rpartition(THIN)
    if first == second:
        return first
    shared = second.count(THIN) == 1 and second.endswith(THIN + unit)
    return f"{number if shared else first} to {second}"


def _small_seconds(value: float) -> str:
    for factor, unit in ((1e3, "ms"), (1e6, "µs")):
        if value * factor >= 0.9995:  # noqa: PLR2004 (where rounding reaches one)
            return f"{value * factor:.3g}{THIN}{unit}"
    return f"{value * 1e9:.3g}{THIN}ns" if value else f"0{THIN}s"


def times(ratio: float) -> str:
    """A ratio as ``1.4×``."""
    return f"{ratio:.1f}×" if ratio < 99.95 else f"{ratio:,.0f}×"  # noqa: PLR2004 (three digits)


def count(number: float) -> str:
    """A whole number with thousands separators."""
    return f"{round(number):,}"


def counted(number: float, unit: str) -> str:
    """``1 trial``, ``20 trials``."""
    return f"{count(number)} {unit}" if round(number) == 1 else f"{count(number)} {unit}s"


def short_count(number: float) -> str:
    """A large number with three significant digits: ``309 k``, ``2.59 M``."""
    for factor, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= factor * 0.9995:
            return f"{number / factor:.3g}{THIN}{unit}"
    return f"{round(number)}"


def size(number: float) -> str:
    """Bytes as ``1.24 MB`` (a megabyte is a million bytes)."""
    return f"{short_count(number)}B" if number >= 999.5 else f"{round(number)}{THIN}B"  # noqa: PLR2004 (a kilobyte)


def p_value(p: float) -> str:
    """A p-value as ``p = .031``, ``p < .001`` or ``p > .99``, with non-breaking spaces."""
    if p < 0.001:  # noqa: PLR2004 (the smallest one shown exactly)
        text = "p < .001"
    elif p > 0.99:  # noqa: PLR2004 (the largest one shown exactly)
        text = "p > .99"
    else:
        digits = 3 if p < 0.1 else 2  # noqa: PLR2004 (one more digit for small ones)
        while p < LEVEL <= float(f"{p:.{digits}f}") and digits < _MOST_DIGITS:
            digits += 1
        text = f"p = {p:.{digits}f}".replace("0.", ".", 1)
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def value(item: object) -> str:
    """A hyperparameter's value: numbers with four digits, yes and no."""
    if isinstance(item, bool):
        return "yes" if item else "no"
    if isinstance(item, float):
        return f"{item:.4g}"
    return clean(str(item))


def moment(text: str) -> str:
    """An ISO 8601 time as ``24 Nov 2026, 09:14``; unchanged if it cannot be parsed."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return clean(text)
    return f"{when.day} {when:%b %Y, %H:%M}"


def day(text: str) -> str:
    """The day of an ISO 8601 time as ``24 Nov 2026``."""
    return moment(text).split(",")[0]


def shorten(text: str, limit: int) -> str:
    """Text cut in its middle to at most ``limit`` characters."""
    if len(text) <= limit:
        return text
    head = limit // 2
    return f"{text[:head]}…{text[len(text) - (limit - head - 1) :]}"


def name(text: str) -> str:
    """A name for use in a sentence: cleaned and at most 60 characters."""
    return shorten(clean(text), _NAME_LENGTH)


def listed(names: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def number_word(number: int) -> str:
    """Small numbers as words: ``three``."""
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    return words[number] if number < len(words) else f"{number:,}"
