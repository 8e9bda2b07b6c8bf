"""CIFAR-10's official layout: complete, cut down, damaged and of another data set."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.datasets.official_layout import NAMES, pickled, random_batch, write_layout
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
    """Pixels, labels and their order are those of the files."""
    data = cifar10.load(layout.parent)
    assert data.class_names[6] == "frog"
    assert data.mirror_safe
    batch = random_batch(4, seed=3)
    assert data.train.images.shape == (20, 32, 32, 3)
    planes = data.train.images[8:12].transpose(0, 3, 1, 2)
    np.testing.assert_array_equal(planes.reshape(4, 3072), batch[b"data"])
    np.testing.assert_array_equal(data.train.labels[8:12], batch[b"labels"])
    np.testing.assert_array_equal(data.test.labels, random_batch(4, seed=0)[b"labels"])


def test_the_batches_folder_itself_can_be_given(layout: Path) -> None:
    """``--data-dir`` accepts ``cifar-10-batches-py`` as well as its parent."""
    assert cifar10.load(layout).sha256 == cifar10.load(layout.parent).sha256


def test_the_environment_variable(layout: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """$TUNEBENCH_DATA_DIR is used unless a folder is given, and prevents a download."""
    monkeypatch.setenv("TUNEBENCH_DATA_DIR", str(layout.parent))
    assert len(cifar10.load().train) == 20
    with pytest.raises(DataUnavailableError, match="is not in"):
        cifar10.load(tmp_path)
    monkeypatch.setenv("TUNEBENCH_DATA_DIR", str(tmp_path))
    with pytest.raises(DataUnavailableError, match=r"is not in .*--data-dir.*--dataset digits") as caught:
        cifar10.load()
    one_line(caught)


def test_fewer_batches_are_enough_for_fewer_images(tmp_path: Path) -> None:
    """A copy with one batch gives the images of that batch."""
    write_layout(tmp_path, batches=1)
    assert len(cifar10.load(tmp_path, 4, 4).train) == 4
    with pytest.raises(NotEnoughImagesError, match="5 train images were requested, but there are 4"):
        cifar10.load(tmp_path, 5, 4)


def test_only_the_batches_that_are_needed_are_read(layout: Path) -> None:
    """Later batches are not read if the first ones hold enough images."""
    (layout / "data_batch_2").write_bytes(b"damaged")
    assert len(cifar10.load(layout, 4, 4).train) == 4
    with pytest.raises(DamagedDataError, match="data_batch_2"):
        cifar10.load(layout, 5, 4)


@pytest.mark.parametrize("missing", ["data_batch_1", "data_batch_3", "test_batch", "batches.meta"])
def test_a_missing_file_is_named(layout: Path, missing: str) -> None:
    """A missing file, also one between other batches, is an error that names it."""
    (layout / missing).unlink()
    with pytest.raises(DataUnavailableError, match=missing) as caught:
        cifar10.load(layout.parent)
    assert "--data-dir" in one_line(caught)


DAMAGE: dict[str, bytes] = {
    "empty": b"",
    "text": b"<!DOCTYPE html><title>404</title>",
    "no images": pickled({b"labels": [1, 2, 3, 4]}),
    "no labels": pickled({b"data": np.zeros((4, 3072), np.uint8)}),
    "too few labels": pickled({**random_batch(4, 1), b"labels": [1, 2, 3]}),
    "other images": pickled({**random_batch(4, 1), b"data": np.zeros((4, 784), np.uint8)}),
    "flat images": pickled({**random_batch(4, 1), b"data": np.zeros(4 * 3072, np.uint8)}),
    "float images": pickled({**random_batch(4, 1), b"data": np.zeros((4, 3072), np.float32)}),
    "label too large": pickled({**random_batch(4, 1), b"labels": [1, 2, 3, 10]}),
    "label negative": pickled({**random_batch(4, 1), b"labels": [1, 2, 3, -1]}),
    "label of text": pickled({**random_batch(4, 1), b"labels": [1, 2, 3, b"frog"]}),
    "no images at all": pickled({b"data": np.zeros((0, 3072), np.uint8), b"labels": []}),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", ["data_batch_1", "test_batch"])
def test_damaged_batches_are_refused(layout: Path, name: str, damage: str) -> None:
    """A file that is not a batch of CIFAR-10 is an error that names it."""
    (layout / name).write_bytes(DAMAGE[damage])
    with pytest.raises(DamagedDataError, match=name) as caught:
        cifar10.load(layout, 4)
    one_line(caught)


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
    """Class names other than CIFAR-10's, such as CIFAR-100's, are refused."""
    (layout / "batches.meta").write_bytes(pickled(names))
    with pytest.raises(DamagedDataError, match="ten classes"):
        cifar10.load(layout)


@pytest.mark.parametrize("name", ["data_batch_1", "test_batch", "batches.meta"])
def test_a_folder_in_place_of_a_file(layout: Path, name: str) -> None:
    """A folder with the name of a batch is a one-line error."""
    (layout / name).unlink()
    (layout / name).mkdir()
    with pytest.raises(DataUnavailableError, match="directory") as caught:
        cifar10.load(layout)
    assert name in one_line(caught)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
@pytest.mark.parametrize("where", [lambda folder: folder / "data_batch_1", lambda folder: folder])
def test_no_permission_to_read(layout: Path, where: Callable[[Path], Path]) -> None:
    """A file or folder without read permission is a one-line error that says so."""
    where(layout).chmod(0)
    try:
        with pytest.raises(DataUnavailableError, match="Permission denied") as caught:
            cifar10.load(layout.parent)
    finally:
        where(layout).chmod(stat.S_IRWXU)
    one_line(caught)


def test_a_path_that_is_too_long() -> None:
    """A path that the system does not accept is a one-line error."""
    with pytest.raises(DataUnavailableError, match="cannot be read"):
        cifar10.load(Path("x" * 5000))


@pytest.fixture(scope="module")
def module_layout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A layout whose first batch the next test overwrites in each example."""
    return write_layout(tmp_path_factory.mktemp("damaged"), batches=1)


@given(data=st.data())
@settings(max_examples=50)
def test_altered_and_truncated_files_are_read_or_refused(module_layout: Path, data: st.DataObject) -> None:
    """Damage gives a one-line error or images of the right form, never another exception."""
    original = pickled(random_batch(4, 1))
    content = bytearray(original[: data.draw(st.just(len(original)) | st.integers(0, len(original)))])
    if content:
        position = data.draw(st.integers(0, len(content) - 1) | st.integers(0, min(len(content) - 1, 300)))
        content[position] = data.draw(st.integers(0, 255))
    (module_layout / "data_batch_1").write_bytes(content)
    try:
        train = cifar10.load(module_layout).train
    except DatasetError as error:
        assert "\n" not in str(error)  # noqa: PT017 (either outcome is right)
    else:
        assert len(content) == len(original)
        assert train.images.shape == (4, 32, 32, 3)
        assert train.labels.max() < 10


@pytest.mark.shared
def test_the_real_images(shared: Path) -> None:
    """The first images, labels and the content hash are those of the published data set."""
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
    np.testing.assert_array_equal(data.train.images[0, 0, :2], [[59, 62, 63], [43, 46, 45]])
    assert data.sha256 == "c74dc29ae4d5a465611fb793eb0339a69c586b9d3939ae458241ee6638c05b76"


@pytest.mark.shared
def test_the_default_size_needs_more_than_the_cut_down_copy(shared: Path) -> None:
    """A copy of 4,000 training images does not pass for one of 10,000."""
    with pytest.raises(NotEnoughImagesError, match="10,000 train images were requested, but there are 4,000"):
        cifar10.load(shared / "data", 10_000, 1_000)
