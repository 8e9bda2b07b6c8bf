"""The named data sets and their list."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.datasets.official_layout import write_layout
from tunebench.datasets import catalogue, load, names
from tunebench.errors import NotEnoughImagesError, UnknownDatasetError


@pytest.mark.parametrize(
    ("name", "near"),
    [("cifar-10", "cifar10"), ("CIFAR10", "cifar10"), ("digit", "digits"), ("Digits", "digits")],
)
def test_an_unknown_name_suggests_the_near_miss(name: str, near: str) -> None:
    """A misspelt name gets a suggestion."""
    with pytest.raises(UnknownDatasetError, match=rf"Did you mean {near}\? .*cifar10, .*digits"):
        load(name)


def test_an_unrelated_name_gets_the_list() -> None:
    """A name that resembles none gets the list of names and no suggestion."""
    with pytest.raises(UnknownDatasetError) as caught:
        load("imagenet\n")
    assert "Did you mean" not in str(caught.value)
    assert "fashion_mnist, digits" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_default_sizes(tmp_path: Path) -> None:
    """By default, a data set has the sizes of its catalogue entry."""
    digits = load("digits")
    assert (len(digits.train), len(digits.test)) == (1297, 500)
    write_layout(tmp_path)
    with pytest.raises(NotEnoughImagesError, match="10,000 train images were requested, but there are 20"):
        load("cifar10", data_dir=tmp_path)
    with pytest.raises(NotEnoughImagesError, match="2,000 test images were requested, but there are 4"):
        load("cifar10", data_dir=tmp_path, train_size=20)


def test_all_takes_every_image(tmp_path: Path) -> None:
    """``all`` is not limited to the default size."""
    write_layout(tmp_path)
    data = load("cifar10", data_dir=tmp_path, train_size="all", test_size="all")
    assert (len(data.train), len(data.test)) == (20, 4)
    assert len(load("digits", train_size=10, test_size="all").test) == 500


def test_the_catalogue_says_where_the_data_is(tmp_path: Path) -> None:
    """An entry gives the folder of the data, or the folder searched and how to get the data."""
    entries = {entry.name: entry for entry in catalogue(tmp_path)}
    cifar10, digits = entries["cifar10"], entries["digits"]
    assert (cifar10.name, cifar10.available, cifar10.folder) == ("cifar10", False, tmp_path)
    assert "--data-dir" in cifar10.how_to_get
    assert (cifar10.num_classes, cifar10.train_size, cifar10.test_size) == (10, 10_000, 2_000)
    assert (digits.name, digits.available, digits.folder) == ("digits", True, None)
    folder = write_layout(tmp_path)
    assert (catalogue(tmp_path)[0].available, catalogue(tmp_path)[0].folder) == (True, folder)


def test_the_catalogue_names_the_download(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An entry says what the first use downloads, and to which folder."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    entry = catalogue()[0]
    assert entry.folder == tmp_path / "datasets"
    assert "https://www.cs.toronto.edu" in entry.how_to_get


def test_a_folder_that_cannot_be_read() -> None:
    """The entry of an unreadable folder gives the reason."""
    entry = catalogue(Path("x" * 5000))[0]
    assert not entry.available
    assert "cannot be read" in entry.how_to_get


def test_the_catalogue_lists_every_name_once() -> None:
    """The list has each loadable name, with a one-line summary."""
    assert tuple(entry.name for entry in catalogue()) == names()
    assert all(entry.summary and "\n" not in entry.summary for entry in catalogue())


def test_listing_imports_nothing_heavy() -> None:
    """Neither Keras nor scikit-learn is imported to list the data sets."""
    script = (
        "import sys, tunebench.datasets; tunebench.datasets.catalogue()\n"
        "print({'keras', 'tensorflow', 'sklearn', 'scipy', 'pandas'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
