"""The split into training and validation images that each final model is trained on.

Each seed draws its own, so that the variance between seeds includes the choice of the validation images
(Bouthillier et al., "Accounting for variance in machine learning benchmarks", arXiv 2103.03098). The first
seed's is that of the search, whose trials are compared on the same images.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from tunebench.datasets import Dataset, TrainingData
from tunebench.finals.train import FinalSettings
from tunebench.records import FinalRecord


@dataclass(frozen=True, eq=False, kw_only=True)
class SeedSplits:
    """The split of each seed of a run.

    Attributes:
        dataset: Draws the splits.
        first: The split of the first seed.
        first_seed: The first seed.
        fixed: Whether there is only one split: nothing is held out, or the data set says what.
        continued: Whether earlier final trainings of the run share a split, as in earlier versions. Seeds
            that are added then share it too, so that all scatter for the same reasons.
    """

    dataset: Dataset
    first: TrainingData
    first_seed: int
    fixed: bool
    continued: bool

    @classmethod
    def of(
        cls,
        dataset: Dataset,
        first: TrainingData,
        first_seed: int,
        settings: FinalSettings,
        finished: Iterable[FinalRecord],
    ) -> "SeedSplits":
        """The splits of a run.

        Args:
            dataset: The data set.
            first: The split of the first seed.
            first_seed: The first seed.
            settings: How final models are trained.
            finished: The run's finished final trainings.
        """
        fixed = first.places is None or settings.refit_epochs is not None
        return cls(
            dataset=dataset,
            first=first,
            first_seed=first_seed,
            fixed=fixed,
            continued=not fixed
            and any(final.split_seed is None for final in finished if final.seed != first_seed),
        )

    def seed_of(self, seed: int) -> int | None:
        """The ``split_seed`` that a final training with this seed records."""
        return None if self.fixed or self.continued else seed

    def split_of(self, seed: int) -> TrainingData:
        """The images that a final training with this seed is trained and validated on."""
        drawn = self.seed_of(seed)
        return self.first if drawn in {None, self.first_seed} else self.dataset.training_data(seed)
