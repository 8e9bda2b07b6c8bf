"""Data sets of arrays: shapes, values, labels, ``.npz`` files and ``tf.data``."""

import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tests.datasets.photographs import picture
from tunebench import Dataset
from tunebench.datasets.arrays import as_rgb, read_npz
from tunebench.datasets.from_files import Reading
from tunebench.datasets.tf_data import from_tf_data
from tunebench.errors import DamagedDataError, DatasetError, DataUnavailableError

X = np.stack([picture(seed, 10, 12) for seed in range(20)])
Y = np.arange(20) % 2
LETTERS = np.array(["a", "c"])[Y]


@given(
    arrays.arrays(
        st.sampled_from([np.float16, np.float32, np.float64]),
        st.tuples(*(st.integers(1, 4),) * 3, st.sampled_from([1, 3])),
        elements=st.floats(0, 1, width=16),
    )
)
def test_floating_point_images_are_scaled_to_255(images: Any) -> None:
    """Up to 1 they are multiplied by 255; the same numbers with a bright one are taken as they are."""
    expected = np.rint(images.astype(np.float32) * 255)
    assert np.array_equal(
        as_rgb(images, "x"), np.broadcast_to(expected, (*images.shape[:3], 3)).astype(np.uint8)
    )
    images = images.copy()
    images[0, 0, 0, 0] = 200
    assert np.array_equal(
        as_rgb(images, "x")[..., :1], np.rint(images.astype(np.float32))[..., :1].astype(np.uint8)
    )


def test_grey_and_transparent_images_become_rgb() -> None:
    """Grey of both shapes is repeated, transparency is put on white, RGB bytes are not copied."""
    grey = X[..., 0]
    assert np.array_equal(as_rgb(grey, "x"), np.repeat(grey[..., np.newaxis], 3, axis=3))
    assert np.array_equal(as_rgb(grey[..., np.newaxis], "x"), as_rgb(grey, "x"))
    assert as_rgb(np.zeros((1, 1, 1, 4)), "x").tolist() == [[[[255] * 3]]]
    assert as_rgb(X, "x") is X


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((4, 4)), r"the shape \(4, 4\)"),
        (np.zeros((0, 4, 4)), r"the shape \(0, 4, 4, 1\)"),
        (np.zeros((4, 4, 4, 2)), "1, 3 or 4"),
        (np.full((2, 4, 4), np.nan), "values from nan to nan"),
        (np.full((2, 4, 4), -1.0), "values from -1.0 to -1.0"),
        (np.full((2, 4, 4), 256.0), "values from 256.0"),
        (np.zeros((2, 4, 4), np.int32), "the dtype int32"),
        ([np.zeros((4, 4)), np.zeros((5, 5))], "is not one array"),
        (None, "dtype|shape"),
    ],
)
def test_other_images_are_refused(images: Any, message: str) -> None:
    """The line says what was found and expected."""
    with pytest.raises(DamagedDataError, match=message):
        as_rgb(images, "x_train")


def test_labels_are_numbers_or_names() -> None:
    """Class names come from the labels, in the order of the numbers, or from the caller."""
    numbers = Dataset.from_arrays(X, Y * 9 + 2, X[:0:-1][:6] // 2, (Y * 9 + 2)[:6])
    assert numbers.class_names == ("2", "11")
    names = Dataset.from_arrays(X, np.array(["b", "a"])[Y], name="letters")
    assert (names.class_names, names.name) == (("a", "b"), "letters")
    given_names = Dataset.from_arrays(X, Y[:, np.newaxis], class_names=["no", "yes"], mirror=False)
    assert (given_names.class_names, given_names.mirror_safe) == (("no", "yes"), False)
    assert [len(given_names.train), len(given_names.test)] == [16, 4]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"y_train": Y[:5]},
            r"y_train of the data set has the dtype int64 and the shape \(5,\). Expected 20 whole",
        ),
        ({"y_train": Y / 2}, "the dtype float64"),
        ({"y_train": Y * 0}, "has one class, 0"),
        ({"class_names": ["same", "same"]}, "Two class names are equal"),
        (
            {"class_names": np.array(["a", "b"]), "y_train": np.array(["a", "c"])[Y]},
            "The label c is not among",
        ),
        ({"x_train": X / 255 * 1.01}, "from 0 to 1.01, which fit neither range"),
        ({"class_names": ["only"]}, "There are 1 class names, but the labels go from 0 to 1"),
        ({"x_test": X}, "y_test of the data set has the dtype object"),
        ({"x_test": X, "y_test": Y}, "All 20 test images of the data set are also in its other splits"),
        ({"x_test": X[:, :5] + 1, "y_test": Y}, r"shape \(10, 12, 3\) and test images of shape \(5, 12, 3\)"),
        ({"x_test": X + 1, "y_test": Y + 5}, "has the class 5 in its test split"),
    ],
)
def test_arrays_that_do_not_fit_each_other(arguments: dict[str, Any], message: str) -> None:
    """The line says what was expected."""
    with pytest.raises(DatasetError, match=message):
        Dataset.from_arrays(**{"x_train": X, "y_train": Y, **arguments})


def test_test_images_that_are_also_trained_on_are_kept_out() -> None:
    """The others stay."""
    data = Dataset.from_arrays(X[:15], Y[:15], X[10:], Y[10:])
    assert len(data.test) == 5
    assert data.summary is not None
    assert data.summary.kept_out_of_test[0] == "test image 0"


def test_an_npz_file(tmp_path: Path) -> None:
    """Keras' names of the arrays; the data set is called after the file."""
    np.savez(tmp_path / "letters.npz", x_train=X[:14], y_train=Y[:14], x_test=X[14:], y_test=Y[14:])
    data = Dataset.from_npz(tmp_path / "letters.npz")
    assert (data.name, len(data.train), len(data.test)) == ("letters", 14, 6)
    assert np.array_equal(data.train.images, X[:14])
    small = Dataset.from_npz(tmp_path / "letters.npz", image_size=(8, 8), resize="stretch")
    assert small.train.image_shape == (8, 8, 3)


def _archive(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return path


class _Executed:
    def __reduce__(self) -> Any:
        return Path.write_text, (Path("executed"), "executed")


def test_pickled_objects_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No code of the file runs."""
    monkeypatch.chdir(tmp_path)
    np.savez("a.npz", x_train=np.array([_Executed()], dtype=object), y_train=Y)
    _archive(tmp_path / "b.npz", x_train=pickle.dumps(_Executed()), y_train=b"")
    for name in ("a.npz", "b.npz"):
        with pytest.raises(DamagedDataError, match=r"is not a readable .npz file|has the shape \(\)"):
            read_npz(tmp_path / name, Reading())
    assert not Path("executed").exists()


@pytest.mark.parametrize("header", [b"{'descr': '<f4', [", b"  {'descr'\n }", b"(" * 5000, b"\xff\xfe"])
def test_a_damaged_header_is_one_line(tmp_path: Path, header: bytes) -> None:
    """Whatever NumPy's parser raises."""
    magic = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    with pytest.raises(DamagedDataError, match=r"is not a readable .npz file"):
        read_npz(_archive(tmp_path / "a.npz", x_train=magic, y_train=magic), Reading())


def test_files_that_are_no_arrays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Missing, damaged, foreign and too large files are one line each."""
    with pytest.raises(DataUnavailableError, match="cannot be read: No such file"):
        read_npz(tmp_path / "missing.npz", Reading())
    (tmp_path / "text.npz").write_text("text")
    with pytest.raises(DamagedDataError, match=r"is not a readable .npz file|has the shape \(\)"):
        read_npz(tmp_path / "text.npz", Reading())
    np.savez(tmp_path / "other.npz", images=X, labels=Y)
    with pytest.raises(DamagedDataError, match="lacks arrays: it has none of them"):
        read_npz(tmp_path / "other.npz", Reading())
    np.savez(tmp_path / "half.npz", x_train=X, y_train=Y, x_test=X)
    with pytest.raises(DamagedDataError, match="lacks arrays: it has x_train, y_train, x_test"):
        read_npz(tmp_path / "half.npz", Reading())
    np.savez(tmp_path / "large.npz", x_train=X, y_train=Y)
    free = psutil.virtual_memory()._replace(available=1000)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: free)
    with pytest.raises(DamagedDataError, match="GiB of memory are free"):
        read_npz(tmp_path / "large.npz", Reading())


@pytest.mark.parametrize("batched", [True, False])
def test_tf_data(*, batched: bool) -> None:
    """A pipeline is read once, batched or not."""
    pipeline = tf.data.Dataset.from_tensor_slices((X, Y))
    data = from_tf_data(pipeline.batch(6) if batched else pipeline, name="piped")
    assert (data.name, len(data.train) + len(data.test), data.class_names) == ("piped", 20, ("0", "1"))


def test_labels_of_a_pipeline_may_be_one_hot_or_text() -> None:
    """As `image_dataset_from_directory` gives them for its label modes."""
    one_hot = tf.data.Dataset.from_tensor_slices((X, np.eye(2)[Y])).batch(6)
    column = tf.data.Dataset.from_tensor_slices((X, Y[:, np.newaxis].astype(np.float32)))
    text = tf.data.Dataset.from_tensor_slices((X, np.array(["no", "yes"])[Y]))
    assert from_tf_data(one_hot).class_names == from_tf_data(column).class_names == ("0", "1")
    assert from_tf_data(text).class_names == ("no", "yes")


def test_other_pipelines_are_refused() -> None:
    """The line says what an element has to be."""
    with pytest.raises(DatasetError, match="repeats without end"):
        from_tf_data(tf.data.Dataset.from_tensor_slices((X, Y)).repeat())

    def elements() -> Any:
        yield X[0], 0
        raise OSError("the disk is gone")

    signature = (tf.TensorSpec((10, 12, 3), tf.uint8), tf.TensorSpec((), tf.int64))
    failing = tf.data.Dataset.from_generator(elements, output_signature=signature)
    with pytest.raises(DatasetError, match="Expected pairs of an image"):
        from_tf_data(failing)
    with pytest.raises(DatasetError, match="Expected pairs of an image and a label"):
        from_tf_data(tf.data.Dataset.from_tensor_slices(X))
    different = tf.data.Dataset.from_generator(
        lambda: ((X[0, :size], 0) for size in (4, 5)),
        output_signature=(tf.TensorSpec((None, 12, 3), tf.uint8), tf.TensorSpec((), tf.int64)),
    )
    with pytest.raises(DatasetError, match="have different shapes"):
        from_tf_data(different)
