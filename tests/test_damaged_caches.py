"""Damaged caches are computed again; damaged states and data are refused in one line."""

from pathlib import Path

import keras
import numpy as np
import pytest

from tests.damage import DAMAGES
from tests.datasets.official_layout import write_layout
from tests.features.computation import ROWS, Computation
from tunebench import datasets
from tunebench.errors import DatasetError, RunFolderError, SearchError
from tunebench.features import FeatureCache
from tunebench.fitting import state

# A binary file cannot hold a later version's JSON.
BINARY = [damage for damage in DAMAGES if damage != "later version"]


def _one_line(error: BaseException, name: str) -> None:
    message = str(error)
    assert "\n" not in message
    assert name in message
    assert message.endswith(".")


@pytest.mark.parametrize(
    ("name", "damage"), [*(("a.npy", each) for each in BINARY), *(("a.json", each) for each in DAMAGES)]
)
def test_damaged_features_are_computed_again(name: str, damage: str, tmp_path: Path) -> None:
    """Only the damaged array is; a folder in its place is a one-line error."""
    folder = tmp_path / "features"
    FeatureCache(folder).get_or_compute("a", 6, Computation())
    FeatureCache(folder).get_or_compute("b", 6, Computation())
    DAMAGES[damage](folder / name)
    compute = Computation()
    if damage == "folder":
        with pytest.raises(RunFolderError) as refused:
            FeatureCache(folder).get_or_compute("a", 6, compute)
        _one_line(refused.value, name)
    else:
        assert np.array_equal(FeatureCache(folder).get_or_compute("a", 6, compute).array, ROWS)
        assert compute.times == 1
        assert FeatureCache(folder).get_or_compute("a", 6, compute).from_cache
        assert sorted(path.name for path in folder.iterdir()) == ["a.json", "a.npy", "b.json", "b.npy"]
    assert FeatureCache(folder).get_or_compute("b", 6, compute).from_cache


def test_a_folder_in_place_of_the_lock_file_is_refused(tmp_path: Path) -> None:
    """The error names it."""
    (tmp_path / "a.lock").mkdir()
    with pytest.raises(RunFolderError) as refused:
        FeatureCache(tmp_path).get_or_compute("a", 6, Computation())
    _one_line(refused.value, "a.lock")


@pytest.mark.parametrize("damage", BINARY)
def test_a_damaged_state_is_refused_and_leaves_the_model_as_it_was(damage: str, tmp_path: Path) -> None:
    """No weight of the model changes."""
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    model.compile("adam", "mse")
    path = tmp_path / "state-0000.npz"
    state.save(model, path)
    before = [weight.numpy() for weight in model.weights]
    DAMAGES[damage](path)
    with pytest.raises(SearchError) as refused:
        state.load(model, path)
    _one_line(refused.value, path.name)
    assert all(np.array_equal(one, other.numpy()) for one, other in zip(before, model.weights, strict=True))


@pytest.mark.parametrize("name", ["data_batch_1", "data_batch_2", "test_batch", "batches.meta"])
@pytest.mark.parametrize("damage", [each for each in BINARY if each != "absent"])
def test_damaged_batches_are_refused(name: str, damage: str, tmp_path: Path) -> None:
    """The error names the file."""
    folder = write_layout(tmp_path, batches=3)
    DAMAGES[damage](folder / name)
    with pytest.raises(DatasetError) as refused:
        datasets.load("cifar10", data_dir=tmp_path)
    _one_line(refused.value, name)
