"""CIFAR-10's official layout, whole, cut down, damaged and foreign."""

import os
import pickle
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.datasets.official_layout import NAMES, python2_pickle, random_batch, write_layout
from tunebench.datasets import cifar10
from tunebench.errors import DamagedDataError, DatasetError, DataUnavailableError, NotEnoughImagesError


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    """A small official layout; the path of ``cifar-10-batches-py``."""
    return write_layout(tmp_path / "data")


def one_line(error: pytest.ExceptionInfo[BaseException]) -> str:
    """The message, which must be one line."""
    assert "\n" not in str(error.value)
    return str(error.value)


def test_images_are_rows_of_red_green_and_blue(layout: Path) -> None:
    """Colours or rows would be mixed up: accuracy would fall without any error."""
    data = cifar10.load(layout.parent)
    assert data.train.images.shape == (20, 32, 32, 3)
    assert data.class_names[6] == "frog"
    assert data.mirror_safe
    third = random_batch(4, seed=3)
    for number in range(4):
        row = third[b"data"][number]
        for channel in range(3):
            plane = row[channel * 1024 : (channel + 1) * 1024].reshape(32, 32)
            np.testing.assert_array_equal(data.train.images[8 + number, :, :, channel], plane)
    np.testing.assert_array_equal(data.train.labels[8:12], third[b"labels"])
    np.testing.assert_array_equal(data.test.labels, random_batch(4, seed=0)[b"labels"])


def test_the_folder_itself_can_be_given(layout: Path) -> None:
    """A user who points at the batches would be told that they are not there."""
    assert cifar10.load(layout).sha256 == cifar10.load(layout.parent).sha256


def test_the_environment_variable(layout: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """$TUNEBENCH_DATA_DIR would be ignored, or win over the folder that was given."""
    monkeypatch.setenv("TUNEBENCH_DATA_DIR", str(layout.parent))
    assert len(cifar10.load().train) == 20
    with pytest.raises(DataUnavailableError, match="is not in"):
        cifar10.load(tmp_path)
    monkeypatch.setenv("TUNEBENCH_DATA_DIR", str(tmp_path))
    with pytest.raises(DataUnavailableError, match=r"--data-dir.*--dataset digits"):
        cifar10.load(origin="http://127.0.0.1:9/must-not-be-asked")


@pytest.mark.parametrize("inside", ["cifar-10-batches-py", "cifar-10-batches-py-target/cifar-10-batches-py"])
def test_what_keras_has_downloaded_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: str
) -> None:
    """170 MB would be downloaded again."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    write_layout((tmp_path / "datasets" / inside).parent)
    assert len(cifar10.load(origin="http://127.0.0.1:9/must-not-be-asked").train) == 20


def test_fewer_batches_are_fine_where_images_suffice(tmp_path: Path) -> None:
    """A cut-down copy could not be used."""
    write_layout(tmp_path, batches=1)
    assert len(cifar10.load(tmp_path, 4, 4).train) == 4
    with pytest.raises(NotEnoughImagesError, match="5 train images were asked for, but there are 4"):
        cifar10.load(tmp_path, 5, 4)


def test_only_the_batches_that_are_needed_are_read(layout: Path) -> None:
    """Ten thousand images would wait for sixty thousand to be read."""
    (layout / "data_batch_2").write_bytes(b"damaged")
    assert len(cifar10.load(layout, 4, 4).train) == 4
    with pytest.raises(DamagedDataError, match="data_batch_2"):
        cifar10.load(layout, 5, 4)


@pytest.mark.parametrize("missing", ["data_batch_1", "data_batch_3", "test_batch", "batches.meta"])
def test_a_missing_file_is_named(layout: Path, missing: str) -> None:
    """A later batch would be taken for the first images, or a traceback shown."""
    (layout / missing).unlink()
    with pytest.raises(DataUnavailableError, match=missing) as caught:
        cifar10.load(layout.parent)
    assert "--data-dir" in one_line(caught)


def test_data_that_is_not_there(tmp_path: Path) -> None:
    """The user would not learn what to do."""
    with pytest.raises(DataUnavailableError) as caught:
        cifar10.load(tmp_path / "nowhere")
    assert "--data-dir" in one_line(caught)
    assert "--dataset digits" in one_line(caught)


def without(key: bytes) -> dict[bytes, Any]:
    """A batch that lacks an entry."""
    return {name: value for name, value in random_batch(4, 1).items() if name != key}


DAMAGE: dict[str, bytes] = {
    "empty": b"",
    "truncated": python2_pickle(random_batch(4, 1))[:-1000],
    "text": b"<!DOCTYPE html><title>404</title>",
    "hostile": pickle.dumps(print),
    "no images": python2_pickle(without(b"data")),
    "no labels": python2_pickle(without(b"labels")),
    "CIFAR-100": python2_pickle({**without(b"labels"), b"fine_labels": [1, 2, 3, 4]}),
    "too few labels": python2_pickle({**random_batch(4, 1), b"labels": [1, 2, 3]}),
    "other images": python2_pickle({**random_batch(4, 1), b"data": np.zeros((4, 784), np.uint8)}),
    "flat images": python2_pickle({**random_batch(4, 1), b"data": np.zeros(4 * 3072, np.uint8)}),
    "float images": python2_pickle({**random_batch(4, 1), b"data": np.zeros((4, 3072), np.float32)}),
    "label too large": python2_pickle({**random_batch(4, 1), b"labels": [1, 2, 3, 10]}),
    "label negative": python2_pickle({**random_batch(4, 1), b"labels": [1, 2, 3, -1]}),
    "label of text": python2_pickle({**random_batch(4, 1), b"labels": [1, 2, 3, b"frog"]}),
    "no images at all": python2_pickle({b"data": np.zeros((0, 3072), np.uint8), b"labels": []}),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", ["data_batch_1", "test_batch"])
def test_damaged_and_foreign_batches_are_refused(layout: Path, name: str, damage: str) -> None:
    """Nonsense would be trained on, or a traceback shown."""
    (layout / name).write_bytes(DAMAGE[damage])
    with pytest.raises(DamagedDataError) as caught:
        cifar10.load(layout, 4)
    assert len(one_line(caught)) < 600


@pytest.mark.parametrize(
    "names",
    [
        {},
        {**NAMES, b"label_names": [b"cat"]},
        {**NAMES, b"label_names": 3},
        {b"fine_label_names": [b"cat"] * 10},
    ],
)
def test_other_class_names_are_refused(layout: Path, names: dict[bytes, Any]) -> None:
    """Another data set would be reported as CIFAR-10."""
    (layout / "batches.meta").write_bytes(python2_pickle(names))
    with pytest.raises(DamagedDataError, match="ten classes"):
        cifar10.load(layout)


@pytest.mark.parametrize("name", ["data_batch_1", "test_batch", "batches.meta"])
def test_a_folder_in_place_of_a_file(layout: Path, name: str) -> None:
    """A traceback would be shown."""
    (layout / name).unlink()
    (layout / name).mkdir()
    with pytest.raises(DataUnavailableError, match="directory") as caught:
        cifar10.load(layout)
    assert name in one_line(caught)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
@pytest.mark.parametrize("where", [lambda folder: folder / "data_batch_1", lambda folder: folder])
def test_no_permission_to_read(layout: Path, where: Callable[[Path], Path]) -> None:
    """A traceback would be shown, or data be called missing that is only locked."""
    where(layout).chmod(0)
    try:
        with pytest.raises(DataUnavailableError, match="Permission denied") as caught:
            cifar10.load(layout.parent)
    finally:
        where(layout).chmod(stat.S_IRWXU)
    one_line(caught)


def test_a_path_that_no_system_takes() -> None:
    """A traceback would be shown."""
    with pytest.raises(DataUnavailableError, match="cannot be read"):
        cifar10.load(Path("x" * 5000))


@pytest.fixture(scope="module")
def module_layout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A layout whose first batch the next test overwrites, example after example."""
    return write_layout(tmp_path_factory.mktemp("damaged"), batches=1)


@given(data=st.data())
def test_any_damage_is_noticed_or_harmless(module_layout: Path, data: st.DataObject) -> None:
    """A flipped byte would show a traceback or give images of another form."""
    content = bytearray(python2_pickle(random_batch(4, 1)))
    position = data.draw(st.integers(0, 300) | st.integers(0, len(content) - 1))
    content[position] = data.draw(st.integers(0, 255))
    (module_layout / "data_batch_1").write_bytes(content)
    try:
        train = cifar10.load(module_layout).train
    except DatasetError as error:
        message = str(error)
        assert "\n" not in message
    else:
        assert train.images.shape[1:] == (32, 32, 3)
        assert len(train) == 4
        assert train.labels.max() < 10


@pytest.mark.shared
def test_the_real_images(shared: Path) -> None:
    """Something else than CIFAR-10's first images would be read."""
    data = cifar10.load(shared / "data")
    assert (len(data.train), len(data.test)) == (4000, 1000)
    assert [data.class_names[label] for label in data.train.labels[:5]] == [
        "frog",
        "truck",
        "truck",
        "deer",
        "automobile",
    ]
    assert [data.class_names[label] for label in data.test.labels[:5]] == [
        "cat",
        "ship",
        "ship",
        "airplane",
        "frog",
    ]
    assert np.bincount(data.train.labels).tolist() == [396, 366, 420, 384, 422, 393, 414, 385, 407, 413]
    # The frog; its first pixels are those that every published loader of the data set gives.
    np.testing.assert_array_equal(data.train.images[0, 0, :2], [[59, 62, 63], [43, 46, 45]])
    assert data.sha256 == "c74dc29ae4d5a465611fb793eb0339a69c586b9d3939ae458241ee6638c05b76"


@pytest.mark.shared
def test_the_usual_size_is_more_than_the_cut_down_copy_has(shared: Path) -> None:
    """4,000 images would be reported as 10,000."""
    with pytest.raises(NotEnoughImagesError, match="10,000 train images were asked for, but there are 4,000"):
        cifar10.load(shared / "data", 10_000, 1_000)
