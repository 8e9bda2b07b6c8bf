"""Apply a budget while the features of a frozen prefix are computed, which may take longer than any trial."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from tunebench.errors import OutOfTimeError
from tunebench.features.preparation import OnBatch, Preparation
from tunebench.progress import duration
from tunebench.records import TrialRecord
from tunebench.tuning.budget import Budget

# An estimate from less time is mostly noise.
_SHORTEST_SECONDS = 1.0


@dataclass
class PrefixLimit:
    """Receives the progress of a prefix; stops it if the features would not be ready in time.

    Attributes:
        budget: The command's.
        finished: Gives the finished trials.
        on_batch: Receives the same progress; optional.
    """

    budget: Budget
    finished: Callable[[], Sequence[TrialRecord]]
    on_batch: OnBatch | None = None
    # Images done and the time after the first batch of this pass, which is traced and so left out.
    _first: tuple[int, float] = field(default=(0, 0.0), init=False)
    _last: int = field(default=0, init=False)

    def __call__(self, done: int, total: int) -> None:
        """A batch is done.

        Raises:
            OutOfTimeError: The remaining images would not be done before the final trainings must start.
        """
        if self.on_batch is not None:
            self.on_batch(done, total)
        now = self.budget.now()
        if done <= self._last or not self._first[0]:
            self._first = (done, now)
        self._last = done
        first, began = self._first
        if done == first or now - began < _SHORTEST_SECONDS:
            return
        each = (now - began) / (done - first)
        # Every final training computes the features of the test images, too.
        for_finals = self.budget.reserved(self.finished())
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
    """Apply a budget to the features computed in the block.

    Raises:
        OutOfTimeError: They would not be ready in time.
    """
    on_batch = preparation.on_batch
    if budget is not None:
        preparation.on_batch = PrefixLimit(budget, finished, on_batch)
    try:
        yield
    finally:
        preparation.on_batch = on_batch
