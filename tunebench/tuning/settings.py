"""What shapes a search."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tunebench.choices import Tuner
from tunebench.records import HyperparameterValue
from tunebench.tuning import oracles

DEFAULT_TRIALS = 20


@dataclass(frozen=True, kw_only=True)
class SearchSettings:
    """What shapes a search.

    Attributes:
        tuner: How hyperparameters are proposed.
        trials: Trials at most; ``None``: 20 for random and bayesian, or as many as the budget allows, and the
            whole plan for hyperband and grid.
        epochs: Epochs of a trial at most.
        patience: Epochs without improvement after which a trial stops; ``None`` for never.
        augment: Whether the strength of augmentation is tuned; where a prefix is frozen, the number of views.
        seed: Of everything random.
        fresh: Whether an earlier search in the folder is deleted.
        executions: How often each trial is trained; its score is the mean.
        folds: Folds of cross-validation that a trial is scored on; ``None``: on the held-out images.
        fixed: Values of hyperparameters that are not tuned; text is read as the hyperparameter's own type.
        grid_points: Values that a grid tries of a range without steps, both ends included.
        workers: Trials at once, on Ray where it is more than one; ``None``: one here, and on a cluster as
            many as it has GPUs, or nodes where it has none.
        prune: Whether trials are stopped that earlier ones were ahead of; of random and bayesian alone.
        cluster: Address of the Ray cluster that runs the trials; ``None``: this machine.
        budgeted: Whether there is a budget of time.
    """

    tuner: Tuner
    trials: int | None
    epochs: int
    patience: int | None
    augment: bool
    seed: int
    fresh: bool = False
    executions: int = 1
    folds: int | None = None
    fixed: Mapping[str, HyperparameterValue | str] = field(default_factory=dict)
    grid_points: int = oracles.DEFAULT_GRID_POINTS
    workers: int | None = None
    prune: bool = False
    cluster: str | None = None
    budgeted: bool = False

    @property
    def limit(self) -> int | None:
        """Trials at most; ``None``: the tuner's own plan, or as many as the budget allows."""
        if self.trials is None and self.tuner in {"random", "bayesian"} and not self.budgeted:
            return DEFAULT_TRIALS
        return self.trials

    @property
    def learns(self) -> bool:
        """Whether what the tuner proposes, or how long it trains, depends on the scores that it knows."""
        return self.prunes or self.tuner in {"bayesian", "hyperband"}

    @property
    def prunes(self) -> bool:
        """Whether trials are pruned: Hyperband has a rule of its own, and a grid is asked for as a whole."""
        return self.prune and self.tuner in {"random", "bayesian"}

    def window(self, workers: int) -> int:
        """How many trials may be proposed before the outcome of the first of them is known."""
        # Where proposals do not depend on scores, one slow trial need not keep the others waiting.
        return workers if workers == 1 or self.learns else 4 * workers
