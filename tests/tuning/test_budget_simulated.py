"""Simulated commands: whether they end within their budget."""

import random
from dataclasses import dataclass, field

import pytest

from tunebench.records import TrialRecord, TrialSeconds
from tunebench.tuning.budget import Budget
from tunebench.tuning.task import best_of

# tests/tuning/test_budget.py covers the same code; tracing a simulation takes several times as long.
pytestmark = pytest.mark.no_cover

EPOCHS = 8


@dataclass
class Command:
    """A search and its final trainings, as the product runs them, with costs that vary by a third."""

    seconds: float
    trial_seconds: float
    num_finals: int
    random: random.Random
    clock: float = 6.0
    cost_of: dict[str, float] = field(default_factory=dict)

    def run(self) -> tuple[float, int, int]:
        """The share of the budget used, the number of finished trials, and the final trainings' epochs."""
        budget = Budget(self.seconds, 0.0, self.num_finals, EPOCHS, 0.25, now=lambda: self.clock)
        finished: list[TrialRecord] = []
        while budget.allows_another(finished):
            record = self._trial(budget, finished)
            if record.status == "cut" and best_of(finished) is not None:
                break
            finished.append(record)
        best = budget.affordable(finished)[0]
        epochs = budget.affordable_epochs(best, finished) or EPOCHS
        for _ in range(self.num_finals):
            self._pass(0.2 * self.cost_of[best.trial_id])
            for _ in range(epochs):
                self._pass(0.1 * self.cost_of[best.trial_id])
            self._pass(1.5)
        return self.clock / self.seconds, len(finished), epochs

    def _pass(self, seconds: float) -> float:
        """Advance the clock by this time, give or take up to 30 %."""
        took = seconds * (1 + self.random.uniform(-0.3, 0.3))
        self.clock += took
        return took

    def _trial(self, budget: Budget, finished: list[TrialRecord]) -> TrialRecord:
        trial_id = f"{len(finished):04}"
        # The slowest model takes twice as long as the fastest.
        cost = self.trial_seconds * 2 ** self.random.uniform(-0.5, 0.5)
        self.cost_of[trial_id] = cost
        setup = self._pass(0.2 * cost * (1 if finished else 1.6))
        fit, cut = 0.0, False
        for epoch in range(1, EPOCHS + 1):
            fit += self._pass(0.1 * cost)
            if cut := epoch < EPOCHS and budget.is_over(finished, setup + fit):
                break
        return TrialRecord(
            trial_id=trial_id,
            status="cut" if cut else "completed",
            hyperparameters={},
            score=self.random.random(),
            epochs=epoch,
            started_at="",
            elapsed_seconds=self.clock,
            seconds=TrialSeconds(setup=setup, fit=0.8 * fit, evaluate=0.2 * fit),
            seed=1,
        )


@pytest.mark.parametrize("num_finals", [1, 2, 3])
@pytest.mark.parametrize("trials_worth", [8, 12, 20, 40])
def test_a_command_ends_within_a_tenth_of_its_budget(num_finals: int, trials_worth: int) -> None:
    """Nearly all simulated commands use 90 to 110 % of the budget, and hardly shorten the final trainings."""
    ended, counts, epochs = zip(
        *(
            Command(600, 600 / trials_worth, num_finals, random.Random(seed)).run()  # noqa: S311 (a simulation)
            for seed in range(60)
        ),
        strict=True,
    )
    within = sum(0.9 <= end <= 1.1 for end in ended) / len(ended)
    # Measured: 98 % with three final trainings in a budget of eight trials, and 100 % from twelve trials on.
    assert within >= (0.95 if trials_worth == 8 else 1)
    assert max(ended) < 1.15
    assert min(counts) >= 1
    assert min(epochs) >= 0.75 * EPOCHS
    assert epochs.count(EPOCHS) / len(epochs) >= 0.9


@pytest.mark.parametrize("trials_worth", [0.5, 1, 2, 3])
def test_a_small_budget_is_exceeded_by_little(trials_worth: float) -> None:
    """If the final trainings do not fit into the budget, they are shortened."""
    for seed in range(60):
        draw = random.Random(seed)  # noqa: S311 (a simulation)
        ended, count, _ = Command(600, 600 / trials_worth, 2, draw).run()
        assert count >= 1
        assert ended < {0.5: 3.5, 1: 1.8, 2: 1.3, 3: 1.2}[trials_worth]
