"""Public examples of Keras Tuner run, or get one line that says what to do."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest

import tunebench
from tests.eager import call, compile_eagerly
from tunebench import datasets, spaces
from tunebench.errors import InvalidSpaceError
from tunebench.features.joining import bare
from tunebench.features.preflight import preflight
from tunebench.fitting import Examples, FitSettings, train_model
from tunebench.fitting.stopwatch import Stopwatch
from tunebench.runs import run_folder

FOLDER = Path(__file__).parent / "keras_tuner_examples"


@dataclass(frozen=True)
class Example:
    """A public example.

    Attributes:
        name: Of its file.
        side: Of the images.
        classes: Number of classes.
        line: What the user reads if it does not run.
    """

    name: str
    side: int = 32
    classes: int = 10
    line: str = ""


EXAMPLES = [
    Example("cats_and_dogs", classes=2),
    Example("compile_options"),
    Example("custom_parts"),
    Example("dependent_ranges"),
    Example("documented_conditions"),
    Example("fit_batch_size"),
    Example("guide_custom_training_loop", 28, line=r"fit\(\) trains without model\.fit\(\)"),
    Example("guide_distributed", 28),
    Example("guide_failed_trials", 28),
    Example("guide_fit_preprocessing", line=r"fit\(\) changes the images or labels"),
    Example("guide_fit_shuffle"),
    Example("guide_getting_started"),
    Example("guide_number_of_layers"),
    Example("guide_tailored"),
    Example("guide_visualize", 28),
    Example("hyper_image_augment"),
    Example("own_train_step"),
    Example("readme_regression", line=r"output shape is \(None, 1\)"),
    Example("subclassed"),
    Example("tensorflow_tutorial", 28),
    Example("xception_without_top", line="not compiled"),
]
# What they set is how a step is traced and compiled.
TRACED = {"compile_options", "own_train_step"}
LARGE = [Example("hyper_efficientnet"), Example("hyper_xception")]


def _check(example: Example, monkeypatch: pytest.MonkeyPatch) -> None:
    """Declare the example's hyperparameters, examine its default model and train it for a step."""
    if example.name not in TRACED:
        # Tracing a step would take most of the time, with hundreds of layers minutes.
        compile_eagerly(monkeypatch)
    shape = (example.side, example.side, 3)
    space = spaces.find(str(FOLDER / f"{example.name}.py"))
    hp = spaces.declare(space, shape, example.classes)
    preflight(space, hp.copy(), shape, example.classes)
    images = np.random.default_rng(0).integers(0, 256, (16, *shape), dtype=np.uint8)
    examples = Examples(images, np.arange(16) % example.classes)
    model, fitted = train_model(
        space,
        hp,
        examples,
        examples,
        FitSettings(epochs=1, patience=None, seed=0, batch_size=16),
        Stopwatch(),
        num_classes=example.classes,
        mirror_safe=False,
        schedule_epochs=1,
    )
    probabilities = call(bare(model), images)
    assert probabilities.shape == (16, example.classes)
    assert probabilities.sum(axis=1) == pytest.approx(1, abs=1e-3)
    # The score is that of the model that is saved, whatever its metric is called.
    right = np.mean(probabilities.argmax(axis=1) == examples.labels)
    assert fitted.history["val_accuracy"] == pytest.approx([right], abs=1e-6)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: each.name)
def test_an_example_trains_or_says_why_not(example: Example, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step of training, and the model that is saved gives probabilities; or one line names the example."""
    if not example.line:
        _check(example, monkeypatch)
        return
    with pytest.raises(InvalidSpaceError, match=example.line) as caught:
        _check(example, monkeypatch)
    assert str(caught.value).startswith(f"Space {example.name}")
    assert "\n" not in str(caught.value)


@pytest.mark.slow
@pytest.mark.parametrize("example", LARGE, ids=lambda each: each.name)
def test_an_application_trains(example: Example, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of keras_tuner.applications: the class, and a subclass."""
    _check(example, monkeypatch)


@pytest.mark.slow
def test_an_example_is_searched_and_its_model_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the file to the saved model, which Keras loads in safe mode with the space's own class."""
    compile_eagerly(monkeypatch)
    path = FOLDER / "subclassed.py"
    settings: dict[str, Any] = {"train_size": 100, "test_size": 50, "epochs": 1, "seeds": 1, "augment": False}
    run = tunebench.search(path, dataset="digits", trials=1, runs_dir=tmp_path, **settings)
    known = spaces.custom_objects(spaces.find(str(path)))
    model = keras.saving.load_model(run_folder.model(run.folder, 0), custom_objects=known)
    images = datasets.load("digits", train_size=100, test_size=50).test.images
    expected = run.predictions(0).probabilities
    assert call(model, images) == pytest.approx(expected, abs=1e-5)


def test_every_example_is_tested() -> None:
    """The folder holds no other."""
    files = {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}
    assert files == {example.name for example in EXAMPLES + LARGE}


def test_conditions_are_followed_to_any_depth() -> None:
    """A hyperparameter under four conditions is declared."""
    space = spaces.find(str(FOLDER / "documented_conditions.py"))
    declared = spaces.declare(space, (32, 32, 3), 10)
    assert {hp.name: len(hp.conditions) for hp in declared.space} == {
        "model_type": 0,
        "filters": 1,
        "pooled": 1,
        "pool": 2,
        "size": 3,
        "same_padding": 4,
        "units": 1,
    }
    assert isinstance(declared, keras_tuner.HyperParameters)
