"""Put the values of a hyperparameter on a scale from 0 to 1."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import log

from tunebench.records import HyperparameterValue

# Values over more than this ratio are searched, and so shown and judged, on a logarithmic scale.
LOG_RATIO = 20
# How far below the numbers a missing value stands.
_NONE_BELOW = 0.15


@dataclass(frozen=True)
class Scale:
    """A scale of numbers, or of kinds in their order.

    Attributes:
        low: Lower end of the numbers; 0 for kinds.
        high: Upper end of the numbers; the last kind's position for kinds.
        kinds: The kinds, as text; empty for numbers.
        with_none: Whether some values are missing; they get a place of their own below the numbers.
    """

    low: float
    high: float
    kinds: tuple[str, ...] = ()
    with_none: bool = False

    def position(self, value: HyperparameterValue | None) -> float:
        """Where a value lies: 0 at the lower end, 1 at the upper."""
        if self.kinds:
            return self.kinds.index(_text(value)) / max(1, len(self.kinds) - 1)
        if self.with_none:
            return 0.0 if value is None else _NONE_BELOW + (1 - _NONE_BELOW) * self._share(float(value))
        return self._share(float(value or 0))

    def _share(self, number: float) -> float:
        if self.high == self.low:
            return 0.5
        if self.is_logarithmic and number > 0:
            return log(number / self.low) / log(self.high / self.low)
        return (number - self.low) / (self.high - self.low)

    @property
    def is_logarithmic(self) -> bool:
        """Whether ratios count, not differences."""
        return self.low > 0 and self.high / self.low > LOG_RATIO

    def ends(self) -> tuple[str, str]:
        """The upper and the lower end as text."""
        if self.kinds:
            return self.kinds[-1], self.kinds[0]
        return f"{self.high:.3g}", "none" if self.with_none else f"{self.low:.3g}"


def scale_of(values: Iterable[HyperparameterValue | None]) -> Scale:
    """The scale that holds these values.

    Args:
        values: At least one; ``None`` where a trial has no such hyperparameter.

    Returns:
        A scale of numbers where all that are there are numbers, else one of kinds.
    """
    seen = list(values)
    missing = seen.count(None)
    numbers = [float(each) for each in seen if isinstance(each, int | float) and not isinstance(each, bool)]
    if numbers and len(numbers) + missing == len(seen):
        return Scale(min(numbers), max(numbers), with_none=missing > 0)
    kinds = tuple(sorted({_text(value) for value in seen}))
    return Scale(0, len(kinds) - 1, kinds)


def _text(value: HyperparameterValue | None) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)
