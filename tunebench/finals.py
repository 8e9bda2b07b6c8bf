"""Train the finals of a run, keep each as soon as it is finished, and write the run's record."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec

from tunebench import files, run_folder
from tunebench.datasets import Dataset
from tunebench.preparation import Preparation
from tunebench.progress import Progress, duration
from tunebench.records import FinalRecord, to_json
from tunebench.training import FinalSettings, train_final


@dataclass(frozen=True, kw_only=True)
class _KeptFinal:
    """A line of ``finals.jsonl``: a final training and the digest of everything that shaped it."""

    shaped_by: str
    final: FinalRecord


def train_finals(
    preparation: Preparation,
    dataset: Dataset,
    settings: FinalSettings,
    seeds: list[int],
    context: Mapping[str, object],
    folder: Path,
    progress: Progress,
) -> list[FinalRecord]:
    """Train one final model per seed; those that an interrupted command finished are taken over.

    Args:
        preparation: The space, its training data and its feature cache.
        dataset: Holds the test split.
        settings: How to train.
        seeds: Of the trainings.
        context: What else shapes them, such as the backbone, the precision and the device: a final that was
            trained with something else is trained again.
        folder: The run's folder.
        progress: Told what happens.

    Returns:
        The records, in the order of the seeds.

    Raises:
        TrainingError: A loss was not finite.
        RunFolderError: A file cannot be written.
    """
    shaped_by = _digest(preparation, dataset, settings, context)
    kept = {seed: final for seed, final in _kept(folder, shaped_by).items() if seed in seeds}
    if len(kept) < len(seeds):
        # They describe the models that are about to be replaced.
        (folder / run_folder.RECORD).unlink(missing_ok=True)
        (folder / run_folder.TIMING).unlink(missing_ok=True)
    progress.begin("final training", len(seeds), len(kept))
    try:
        for seed in seeds:
            if seed in kept:
                continue
            progress.step(f"final training with seed {seed}")
            final = train_final(preparation, dataset.test, settings, seed, folder, progress)
            line = _KeptFinal(shaped_by=shaped_by, final=final)
            files.append_durably(folder / run_folder.FINALS, to_json(line))
            kept[seed] = final
            progress.finish(
                f"seed {seed}: test accuracy {final.test_accuracy:.4f}, "
                f"trained {final.epochs} epochs in {duration(final.train_seconds)}",
                None,
            )
    finally:
        progress.end()
    return [kept[seed] for seed in seeds]


def _digest(
    preparation: Preparation, dataset: Dataset, settings: FinalSettings, context: Mapping[str, object]
) -> str:
    shape = {
        "space": preparation.space.sha256,
        "data": [dataset.sha256, preparation.data.sha256],
        "settings": asdict(settings),
        **context,
    }
    return hashlib.sha256(to_json(shape)).hexdigest()


def _kept(folder: Path, shaped_by: str) -> dict[int, FinalRecord]:
    """Finished finals of the same model; a damaged line only costs its training again."""
    kept: dict[int, FinalRecord] = {}
    for line in files.whole_lines(folder / run_folder.FINALS):
        try:
            found = msgspec.json.decode(line, type=_KeptFinal)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        seed = found.final.seed
        # A later line with other settings replaced the files of this seed.
        kept.pop(seed, None)
        there = run_folder.model(folder, seed).exists() and run_folder.predictions(folder, seed).exists()
        if found.shaped_by == shaped_by and there:
            kept[seed] = found.final
    return kept
