"""Ask a budget also while a frozen prefix's features are computed, which may take longer than any trial."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from tunebench.errors import OutOfTimeError
from tunebench.features.preparation import OnBatch, Preparation
from tunebench.progress import duration
from tunebench.records import TrialRecord
from tunebench.tuning.budget import Budget

# What less time says of the rest is mostly noise.
_SHORTEST_SECONDS = 1.0


@dataclass
class PrefixLimit:
    """Told how many images have passed through a prefix; stops where the rest would not end in time.

    Attributes:
        budget: The command's.
        finished: Gives the finished trials.
        told: Told the same; ``None``: nobody.
    """

    budget: Budget
    finished: Callable[[], Sequence[TrialRecord]]
    told: OnBatch | None = None
    # Images done and the time when this pass had its first batch, which is traced and so says little.
    _first: tuple[int, float] = field(default=(0, 0.0), init=False)
    _last: int = field(default=0, init=False)

    def __call__(self, done: int, total: int) -> None:
        """A batch is done.

        Raises:
            OutOfTimeError: The images still to come would not pass before the final trainings must begin.
        """
        if self.told is not None:
            self.told(done, total)
        now = self.budget.now()
        if done <= self._last or not self._first[0]:
            self._first = (done, now)
        self._last = done
        first, began = self._first
        if done == first or now - began < _SHORTEST_SECONDS:
            return
        each = (now - began) / (done - first)
        # Every final training runs the test images through it, too.
        for_finals = self.budget.held_back(self.finished())
        for_finals = for_finals or self.budget.num_finals * self.budget.test_share * total * each
        rest, left = (total - done) * each, self.budget.left()
        if rest + for_finals > left:
            least = self.budget.seconds - left + rest + for_finals
            raise OutOfTimeError(
                f"Computing the features of {total:,} images takes about {duration(total * each)}, longer "
                f"than the budget of {duration(self.budget.seconds)} leaves. Use a --budget well above "
                f"{duration(least)}, or a smaller --train-size."
            )


@contextlib.contextmanager
def within(
    budget: Budget | None, preparation: Preparation, finished: Callable[[], Sequence[TrialRecord]]
) -> Iterator[None]:
    """Hold the features that are computed in the block to a budget.

    Raises:
        OutOfTimeError: They would not be ready in time.
    """
    told = preparation.on_batch
    if budget is not None:
        preparation.on_batch = PrefixLimit(budget, finished, told)
    try:
        yield
    finally:
        preparation.on_batch = told
