"""Map the values of a hyperparameter to positions from 0 to 1."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import log

from tunebench.records import HyperparameterValue

# Above this ratio of the largest to the smallest value, the scale is logarithmic, as in the search.
LOG_RATIO = 20
# Distance between a missing value and the smallest number.
_NONE_BELOW = 0.15


@dataclass(frozen=True)
class Scale:
    """A numeric or a categorical scale.

    Attributes:
        low: Smallest number; 0 for categories.
        high: Largest number; the last category's index for categories.
        categories: The categories as text; empty for numbers.
        with_none: Whether some values are missing; their position is below the numbers.
    """

    low: float
    high: float
    categories: tuple[str, ...] = ()
    with_none: bool = False

    def position(self, value: HyperparameterValue | None) -> float:
        """Position of a value, from 0 at the lower end to 1 at the upper end."""
        if self.categories:
            return self.categories.index(_text(value)) / max(1, len(self.categories) - 1)
        if self.with_none:
            if value is None:
                return 0.0
            # A single number is at the top, beside its label.
            share = 1.0 if self.high == self.low else self._share(float(value))
            return _NONE_BELOW + (1 - _NONE_BELOW) * share
        return self._share(float(value or 0))

    def _share(self, number: float) -> float:
        if self.high == self.low:
            return 0.5
        if self.is_logarithmic and number > 0:
            return log(number / self.low) / log(self.high / self.low)
        return (number - self.low) / (self.high - self.low)

    @property
    def is_logarithmic(self) -> bool:
        """Whether positions follow the logarithms of the numbers."""
        return self.low > 0 and self.high / self.low > LOG_RATIO

    def ends(self) -> tuple[str, str]:
        """The upper and the lower end as text."""
        if self.categories:
            return self.categories[-1], self.categories[0]
        return f"{self.high:.3g}", "none" if self.with_none else f"{self.low:.3g}"


def scale_of(values: Iterable[HyperparameterValue | None]) -> Scale:
    """The scale that holds these values.

    Args:
        values: At least one; ``None`` if a trial lacks the hyperparameter.

    Returns:
        A numeric scale if all values present are numbers, otherwise a categorical one.
    """
    seen = list(values)
    missing = seen.count(None)
    numbers = [float(each) for each in seen if isinstance(each, int | float) and not isinstance(each, bool)]
    if numbers and len(numbers) + missing == len(seen):
        return Scale(min(numbers), max(numbers), with_none=missing > 0)
    categories = tuple(sorted({_text(value) for value in seen}))
    return Scale(0, len(categories) - 1, categories)


def _text(value: HyperparameterValue | None) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)
