"""SavedModels of the forms that users have, and those that are refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tests.backbones import saved_models
from tunebench import backbones
from tunebench.backbones import saved_model
from tunebench.backbones.saved_model import SavedModelFiles
from tunebench.errors import BackboneError

IMAGES = np.random.default_rng(0).uniform(size=(3, 8, 8, 3)).astype(np.float32)


def _features(folder: Path) -> Any:
    with backbones.use(str(folder)):
        return backbones.mobilenet_v2((8, 8, 3)).predict(IMAGES, verbose=0)


def test_facts_of_a_fixed_size(reusable: Path) -> None:
    """A space that asks for another size than the graph takes would fail in the first trial."""
    with backbones.use(str(reusable)):
        facts = backbones.facts()
    assert facts.image_size == (8, 8)
    assert facts.num_features == 5
    assert not facts.can_be_cut
    # TF Hub's convention: from 0 to 1.
    assert (0 * facts.scale + facts.offset, 255 * facts.scale + facts.offset) == (0.0, 1.0)


def test_facts_of_any_size(tmp_path: Path) -> None:
    """The user's handle allows a smaller, faster image; a space must get to know."""
    saved_models.save_reusable(tmp_path, size=None)
    with backbones.use(str(tmp_path)):
        assert backbones.facts().image_size is None
        assert backbones.mobilenet_v2((16, 12, 3)).output_shape == (None, 5)


def test_inference_mode_is_used(tmp_path: Path) -> None:
    """Features of the training mode (dropout, batch statistics) differ from call to call."""
    saved_models.save_with_training_argument(tmp_path)
    assert np.allclose(_features(tmp_path), IMAGES.mean(axis=(1, 2)), atol=1e-6)


def test_signature_serves_where_nothing_is_callable(tmp_path: Path) -> None:
    """``model.export`` of Keras 3 makes such folders."""
    saved_models.save_signature_only(tmp_path)
    expected = IMAGES.mean(axis=(1, 2)) @ np.ones((3, 4))
    assert np.allclose(_features(tmp_path), expected, atol=1e-5)


def test_weights_are_counted(reusable: Path) -> None:
    """Keras sees no weight of a SavedModel: the report would say that MobileNetV2 has none."""
    with backbones.use(str(reusable)):
        backbone = backbones.mobilenet_v2((8, 8, 3))
    assert backbone.count_params() == 0
    assert backbones.count_parameters(backbone) == 15


def test_wrong_size_or_pooling_is_an_error(reusable: Path) -> None:
    """The graph's own message names a tensor, not the option to change."""
    with backbones.use(str(reusable)):
        with pytest.raises(BackboneError, match=r"takes 8×8 images .* 9×8 .*--backbone keras"):
            backbones.mobilenet_v2((9, 8, 3))
        with pytest.raises(BackboneError, match="pooling 'max'"):
            backbones.mobilenet_v2((8, 8, 3), pooling="max")


@pytest.mark.parametrize(
    ("compute", "channels", "reason"),
    [
        (lambda images: images, 3, "its output has shape"),
        (lambda images: tf.reduce_mean(images, axis=[1, 2]), 1, r"takes float32 of shape \(None, 8, 8, 1\)"),
        (lambda images: {"a": tf.reduce_mean(images, axis=[1, 2])}, 3, "its output has shape"),
    ],
    ids=["maps", "grey", "dictionary"],
)
def test_model_of_something_else(
    tmp_path: Path, compute: Callable[[Any], Any], channels: int, reason: str
) -> None:
    """A SavedModel that is no backbone must be named before the first trial."""
    saved_models.save_function(tmp_path, compute, channels=channels)
    with backbones.use(str(tmp_path)), pytest.raises(BackboneError, match=reason) as raised:
        backbones.facts()
    assert str(tmp_path) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_damaged_folder_is_one_line(reusable: Path, tmp_path: Path) -> None:
    """A copy that broke off must say so; TensorFlow's own message is a page."""
    SavedModelFiles.read(reusable).write(tmp_path)
    (tmp_path / "variables/variables.index").unlink()
    with backbones.use(str(tmp_path)), pytest.raises(BackboneError) as raised:
        backbones.facts()
    assert "\n" not in str(raised.value)
    (tmp_path / "saved_model.pb").write_bytes(b"")
    with backbones.use(str(tmp_path)), pytest.raises(BackboneError):
        backbones.facts()


def test_changed_folder_is_loaded_anew(tmp_path: Path) -> None:
    """A SavedModel replaced under the same name would go on giving the old features."""
    saved_models.save_function(tmp_path, lambda images: tf.reduce_mean(images, axis=[1, 2]))
    before = _features(tmp_path)
    saved_models.save_function(tmp_path, lambda images: 2 * tf.reduce_mean(images, axis=[1, 2]))
    assert np.allclose(_features(tmp_path), 2 * before)


def test_loaded_once_per_process(reusable: Path) -> None:
    """Each trial builds the prefix anew; loading a real one takes a second."""
    files = SavedModelFiles.read(reusable)
    first = saved_model.load(files, source="first")
    assert saved_model.load(SavedModelFiles.read(reusable), source="second") is first


def test_other_back_end_is_an_error(reusable: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On JAX or PyTorch the failure would come from deep inside TensorFlow."""
    monkeypatch.setattr("keras.backend.backend", lambda: "jax")
    with (
        backbones.use(str(reusable)),
        pytest.raises(BackboneError, match="KERAS_BACKEND=tensorflow"),
    ):
        backbones.facts()


def test_unreadable_file_is_an_error(reusable: Path) -> None:
    """A folder copied by another user is a frequent cause; here, no further file may be opened."""
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
    """A link to a private key in a folder that somebody sent would put the key into every saved model."""
    (tmp_path / "private").mkdir()
    (tmp_path / "private/key").write_text("secret")
    folder = tmp_path / "model"
    SavedModelFiles.read(reusable).write(folder)
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(tmp_path / ("private" if name == "assets" else "private/key"))
    with backbones.use(str(folder)), pytest.raises(BackboneError, match=rf"{name} is a link") as raised:
        backbones.facts()
    assert "\n" not in str(raised.value)


def test_folder_may_itself_be_a_link(reusable: Path, tmp_path: Path) -> None:
    """The user has named it; what it leads to is what was meant."""
    (tmp_path / "model").symlink_to(reusable)
    assert SavedModelFiles.read(tmp_path / "model").sha256 == SavedModelFiles.read(reusable).sha256
