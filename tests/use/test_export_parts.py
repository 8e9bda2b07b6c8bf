"""The parts of an export that a run of digits does not show."""

import hashlib
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.backbones.saved_models import save_function, save_reusable
from tests.damage import DAMAGES
from tests.eager import call
from tunebench.backbones import saved_model
from tunebench.backbones.layer import SavedModelBackbone
from tunebench.backbones.saved_model import SavedModelFiles
from tunebench.errors import ExportError, TunebenchError
from tunebench.record_json import to_json
from tunebench.use import formats
from tunebench.use.agreement import _timed
from tunebench.use.artefact import ArtefactRecord, open_artefact, record_path
from tunebench.use.comparison_images import _natural_looking
from tunebench.use.inference_model import for_use, from_raw_images

IMAGES = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3), dtype=np.uint8)


def describe(path: Path, name: Any, classes: int = 2, image_shape: tuple[int, int, int] = (8, 8, 3)) -> Path:
    """Write the JSON beside an artefact, as export does."""
    record = ArtefactRecord(
        format=name,
        takes="",
        gives="",
        class_names=[str(number) for number in range(classes)],
        image_shape=image_shape,
        resize="crop",
        run="foreign",
        dataset="foreign",
        space="foreign",
        seed=0,
        test_accuracy=0.5,
        trained_in="float32",
        sha256=formats.find(name).sha256(path),
        exported_at="2026-01-01T00:00:00+00:00",
    )
    record_path(path).write_bytes(to_json(record))
    return path


def small_model() -> keras.Model:
    """Two classes of images of 8×8 pixels."""
    layers = [keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(2, "softmax")]
    return keras.Sequential(layers)


@pytest.mark.parametrize("name", ["keras", "saved_model", "onnx", "litert", "openvino"])
def test_a_tf_hub_model_is_exported_with_its_layer(name: str, tmp_path: Path) -> None:
    """The SavedModel in the layer becomes part of the artefact."""
    found = formats.find(name)
    try:
        found.require(to_write=True)
    except ExportError as error:
        pytest.skip(str(error))
    files = SavedModelFiles.read(save_reusable(tmp_path / "hub"))
    layer = SavedModelBackbone(saved_model.load(files, source="The test's").files.sha256, 5)
    raw = keras.Input((8, 8, 3), dtype="uint8")
    features = layer(keras.layers.Rescaling(1 / 255)(raw))
    model = from_raw_images(for_use(keras.Model(raw, keras.layers.Dense(2, "softmax")(features))))
    path = tmp_path / f"model{found.suffix}"
    found.write(model, path, {})
    assert np.allclose(
        open_artefact(describe(path, name)).probabilities(IMAGES), call(model, IMAGES), atol=1e-5
    )


def test_a_model_without_inputs_of_its_own_takes_raw_images() -> None:
    """A subclassed model that was built on a batch."""

    class Subclassed(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.flatten, self.dense = keras.layers.Flatten(), keras.layers.Dense(2, "softmax")

        def call(self, images: Any) -> Any:
            return self.dense(keras.ops.cast(self.flatten(images), "float32") / 255)

    model = Subclassed()
    expected = call(model, IMAGES)
    whole = from_raw_images(model)
    assert whole.input_shape == (None, 8, 8, 3)
    assert np.allclose(call(whole, IMAGES), expected)


def test_a_crop_that_is_also_made_in_use_stays() -> None:
    """RandomCrop resizes outside training, so a model without it would take other images."""
    layers = [keras.Input((8, 8, 3)), keras.layers.RandomFlip(), keras.layers.RandomCrop(4, 4)]
    model = for_use(keras.Sequential([*layers, keras.layers.Flatten(), keras.layers.Dense(2)]))
    assert [type(layer).__name__ for layer in model.layers[:2]] == ["Rescaling", "RandomCrop"]


def test_a_model_that_is_random_in_use_is_refused() -> None:
    """An exported model gives the same probabilities for the same image."""
    generator = np.random.default_rng(0)
    with pytest.raises(ExportError, match="random in use"):
        _timed(lambda images: generator.random((len(images), 2), dtype=np.float32), IMAGES)


def test_a_saved_model_that_touches_files_is_not_loaded(tmp_path: Path) -> None:
    """Its graph is checked, whoever wrote the JSON."""

    def steal(images: Any) -> Any:
        return tf.strings.length(tf.io.read_file("/etc/hostname")) + tf.reduce_sum(tf.cast(images, tf.int32))

    folder = describe(save_function(tmp_path / "foreign", steal), "saved_model")
    with pytest.raises(ExportError, match="ReadFile, which tunebench does not allow"):
        open_artefact(folder)


def test_a_keras_file_with_python_code_is_not_loaded(tmp_path: Path) -> None:
    """It is loaded in Keras' safe mode."""
    images = keras.Input((8, 8, 3))
    keras.Model(images, keras.layers.Lambda(lambda x: x)(images)).save(tmp_path / "foreign.keras")
    with pytest.raises(ExportError, match="cannot be opened"):
        open_artefact(describe(tmp_path / "foreign.keras", "keras"))


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_json_is_refused_in_one_line(damage: str, tmp_path: Path) -> None:
    """Also if it is missing."""
    small_model().save(tmp_path / "small.keras")
    DAMAGES[damage](record_path(describe(tmp_path / "small.keras", "keras")))
    with pytest.raises(TunebenchError) as error:
        open_artefact(tmp_path / "small.keras")
    assert "\n" not in str(error.value)
    assert "small.keras.json" in str(error.value)


def test_another_number_of_classes_is_refused(tmp_path: Path) -> None:
    """A JSON that does not describe the model."""
    small_model().save(tmp_path / "small.keras")
    artefact = open_artefact(describe(tmp_path / "small.keras", "keras", classes=3))
    with pytest.raises(ExportError, match=r"\(3, 2\), but \(3, 3\) was expected"):
        artefact.probabilities(IMAGES)


def test_made_up_images_look_natural() -> None:
    """Neighbouring pixels are alike, and most of the range is used."""
    images = _natural_looking(8, (32, 32, 3)).astype(float)
    assert 30 < images.std() < 90
    assert np.abs(np.diff(images, axis=1)).mean() < 0.75 * images.std()
    assert _natural_looking(1, (1, 1, 1)).shape == (1, 1, 1, 1)


def test_the_content_of_every_file_counts(tmp_path: Path) -> None:
    """OpenVINO's model is two files."""
    for suffix in (".xml", ".bin"):
        (tmp_path / f"model{suffix}").write_text("content")
    once = formats.find("openvino").sha256(tmp_path / "model.xml")
    (tmp_path / "model.bin").write_text("contents")
    assert formats.find("openvino").sha256(tmp_path / "model.xml") != once
    assert len(once) == len(hashlib.sha256().hexdigest())
