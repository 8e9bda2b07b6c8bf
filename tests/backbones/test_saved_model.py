"""SavedModels of the forms that users have, and SavedModels that are refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tests.backbones import saved_models
from tests.eager import call
from tunebench import backbones
from tunebench.backbones import saved_model
from tunebench.backbones.saved_model import SavedModelFiles
from tunebench.errors import BackboneError

IMAGES = np.random.default_rng(0).uniform(size=(3, 8, 8, 3)).astype(np.float32)


def _features(folder: Path) -> Any:
    with backbones.use(str(folder)):
        return call(backbones.mobilenet_v2((8, 8, 3)), IMAGES)


def test_fixed_image_size(reusable: Path) -> None:
    """The facts name the required image size; other sizes and poolings are errors."""
    with backbones.use(str(reusable)):
        facts = backbones.facts()
        with pytest.raises(BackboneError, match=r"takes 8×8 images .* got 9×8 .*--backbone keras"):
            backbones.mobilenet_v2((9, 8, 3))
        with pytest.raises(BackboneError, match="pooling 'max'"):
            backbones.mobilenet_v2((8, 8, 3), pooling="max")
    assert facts.image_size == (8, 8)
    assert facts.num_features == 5
    assert not facts.can_be_cut
    # TF Hub's convention is pixels from 0 to 1.
    assert (0 * facts.scale + facts.offset, 255 * facts.scale + facts.offset) == (0.0, 1.0)


def test_any_image_size(tmp_path: Path) -> None:
    """A SavedModel that takes any size says so in the facts."""
    saved_models.save_reusable(tmp_path, size=None)
    with backbones.use(str(tmp_path)):
        assert backbones.facts().image_size is None
        assert backbones.mobilenet_v2((16, 12, 3)).output_shape == (None, 5)


def test_inference_mode_is_used(tmp_path: Path) -> None:
    """A SavedModel with a training argument is called with training=False."""
    saved_models.save_with_training_argument(tmp_path)
    assert np.allclose(_features(tmp_path), IMAGES.mean(axis=(1, 2)), atol=1e-6)


def test_signature_is_used_if_the_model_is_not_callable(tmp_path: Path) -> None:
    """Folders from `model.export` of Keras 3 work."""
    saved_models.save_signature_only(tmp_path)
    expected = IMAGES.mean(axis=(1, 2)) @ np.ones((3, 4))
    assert np.allclose(_features(tmp_path), expected, atol=1e-5)


def test_weights_are_counted(reusable: Path) -> None:
    """Weights inside a SavedModel, which Keras does not see, are counted."""
    with backbones.use(str(reusable)):
        backbone = backbones.mobilenet_v2((8, 8, 3))
    assert backbone.count_params() == 0
    assert backbones.count_parameters(backbone) == 15


@pytest.mark.parametrize(
    ("compute", "channels", "reason"),
    [
        (lambda images: images, 3, "its output has shape"),
        (lambda images: tf.reduce_mean(images, axis=[1, 2]), 1, r"takes float32 of shape \(None, 8, 8, 1\)"),
        (lambda images: {"a": tf.reduce_mean(images, axis=[1, 2])}, 3, "its output has shape"),
    ],
    ids=["maps", "grey", "dictionary"],
)
def test_other_models_are_refused(
    tmp_path: Path, compute: Callable[[Any], Any], channels: int, reason: str
) -> None:
    """A SavedModel that does not map colour images to feature vectors is a one-line error."""
    saved_models.save_function(tmp_path, compute, channels=channels)
    with backbones.use(str(tmp_path)), pytest.raises(BackboneError, match=reason) as raised:
        backbones.facts()
    assert str(tmp_path) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_damaged_folder_is_a_one_line_error(reusable: Path, tmp_path: Path) -> None:
    """Missing or empty files in a SavedModel folder are one-line errors."""
    SavedModelFiles.read(reusable).write(tmp_path)
    (tmp_path / "variables/variables.index").unlink()
    with backbones.use(str(tmp_path)), pytest.raises(BackboneError) as raised:
        backbones.facts()
    assert "\n" not in str(raised.value)
    (tmp_path / "saved_model.pb").write_bytes(b"")
    with backbones.use(str(tmp_path)), pytest.raises(BackboneError):
        backbones.facts()


def test_changed_folder_is_loaded_again(tmp_path: Path) -> None:
    """A SavedModel replaced under the same name gives its own features."""
    saved_models.save_function(tmp_path, lambda images: tf.reduce_mean(images, axis=[1, 2]))
    before = _features(tmp_path)
    saved_models.save_function(tmp_path, lambda images: 2 * tf.reduce_mean(images, axis=[1, 2]))
    assert np.allclose(_features(tmp_path), 2 * before)


def test_loaded_once_per_process(reusable: Path) -> None:
    """Equal files are loaded once."""
    files = SavedModelFiles.read(reusable)
    first = saved_model.load(files, source="first")
    assert saved_model.load(SavedModelFiles.read(reusable), source="second") is first


def test_other_back_end_is_an_error(reusable: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If Keras runs on another back end, the error names the setting to change."""
    monkeypatch.setattr("keras.backend.backend", lambda: "jax")
    with (
        backbones.use(str(reusable)),
        pytest.raises(BackboneError, match="KERAS_BACKEND=tensorflow"),
    ):
        backbones.facts()


def test_unreadable_file_is_an_error(reusable: Path) -> None:
    """Files that cannot be opened are a one-line error."""
    resource = pytest.importorskip("resource", reason="needs limits on open files")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, before[1]))
    try:
        with pytest.raises(BackboneError, match="cannot be read"):
            SavedModelFiles.read(reusable)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize("name", ["assets/x", "assets", "variables/variables.index", "fingerprint.pb"])
def test_links_are_refused(reusable: Path, tmp_path: Path, name: str) -> None:
    """Symbolic links in a SavedModel folder are refused, because saved models include the files."""
    (tmp_path / "private").mkdir()
    (tmp_path / "private/key").write_text("secret")
    folder = tmp_path / "model"
    SavedModelFiles.read(reusable).write(folder)
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(tmp_path / ("private" if name == "assets" else "private/key"))
    with (
        backbones.use(str(folder)),
        pytest.raises(BackboneError, match=rf"{name} is a symbolic") as raised,
    ):
        backbones.facts()
    assert "\n" not in str(raised.value)


def test_folder_may_itself_be_a_link(reusable: Path, tmp_path: Path) -> None:
    """The named folder itself may be a symbolic link."""
    (tmp_path / "model").symlink_to(reusable)
    assert SavedModelFiles.read(tmp_path / "model").sha256 == SavedModelFiles.read(reusable).sha256
