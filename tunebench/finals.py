"""Train the finals of a run, keep each as soon as it is finished, and write the run's record."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from tunebench import files, run_folder
from tunebench.datasets import Dataset
from tunebench.preparation import Preparation
from tunebench.progress import Progress, duration
from tunebench.records import FinalRecord, HyperparameterValue, to_json
from tunebench.training import FinalSettings, train_final


@dataclass(frozen=True, kw_only=True)
class _KeptFinal:
    """A line of ``finals.jsonl``: a final training and what it was trained with."""

    hyperparameters: dict[str, HyperparameterValue]
    epochs: int
    patience: int | None
    final: FinalRecord


def train_finals(
    preparation: Preparation,
    dataset: Dataset,
    settings: FinalSettings,
    seeds: list[int],
    folder: Path,
    progress: Progress,
) -> list[FinalRecord]:
    """Train one final model per seed; those that an interrupted command finished are taken over.

    Args:
        preparation: The space, its training data and its feature cache.
        dataset: Holds the test split.
        settings: How to train.
        seeds: Of the trainings.
        folder: The run's folder.
        progress: Told what happens.

    Returns:
        The records, in the order of the seeds.

    Raises:
        TrainingError: A loss was not finite.
        RunFolderError: A file cannot be written.
    """
    kept = _kept(folder, settings)
    progress.begin("final training", len(seeds), sum(seed in kept for seed in seeds))
    try:
        for seed in seeds:
            if seed in kept:
                continue
            progress.step(f"final training with seed {seed}")
            final = train_final(preparation, dataset.test, settings, seed, folder, progress)
            _keep(folder, settings, final)
            kept[seed] = final
            progress.finish(
                f"seed {seed}: test accuracy {final.test_accuracy:.4f}, "
                f"trained {final.epochs} epochs in {duration(final.train_seconds)}",
                None,
            )
    finally:
        progress.end()
    return [kept[seed] for seed in seeds]


def _keep(folder: Path, settings: FinalSettings, final: FinalRecord) -> None:
    line = _KeptFinal(
        hyperparameters=settings.hyperparameters,
        epochs=settings.epochs,
        patience=settings.patience,
        final=final,
    )
    files.append_durably(folder / run_folder.FINALS, to_json(line))


def _kept(folder: Path, settings: FinalSettings) -> dict[int, FinalRecord]:
    """Finished finals of the same model; a damaged line only costs its training again."""
    path = folder / run_folder.FINALS
    kept: dict[int, FinalRecord] = {}
    for line in path.read_bytes().splitlines() if path.exists() else []:
        try:
            found = msgspec.json.decode(line, type=_KeptFinal)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        same = (found.hyperparameters, found.epochs, found.patience) == (
            settings.hyperparameters,
            settings.epochs,
            settings.patience,
        )
        seed = found.final.seed
        if same and run_folder.model(folder, seed).exists() and run_folder.predictions(folder, seed).exists():
            kept[seed] = found.final
    return kept
