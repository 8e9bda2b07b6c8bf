"""Which models are opened, and what is refused in one line."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest

import tunebench
from tests.small import UNTRACED_SPACE
from tests.use.trained import SIZE, expected, train_photos
from tunebench.errors import RecordError, RunFolderError, SpaceError, TrainingError, TunebenchError
from tunebench.runs import Run, read_run
from tunebench.use.predictor import open_predictor

WITH_LAYER = UNTRACED_SPACE.replace(
    "def build(",
    '''@keras.saving.register_keras_serializable(package="mine")
class Doubled(layers.Layer):
    """Twice its input."""

    def call(self, inputs):
        return 2 * inputs


def build(''',
).replace("layers.Flatten(),", "Doubled(), layers.Flatten(),")


@pytest.fixture
def copied(run: Run, tmp_path: Path) -> Path:
    """A copy of the run's folder, to be damaged."""
    return Path(shutil.copytree(run.folder, tmp_path / "copy"))


@pytest.fixture(scope="module")
def custom(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run whose model has a layer of its space."""
    return train_photos(tmp_path_factory.mktemp("custom"), WITH_LAYER, seeds=1)


@pytest.fixture
def _another_process() -> Iterator[None]:
    """As if the space had not been imported."""
    registered = keras.saving.get_custom_objects()
    layer = registered.pop("mine>Doubled")
    yield
    registered["mine>Doubled"] = layer


def test_a_predictor_describes_its_images_and_classes(run: Run) -> None:
    """By the run's folder or its record."""
    for path in (run.folder, run.folder / "run.json"):
        found = open_predictor(path)
        assert found.class_names == ("cats", "dogs")
        assert (found.image_shape, found.resize) == ((*SIZE, 3), "pad")


def test_more_images_than_a_batch(run: Run) -> None:
    """All of them are predicted, in their order."""
    images = np.random.default_rng(0).integers(0, 256, (300, *SIZE, 3), dtype=np.uint8)
    found = open_predictor(run.folder)
    together = found.probabilities(images)
    assert together.shape == (300, 2)
    assert together.dtype == np.float32
    assert np.allclose(together[299:], found.probabilities(images[299:]), atol=1e-5)


def test_wrong_seeds_are_refused(run: Run) -> None:
    """The message lists the run's seeds; an ensemble has all of them."""
    with pytest.raises(TunebenchError, match=r"no model of seed 7\. Expected one of 0, 1\."):
        open_predictor(run.folder, seed=7)
    with pytest.raises(TunebenchError, match="--seed or --ensemble, not both"):
        open_predictor(run.folder, seed=0, ensemble=True)


def test_what_is_no_run_is_refused(run: Run, tmp_path: Path) -> None:
    """A path that leads nowhere, an unfinished search, and a file that nobody wrote as a model."""
    with pytest.raises(RunFolderError, match="There is no run at"):
        open_predictor(tmp_path / "absent")
    (tmp_path / "trials.jsonl").touch()
    with pytest.raises(RunFolderError, match=r"has no run\.json.*run the same `tunebench search`"):
        open_predictor(tmp_path)
    (tmp_path / "some.txt").write_text("text")
    for path in (tmp_path / "some.txt", run.folder.parent):
        with pytest.raises(RunFolderError, match="neither a run nor an exported model"):
            open_predictor(path)


def test_a_missing_or_damaged_model_is_refused(copied: Path) -> None:
    """The message names the file and says how to get it again; the other seed can be used."""
    (copied / "model-0.keras").write_bytes(b"PK\x03\x04 no archive")  # Keras would say "not found"
    (copied / "model-1.keras").unlink()
    with pytest.raises(TrainingError, match=r"model-0\.keras is damaged: .*train") as caught:
        open_predictor(copied)
    assert "\n" not in str(caught.value)
    with pytest.raises(TrainingError, match=r"model-1\.keras is missing\..*train"):
        open_predictor(copied, seed=1)


def test_a_record_that_does_not_fit_its_model_is_refused(copied: Path) -> None:
    """Classes that the model does not have, and an unknown way to resize."""
    record = json.loads((copied / "run.json").read_text())
    dataset = {**record["dataset"], "class_names": ["cats", "dogs", "owls"]}
    (copied / "run.json").write_text(json.dumps({**record, "dataset": dataset}))
    with pytest.raises(RecordError, match=r"gives an output of shape \(2,\) .* but its run has 3 classes"):
        open_predictor(copied)
    settings = {**record["settings"], "resize": "fold"}
    (copied / "run.json").write_text(json.dumps({**record, "settings": settings}))
    with pytest.raises(RecordError, match="unknown resize 'fold'"):
        open_predictor(copied)


def test_a_model_in_the_place_of_the_runs_must_give_probabilities(copied: Path) -> None:
    """Logits are refused by the first prediction, and the message names the file."""
    logits = keras.Sequential([keras.Input((*SIZE, 3)), keras.layers.Flatten(), keras.layers.Dense(2)])
    logits.save(copied / "model-0.keras")
    found = open_predictor(copied)
    with pytest.raises(
        RecordError, match=r"model-0\.keras gives numbers that are not probabilities .*restore"
    ):
        found.probabilities(np.full((1, *SIZE, 3), 200, np.uint8))


def test_a_model_for_images_of_any_size(copied: Path) -> None:
    """It gets those of the run's size."""
    model = keras.Sequential(
        [
            keras.Input((None, None, 3)),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(2, "softmax"),
        ]
    )
    model.save(copied / "model-0.keras")
    assert open_predictor(copied).image_shape == (*SIZE, 3)
    record = json.loads((copied / "run.json").read_text())
    # As earlier versions wrote it.
    del record["dataset"]["image_size"]
    (copied / "run.json").write_text(json.dumps(record))
    assert open_predictor(copied).image_shape == (*SIZE, 3)
    del record["settings"]["image_size"]
    (copied / "run.json").write_text(json.dumps(record))
    with pytest.raises(RecordError, match="how large its images are"):
        open_predictor(copied)


@pytest.mark.usefixtures("_another_process")
def test_a_model_with_a_layer_of_the_space_needs_consent(custom: Run) -> None:
    """Without it no code runs, and the message names the file and the option."""
    photo = custom.folder.parents[2] / "photos" / "cats" / "000.png"
    with pytest.raises(
        TunebenchError, match=r"the code of Doubled, .*would run .*tiny\.py\. Use --trust-code"
    ):
        tunebench.predict(custom.folder, photo)
    assert "mine>Doubled" not in keras.saving.get_custom_objects()
    (found,) = tunebench.predict(custom.folder, photo, trust_code=True)
    assert np.allclose(found.probabilities, expected(custom, [photo]), atol=1e-5)


@pytest.mark.usefixtures("_another_process")
def test_code_that_has_changed_is_not_run(custom: Run, tmp_path: Path) -> None:
    """Not even with consent, which was for the code of the run."""
    shutil.copytree(custom.folder, tmp_path / "copy")
    record = json.loads((tmp_path / "copy" / "run.json").read_text())
    space, ran = tmp_path / "tiny.py", tmp_path / "ran"
    space.write_text(f"{WITH_LAYER}\nopen({str(ran)!r}, 'w').close()\n")
    record["settings"]["space_source"] = str(space)
    (tmp_path / "copy" / "run.json").write_text(json.dumps(record))
    with pytest.raises(SpaceError, match="has changed"):
        open_predictor(tmp_path / "copy", trust_code=True)
    assert not ran.exists()
    record["settings"]["space_source"] = None
    (tmp_path / "copy" / "run.json").write_text(json.dumps(record))
    with pytest.raises(TunebenchError, match="does not say where that is"):
        open_predictor(tmp_path / "copy", trust_code=True)


def test_a_run_predicts_arrays(run: Run) -> None:
    """Of any size, bytes or proportions; they are resized as the training images were."""
    photos = run.folder.parents[2] / "photos"
    images = np.stack([keras.utils.img_to_array(keras.utils.load_img(photos / "cats" / "000.png"))])
    wanted = expected(run, [photos / "cats" / "000.png"])
    for given in (images.astype(np.uint8), images / 255):
        assert np.allclose(run.predict(given), wanted, atol=1e-5)
    assert np.allclose(
        run.predict(images, seed=1), expected(run, [photos / "cats" / "000.png"], 1), atol=1e-5
    )
    assert run.predict(images, ensemble=True).shape == (1, 2)
    with pytest.raises(TunebenchError, match="has the shape"):
        read_run(run.folder).predict(np.zeros(3))
