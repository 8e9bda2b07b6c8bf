"""Train the final models of a run, and keep each as soon as it is finished."""

import contextlib
import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import msgspec

from tunebench import files
from tunebench.datasets import Dataset
from tunebench.errors import RunError
from tunebench.features.preparation import Preparation
from tunebench.finals.splits import SeedSplits
from tunebench.finals.train import FinalSettings, train_final
from tunebench.fitting.warm_up import warm_up
from tunebench.objectives import OBJECTIVES
from tunebench.progress import Estimate, Progress, duration, plural
from tunebench.record_json import UNREADABLE, to_json
from tunebench.records import FinalRecord
from tunebench.runs import read_run, run_folder


@dataclass(frozen=True, kw_only=True)
class _KeptFinal:
    """A line of ``finals.jsonl``: a final training.

    Attributes:
        shaped_by: Digest of everything that shaped it.
        sha256: Of its figures, model and predictions, so that a change is noticed.
    """

    shaped_by: str
    sha256: str
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
    """Train one final model per seed, except for those that an earlier command finished.

    Args:
        preparation: The space, its training data and its feature cache.
        dataset: Holds the test split, and draws each seed's split into training and validation images.
        settings: How to train.
        seeds: Of the trainings; the first one drew the split of ``preparation``.
        context: What else shapes them, such as the backbone, the precision and the device: a model that was
            trained with something else is trained again.
        folder: The run's folder.
        progress: Receives progress events.

    Returns:
        The records, in the order of the seeds.

    Raises:
        TrainingError: A loss was not finite.
        RunFolderError: A file cannot be written.
    """
    shaped_by = _digest(preparation, dataset, settings, context)
    earlier = _earlier(folder, shaped_by)
    kept = {seed: line.final for seed, line in earlier.items() if seed in seeds and _is_intact(folder, line)}
    finished = [line.final for line in earlier.values()]
    splits = SeedSplits.of(dataset, preparation.data, seeds[0], settings, finished)
    if not _recorded_seeds(folder) <= kept.keys():
        # They describe models that are about to be replaced.
        files.remove(folder / run_folder.RECORD)
        files.remove(folder / run_folder.TIMING)
    if splits.continued and len(kept) < len(seeds):
        progress.note(
            "The run's earlier final trainings share one split into training and validation images, so those "
            "that are added share it too. Start again with --fresh, and each seed draws its own."
        )
    progress.begin("final training", Estimate(len(seeds), len(kept)))
    try:
        for seed in seeds:
            if seed in kept:
                continue
            warm_up()
            progress.step(f"final training with seed {seed}", objective=OBJECTIVES[settings.objective])
            split = splits.split_of(seed)
            final = replace(
                train_final(preparation, dataset.test, settings, seed, folder, progress, split),
                split_seed=splits.seed_of(seed),
            )
            line = _KeptFinal(shaped_by=shaped_by, sha256=_content_sha256(folder, final), final=final)
            files.append_durably(folder / run_folder.FINALS, to_json(line))
            kept[seed] = final
            progress.finish(
                f"seed {seed}: test accuracy {final.test_accuracy:.4f}, "
                f"trained {plural(final.epochs, 'epoch')} in {duration(final.train_seconds)}",
                None,
            )
    finally:
        progress.end()
    return [kept[seed] for seed in seeds]


def _recorded_seeds(folder: Path) -> set[int]:
    """The seeds of the models that the record describes; none if it is missing or damaged."""
    try:
        return {final.seed for final in read_run(folder).record.finals}
    except RunError:
        return set()


def _digest(
    preparation: Preparation, dataset: Dataset, settings: FinalSettings, context: Mapping[str, object]
) -> str:
    # A setting at its default counts as absent, as it was before the setting existed.
    defaults = {field.name: field.default for field in fields(FinalSettings)}
    chosen = {name: value for name, value in asdict(settings).items() if value != defaults[name]}
    shape = {
        "space": preparation.space.sha256,
        "data": [dataset.sha256, preparation.data.sha256],
        "settings": chosen,
        **context,
    }
    return hashlib.sha256(to_json(shape)).hexdigest()


def _earlier(folder: Path, shaped_by: str) -> dict[int, _KeptFinal]:
    """Finished trainings of the same model, also those whose files are gone.

    A damaged line only means that its model is trained again.
    """
    found: dict[int, _KeptFinal] = {}
    for text in files.read_lines(folder / run_folder.FINALS):
        try:
            line = msgspec.json.decode(text, type=_KeptFinal)
        except UNREADABLE:
            continue
        # A later line with other settings replaced the files of this seed.
        found.pop(line.final.seed, None)
        if line.shaped_by == shaped_by:
            found[line.final.seed] = line
    return found


def _is_intact(folder: Path, line: _KeptFinal) -> bool:
    """Whether a training's figures and files are unchanged; otherwise it is trained again."""
    with contextlib.suppress(OSError):
        return line.sha256 == _content_sha256(folder, line.final)
    return False


def _content_sha256(folder: Path, final: FinalRecord) -> str:
    """SHA-256 of the figures and the two files of a final training."""
    # msgspec leaves out a field that the line of an earlier version did not have.
    digest = hashlib.sha256(to_json(final))
    for path in (run_folder.model(folder, final.seed), run_folder.predictions(folder, final.seed)):
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
