"""Keras' own data sets: read through Keras, with its cache and its errors."""

import gzip
from pathlib import Path

import keras.src.backend.config as keras_config
import numpy as np
import pytest

from tests.datasets.official_layout import pickled
from tunebench.datasets import catalogue, load
from tunebench.errors import DamagedDataError, DataUnavailableError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keras' folder of data sets, and no network."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(keras_config, "_KERAS_DIR", str(tmp_path))  # Keras reads the variable at import
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    (tmp_path / "datasets").mkdir()
    return tmp_path / "datasets"


def test_fashion_mnist(cache: Path) -> None:
    """Keras reads its own files, and grey images become RGB."""
    folder = cache / "fashion-mnist"
    folder.mkdir()
    for part, number in (("train", 20), ("t10k", 10)):
        labels = (np.arange(number) % 10).astype(np.uint8)
        images = np.random.default_rng(number).integers(0, 256, (number, 28, 28), np.uint8)
        for kind, header, content in (("labels-idx1", 8, labels), ("images-idx3", 16, images)):
            packed = gzip.compress(bytes(header) + content.tobytes())
            (folder / f"{part}-{kind}-ubyte.gz").write_bytes(packed)
    data = load("fashion_mnist", train_size=15, test_size="all")
    assert (len(data.train), len(data.test), data.train.image_shape) == (15, 10, (28, 28, 3))
    assert (data.class_names[0], data.mirror_safe) == ("T-shirt/top", True)
    assert {entry.name: entry.available for entry in catalogue()}["fashion_mnist"]


@pytest.mark.parametrize("name", ["mnist", "cifar100"])
def test_without_a_network(name: str) -> None:
    """The error is one line that says what to do."""
    with pytest.raises(
        DataUnavailableError, match=f"Keras cannot load {name} into .* Retry with a network"
    ) as caught:
        load(name)
    assert "\n" not in str(caught.value)


def test_the_names_of_cifar_100(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They come from its own file, which is read without running code from it."""
    import keras  # noqa: PLC0415 (of this test alone)

    images = np.zeros((100, 32, 32, 3), np.uint8)
    labels = np.arange(100)[:, np.newaxis]
    monkeypatch.setattr(keras.datasets.cifar100, "load_data", lambda: ((images, labels), (images, labels)))
    with pytest.raises(DamagedDataError, match="does not name CIFAR-100's classes"):
        load("cifar100", train_size="all", test_size="all")
    folder = cache / "cifar-100-python-target" / "cifar-100-python"
    folder.mkdir(parents=True)
    (folder / "meta").write_bytes(
        pickled({b"fine_label_names": [b"name %d" % number for number in range(100)]})
    )
    assert load("cifar100", train_size="all", test_size="all").class_names[99] == "name 99"
