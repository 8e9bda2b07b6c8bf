"""Data sets that Keras downloads and reads: CIFAR-100, MNIST, Fashion-MNIST."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tunebench.datasets.arrays import as_rgb
from tunebench.datasets.dataset import Dataset
from tunebench.datasets.keras_cache import keras_cache, load_with_keras
from tunebench.datasets.source import CatalogueEntry
from tunebench.datasets.split import Split
from tunebench.datasets.unpickling import unpickle_batch
from tunebench.errors import DamagedDataError

_DIGITS = tuple(str(digit) for digit in range(10))
# In the order of the labels, as https://github.com/zalandoresearch/fashion-mnist lists them.
_CLOTHES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
_CIFAR100_NAMES = Path("cifar-100-python-target") / "cifar-100-python" / "meta"


@dataclass
class KerasSource:
    """One of ``keras.datasets``, in Keras' cache or downloaded into it.

    Attributes:
        ENTRY: Its entry in the catalogue.
        files: What Keras' cache holds if it is there.
        class_names: In the order of the labels; empty: read from CIFAR-100's own file.
        mirror_safe: Whether a mirrored image keeps its class.
    """

    ENTRY: CatalogueEntry
    files: tuple[str, ...]
    class_names: tuple[str, ...]
    mirror_safe: bool

    def load(
        self, _data_dir: Path | None = None, train_size: int | None = None, test_size: int | None = None
    ) -> Dataset:
        """The images in their original order, grey ones as RGB.

        Args:
            _data_dir: Not used: Keras knows where its cache is.
            train_size: Number of training images; ``None`` takes all.
            test_size: Number of test images; ``None`` takes all.

        Raises:
            DataUnavailableError: Keras cannot load it.
            DamagedDataError: A file is not what it should be.
            NotEnoughImagesError: A split has fewer images.
        """
        name = self.ENTRY.name
        how_to_fix = f"Retry with a network; if that fails, delete {self.files[0]} there."
        (x_train, y_train), (x_test, y_test) = load_with_keras(
            name, lambda loaders: getattr(loaders, name).load_data(), how_to_fix
        )
        names = self.class_names or _cifar100_names()
        train, test = (
            Split(as_rgb(images, f"{name}'s images"), np.asarray(labels).reshape(-1).astype(np.int64))
            for images, labels in ((x_train, y_train), (x_test, y_test))
        )
        return Dataset(name, train, test, names, self.mirror_safe).limited(train_size, test_size)

    def locate(self, _data_dir: Path | None = None) -> CatalogueEntry:
        """Look into Keras' cache without reading anything."""
        cache = keras_cache()
        here = all((cache / file).exists() for file in self.files)
        return dataclasses.replace(self.ENTRY, folder=cache, available=here)


def _cifar100_names() -> tuple[str, ...]:
    path = keras_cache() / _CIFAR100_NAMES
    try:
        names = unpickle_batch(path.read_bytes(), source=str(path))[b"fine_label_names"]
        return tuple(name.decode("ascii") for name in names)
    except (OSError, KeyError, TypeError, AttributeError, UnicodeDecodeError) as error:
        raise DamagedDataError(f"{path} does not name CIFAR-100's classes. Delete it and rerun.") from error


def _entry(name: str, summary: str, num_classes: int, train_size: int, size: str) -> CatalogueEntry:
    return CatalogueEntry(
        name=name,
        summary=summary,
        num_classes=num_classes,
        train_size=train_size,
        test_size=10_000,
        available=False,
        how_to_get=f"Keras downloads it at first use ({size})",
    )


CIFAR100 = KerasSource(
    _entry("cifar100", "CIFAR-100: 32×32 photographs", 100, 50_000, "169 MB"),
    ("cifar-100-python-target",),
    (),
    mirror_safe=True,
)
MNIST = KerasSource(
    _entry("mnist", "MNIST: 28×28 handwritten digits", 10, 60_000, "11 MB"),
    ("mnist.npz",),
    _DIGITS,
    mirror_safe=False,
)
FASHION_MNIST = KerasSource(
    _entry("fashion_mnist", "Fashion-MNIST: 28×28 pictures of clothes", 10, 60_000, "31 MB"),
    ("fashion-mnist",),
    _CLOTHES,
    mirror_safe=True,
)
