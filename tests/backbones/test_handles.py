"""Handles: what they name, which is selected, and whether their weights are on disk."""

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest

from tunebench import backbones
from tunebench.backbones import Kind
from tunebench.errors import BackboneError


def test_handle_is_selected_within_the_block_only() -> None:
    """The default handle is selected before and after a block, even if the block fails."""
    default = "https://tfhub.dev/google/tf2-preview/mobilenet_v2/classification/4"
    assert backbones.selected() == default
    with contextlib.suppress(RuntimeError), backbones.use("keras"):
        assert backbones.selected() == "keras"
        raise RuntimeError
    assert backbones.selected() == default


def test_kinds(reusable: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """URLs, the word keras, SavedModel folders and weights files are recognised, and ~ is expanded."""
    monkeypatch.setenv("HOME", str(reusable.parent))
    weights = tmp_path / "no_top.weights.h5"
    weights.touch()
    handles = {
        "https://tfhub.dev/google/x/4": Kind.URL,
        "keras": Kind.KERAS,
        str(reusable): Kind.FOLDER,
        f"~/{reusable.name}": Kind.FOLDER,
        str(weights): Kind.WEIGHTS,
    }
    assert {handle: backbones.kind_of(handle) for handle in handles} == handles


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nowhere", "There is no backbone at"),
        ("empty", "not a SavedModel"),
        ("notes.txt", "not a Keras weights file"),
    ],
)
def test_unsuitable_path_is_a_one_line_error(tmp_path: Path, name: str, reason: str) -> None:
    """The error names the path and the option; `check` gives the same text."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").touch()
    handle = str(tmp_path / name)
    with pytest.raises(BackboneError, match=reason) as raised, backbones.use(handle):
        pass
    message = str(raised.value)
    assert name in message
    assert "--backbone keras" in message
    assert "\n" not in message
    assert backbones.check(handle) == backbones.Availability(found=False, text=message)


@pytest.mark.parametrize(
    ("handle", "file"),
    [
        ("keras", "models/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5"),
        # The SHA-1 of the default URL, which is tensorflow-hub's name for the folder.
        (backbones.DEFAULT_HANDLE, "426589ad685896ab7954855255a52db3442cb38d/saved_model.pb"),
    ],
)
def test_downloads_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, handle: str, file: str) -> None:
    """`check` says where weights will be downloaded to, and afterwards where they are."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path))
    path = tmp_path / file
    missing = backbones.check(handle)
    assert not missing.found
    assert f"will be downloaded to {path.parent} " in missing.text
    path.parent.mkdir()
    path.touch()
    assert backbones.check(handle).found
    assert str(path) in backbones.check(handle).text


def test_checking_does_not_import_tensorflow(reusable: Path) -> None:
    """`tunebench doctor` checks handles without Keras and TensorFlow."""
    script = (
        "import sys; from tunebench import backbones; "
        f"assert backbones.check({str(reusable)!r}).found; backbones.check(); "
        "assert not {'tensorflow', 'keras', 'tensorflow_hub'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
