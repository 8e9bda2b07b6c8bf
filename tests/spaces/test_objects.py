"""Functions and HyperModels that a program gives, rather than a file."""

import functools
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest
from keras import layers

import tunebench
from tests.eager import call
from tests.small import digits, write_space
from tunebench import spaces
from tunebench.errors import InvalidSpaceError, SearchError, SpaceError
from tunebench.finals.reopen import recorded_options, reopened
from tunebench.progress import SilentProgress
from tunebench.runs import run_folder
from tunebench.spaces.objects import digest

UNITS = [4, 8]
SMALL: dict[str, Any] = {
    "dataset": "digits",
    "train_size": 100,
    "test_size": 50,
    "epochs": 3,
    "seeds": 1,
    "confirm": 1,
    "augment": False,
}


def _network(units: int, num_classes: int = 10) -> Any:
    model = keras.Sequential([layers.Rescaling(1 / 255), layers.MaxPooling2D(4), layers.Flatten()])
    model.add(layers.Dense(units, "relu"))
    model.add(layers.Dense(num_classes))
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.1), loss, run_eagerly=True)
    return model


def small_network(hp: Any) -> Any:
    """A small network.

    Made in a function.
    """
    return _network(hp.Choice("units", UNITS))


class Small(keras_tuner.HyperModel):
    """A small network that sets its own training."""

    def __init__(self, num_classes: int, name: str | None = None) -> None:
        super().__init__(name)
        self.num_classes = num_classes

    def build(self, hp: Any) -> Any:
        """Build it."""
        return _network(hp.Choice("units", UNITS), self.num_classes)

    def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
        """Train for two epochs."""
        return model.fit(*args, epochs=2, batch_size=hp.Choice("batch", [32, 64]), **kwargs)


@pytest.mark.parametrize(
    ("given", "name", "summary"),
    [
        (small_network, "small_network", "A small network."),
        (functools.partial(small_network), "small_network", "A small network."),
        (Small, "Small", "A small network that sets its own training."),
        (Small(10, name="my net"), "my_net", "A small network that sets its own training."),
        (keras_tuner.applications.HyperResNet, "HyperResNet", "A ResNet hypermodel."),
    ],
)
def test_an_object_is_a_space(given: Any, name: str, summary: str) -> None:
    """It is called like the object, in letters that a folder's name can have."""
    space = spaces.find(given)
    assert (space.name, space.summary, space.source) == (name, summary, None)
    assert space.sha256 == spaces.find(given).sha256


@pytest.mark.parametrize("given", [3, object(), lambda a, b: a + b, keras.Sequential])
def test_anything_else_is_refused(given: Any) -> None:
    """The line says what a space can be."""
    with pytest.raises(InvalidSpaceError, match=r"is no space\. Expected"):
        spaces.find(given)


def test_the_digest_changes_with_what_the_code_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """So a search is not resumed with other models: constants, helpers and an instance's attributes count."""
    before = [digest(each) for each in (small_network, Small(10), Small(9), Small)]
    assert len(set(before)) == 4
    monkeypatch.setitem(globals(), "UNITS", [4, 8, 16])
    after = [digest(each) for each in (small_network, Small(10), Small(9), Small)]
    assert not set(before) & set(after)
    monkeypatch.undo()
    monkeypatch.setitem(globals(), "_network", lambda *_: None)
    assert digest(small_network) != before[0]


class Instance:
    """A space that is an instance with a method ``__call__``."""

    def __init__(self, units: Any) -> None:
        self.units = units

    def __call__(self, hp: Any) -> Any:
        """Build it."""
        return _network(hp.Choice("units", self.units))


def _reads(value: Any) -> Any:
    """A build function that reads a value from the function around it."""

    def build(hp: Any) -> Any:
        return _network(hp.Choice("units", value.units))

    return build


def _has_default(value: int) -> Any:
    def build(hp: Any, units: int = value) -> Any:
        return _network(hp.Choice("units", [units]))

    return build


@pytest.mark.parametrize(
    "make",
    [Instance, lambda units: _reads(Instance(units)), lambda units: Instance(np.arange(9999) == units[0])],
    ids=["an instance", "an instance that it reads", "a long array"],
)
def test_the_digest_changes_with_values_of_any_kind(make: Any) -> None:
    """Equal ones give the same digest, others another one."""
    assert digest(make([4])) == digest(make([4])) != digest(make([8]))
    assert digest(_has_default(4)) == digest(_has_default(4)) != digest(_has_default(8))


def test_a_model_that_was_returned_before_is_refused() -> None:
    """Its weights are those of another training."""
    model = _network(4)
    space = spaces.find(lambda hp: model)  # noqa: ARG005 (as Keras Tuner calls it)
    space.build(keras_tuner.HyperParameters(), (8, 8, 3), 10)
    with pytest.raises(InvalidSpaceError, match="that it returned before"):
        space.build(keras_tuner.HyperParameters(), (8, 8, 3), 10)


def test_a_search_of_an_object_is_resumed(tmp_path: Path) -> None:
    """The class is made for the data set, its fit() is followed, and the saved model gives probabilities."""
    settings = {**SMALL, "trials": 2, "runs_dir": tmp_path}
    run = tunebench.search(Small, **settings)
    assert run.record.space == "Small"
    assert set(run.record.hyperparameters) == {"units", "batch"}
    # fit() asks for less than the option allows.
    assert run.record.finals[0].epochs == 2
    model = keras.saving.load_model(run_folder.model(run.folder, 0))
    probabilities = call(model, digits().test.images[:4])
    assert probabilities.sum(axis=1) == pytest.approx(1, abs=1e-5)
    # A search may be given more trials; the earlier ones stay.
    ledger = (run.folder / "trials.jsonl").read_bytes()
    tunebench.search(Small, **{**settings, "trials": 3})
    assert (run.folder / "trials.jsonl").read_bytes().startswith(ledger)
    # Other programs do not have the object.
    options = recorded_options(run.record, None, SilentProgress())
    with pytest.raises(SpaceError, match="given as a Python object"), reopened(run.record, options):
        pass


def test_workers_need_a_file(tmp_path: Path) -> None:
    """They import the space, which an object does not allow."""
    with pytest.raises(SearchError, match=r"Give the path of a \.py file"):
        tunebench.search(small_network, **SMALL, workers=2, trials=2, runs_dir=tmp_path)


def test_several_hypermodels_in_a_file_are_ambiguous(tmp_path: Path) -> None:
    """The line names them, and how to choose."""
    source = (
        "import keras_tuner\n\n\nclass One(keras_tuner.HyperModel):\n    pass\n\n\n"
        "class Two(keras_tuner.HyperModel):\n    pass\n"
    )
    with pytest.raises(InvalidSpaceError, match=r"several HyperModels \(One, Two\)\. Expected one"):
        spaces.find(str(write_space(tmp_path, source)))
    assert spaces.find(str(write_space(tmp_path, source + "\n\nbuild = Two\n", "chosen"))).name == "chosen"


def test_a_class_that_needs_more_is_refused() -> None:
    """Only the images' shape and the number of classes are known."""

    class Needy(keras_tuner.HyperModel):
        """Needs a width."""

        def __init__(self, width: int) -> None:
            super().__init__()
            self.width = width

    with pytest.raises(InvalidSpaceError, match="cannot be made without width"):
        spaces.declare(spaces.find(Needy), (8, 8, 3), 10)
