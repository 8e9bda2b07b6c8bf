"""Each seed's final model is trained on its own split into training and validation images."""

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import tunebench
from tests.datasets.test_dataset import numbered_split, numbers_of
from tests.features.test_preparation import WITH_PREFIX
from tests.finals.test_retime import timing
from tests.small import UNTRACED_SPACE, digits, write_space
from tunebench.datasets import Dataset, Split
from tunebench.features import Inference, features
from tunebench.finals.splits import SeedSplits
from tunebench.finals.train import FinalSettings
from tunebench.fitting import Examples, train_model
from tunebench.options import LARGEST_SEED
from tunebench.progress import SilentProgress
from tunebench.record_json import from_json, to_json
from tunebench.records import FinalRecord
from tunebench.runs import Run, read_run, run_folder

SMALL: dict[str, Any] = {"dataset": "digits", "train_size": 200, "test_size": 100, "epochs": 1}
# Its head is not traced, which takes as long as many steps.
UNTRACED_PREFIX = WITH_PREFIX.replace('metrics=["accuracy"]', 'metrics=["accuracy"], run_eagerly=True')
SETTINGS = FinalSettings(hyperparameters={}, epochs=1, patience=None)


def _grouped(class_groups: list[list[int]], seed: int) -> Dataset:
    """A data set with the given sizes of the groups of each class, shuffled."""
    labels: list[int] = []
    groups: list[int] = []
    for label, sizes in enumerate(class_groups):
        for size in sizes:
            groups += [len(groups)] * size
            labels += [label] * size
    order = np.random.default_rng(seed).permutation(len(labels))
    plain = numbered_split(np.array(labels)[order].tolist())
    train = Split(plain.images, plain.labels, groups=np.array(groups, np.int64)[order])
    names = tuple(f"class {label}" for label in range(len(class_groups)))
    return Dataset("made up", train, numbered_split([0], first=len(labels)), names, mirror_safe=True)


def _splits(data: Dataset, first_seed: int, *finished: FinalRecord, **other: Any) -> SeedSplits:
    first = data.training_data(first_seed)
    return SeedSplits.of(data, first, first_seed, replace(SETTINGS, **other), finished)


@given(
    class_groups=st.lists(st.lists(st.integers(1, 3), min_size=6, max_size=20), min_size=2, max_size=4),
    first_seed=st.integers(0, LARGEST_SEED),
)
@example(class_groups=[[1] * 10, [2] * 10], first_seed=LARGEST_SEED)
@settings(max_examples=25)
def test_every_seeds_split_is_a_split(class_groups: list[list[int]], first_seed: int) -> None:
    """Disjoint, complete, stratified, other images for other seeds; no group is divided."""
    data = _grouped(class_groups, first_seed)
    assert data.train.groups is not None
    splits = _splits(data, first_seed)
    held_out = set()
    for seed in range(first_seed, first_seed + 4):
        found = splits.split_of(seed)
        sides = [numbers_of(side) for side in (found.train, found.validation)]
        assert sorted(sides[0] + sides[1]) == list(range(len(data.train)))
        assert found.places is not None
        assert [places.tolist() for places in found.places] == sides
        in_train, in_validation = (set(data.train.groups[side].tolist()) for side in sides)
        assert not in_train & in_validation
        number = len(in_validation)
        assert number == max(np.ceil(0.2 * sum(map(len, class_groups))), len(class_groups))
        for label, sizes in enumerate(class_groups):
            here = set(data.train.groups[data.train.labels == label].tolist()) & in_validation
            assert abs(len(here) - number * len(sizes) / sum(map(len, class_groups))) <= 1
        assert splits.seed_of(seed) == seed
        held_out.add(tuple(sides[1]))
    assert len(held_out) > 1
    assert splits.split_of(first_seed) is splits.first


def test_one_split_if_nothing_is_drawn() -> None:
    """After a refit, and if the data set provides the validation images."""
    data = digits()
    for splits in (
        _splits(data, 0, refit_epochs=3),
        _splits(replace(data, validation=data.test), 0),
    ):
        assert splits.split_of(1) is splits.first
        assert splits.seed_of(0) is splits.seed_of(1) is None
        assert not splits.continued


def _as_before(final: FinalRecord) -> bytes:
    """A record as JSON that an earlier version wrote."""
    fields = json.loads(to_json(final))
    del fields["split_seed"]
    return to_json(fields)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A baseline with two seeds."""
    folder = tmp_path_factory.mktemp("trained")
    space = str(write_space(folder, UNTRACED_SPACE))
    return tunebench.train(space, **SMALL, seeds=2, runs_dir=folder / "runs")


def test_the_record_of_an_earlier_version_reads(trained: Run) -> None:
    """Its models share the run's split, and so do those that are added."""
    records = [from_json(_as_before(final), FinalRecord, source="") for final in trained.record.finals]
    assert [final.split_seed for final in trained.record.finals] == [0, 1]
    assert [final.split_seed for final in records] == [None, None]
    # The first seed has that split in any case.
    assert not _splits(digits(), 0, records[0]).continued
    splits = _splits(digits(), 0, *records)
    assert splits.continued
    assert splits.split_of(2) is splits.first


class Notes(SilentProgress):
    """Keeps notes."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, message: str) -> None:
        """Keep it."""
        self.notes.append(message)


def _rewrite_as_before(run: Run) -> None:
    """Let a run be one of an earlier version."""
    lines = []
    for line in (run.folder / "finals.jsonl").read_bytes().splitlines():
        kept = json.loads(line)
        del kept["final"]["split_seed"]
        seed, digest = kept["final"]["seed"], hashlib.sha256(to_json(kept["final"]))
        for path in (run_folder.model(run.folder, seed), run_folder.predictions(run.folder, seed)):
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        lines.append(to_json({**kept, "sha256": digest.hexdigest()}) + b"\n")
    (run.folder / "finals.jsonl").write_bytes(b"".join(lines))
    record = json.loads((run.folder / "run.json").read_bytes())
    for final in record["finals"]:
        del final["split_seed"]
    (run.folder / "run.json").write_bytes(to_json(record))


def test_a_run_that_shares_a_split_goes_on_to(trained: Run, tmp_path: Path) -> None:
    """Its models are kept, a damaged one is trained again on the same images, and a note says so."""
    runs = tmp_path / "runs"
    shutil.copytree(trained.folder.parents[1], runs)
    run = Run(runs / "digits" / trained.folder.name, trained.record)
    space = str(trained.folder.parents[2] / "tiny.py")
    _rewrite_as_before(run)
    written = (run.folder / "run.json").read_bytes()
    progress = Notes()
    arguments: dict[str, Any] = {**SMALL, "runs_dir": runs, "progress": progress}
    tunebench.train(space, **arguments, seeds=2)
    assert (run.folder / "run.json").read_bytes() == written
    assert not progress.notes
    run_folder.model(run.folder, 1).write_bytes(b"damaged")
    more = tunebench.train(space, **arguments, seeds=3)
    assert [final.split_seed for final in more.record.finals] == [None, None, None]
    assert more.record.finals[0].history == run.record.finals[0].history
    assert more.record.finals[1].history["val_loss"] != run.record.finals[1].history["val_loss"]
    assert any("share one split" in note for note in progress.notes)
    again = tunebench.train(space, **arguments, seeds=1, fresh=True)
    assert [final.split_seed for final in again.record.finals] == [0]
    assert again.record.finals[0].history["val_loss"] == run.record.finals[0].history["val_loss"]


@pytest.mark.slow
def test_frozen_features_are_divided_not_computed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A seed trains on exactly its split's features, when it is trained and when it is timed again.

    Then the cache is not used: computing the features is part of the training time.
    """
    computed: list[int] = []
    seen: list[tuple[Examples, Examples]] = []

    def count(inference: Inference, images: NDArray[np.uint8], **more: Any) -> Any:
        found = features(inference, images, **more)
        if not found.from_cache:
            computed.append(len(images))
        return found

    def keep(space: Any, hp: Any, train: Examples, validation: Examples, *rest: Any, **more: Any) -> Any:
        seen.append((train, validation))
        return train_model(space, hp, train, validation, *rest, **more)

    monkeypatch.setattr("tunebench.features.preparation.features", count)
    monkeypatch.setattr("tunebench.finals.train.train_model", keep)
    space = str(write_space(tmp_path, UNTRACED_PREFIX, "front"))
    run = tunebench.train(space, **SMALL, seeds=2, runs_dir=tmp_path / "runs")
    assert computed == [160, 40]
    assert len({final.prefix_seconds for final in run.record.finals}) == 1
    tunebench.compare(run.folder, out=tmp_path / "page.html", retime=2, gallery=False)
    assert computed == [160, 40] * 3
    data = digits(200)
    for seed, examples in zip([0, 1, 0, 1], seen, strict=True):
        split = data.training_data(seed)
        for found, side in zip(examples, (split.train, split.validation), strict=True):
            images = side.images.astype(np.float64) / 255
            pooled = images.reshape(-1, 4, 8, 4, 8, 3).mean(axis=(2, 4)).reshape(len(images), -1)
            assert np.allclose(found.inputs, pooled, atol=1e-5)
            assert np.array_equal(found.labels, side.labels)
    for repeat, final in zip(timing(run.folder).repeats, read_run(run.folder).record.finals, strict=True):
        assert repeat.prefix_seconds > 0
        assert repeat.history["val_accuracy"] == final.history["val_accuracy"]
    assert "0, 1, each with its own validation images" in (tmp_path / "page.html").read_text()
