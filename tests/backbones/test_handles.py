"""Handles: what they name, which is selected, whether their weights are here."""

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest

from tunebench import backbones
from tunebench.backbones import Kind
from tunebench.errors import BackboneError


def test_default_is_the_decks() -> None:
    """Without --backbone, the comparison with the deck would be with another network."""
    assert backbones.selected() == "https://tfhub.dev/google/tf2-preview/mobilenet_v2/classification/4"


def test_use_selects_within_the_block_only() -> None:
    """A handle that stays selected after an error would leak into the next run of a library user."""
    with contextlib.suppress(RuntimeError), backbones.use("keras"):
        assert backbones.selected() == "keras"
        raise RuntimeError
    assert backbones.selected() == backbones.DEFAULT_HANDLE


def test_kinds(reusable: Path, tmp_path: Path) -> None:
    """A handle taken for another kind fails with a message about something else."""
    weights = tmp_path / "no_top.weights.h5"
    weights.touch()
    handles = {
        "https://tfhub.dev/google/x/4": Kind.URL,
        "keras": Kind.KERAS,
        str(reusable): Kind.FOLDER,
        str(weights): Kind.WEIGHTS,
    }
    assert {handle: backbones.kind_of(handle) for handle in handles} == handles


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nowhere", "There is no backbone at"),
        ("empty", "no SavedModel"),
        ("notes.txt", "no Keras weights file"),
    ],
)
def test_foreign_path_is_named_in_one_line(tmp_path: Path, name: str, reason: str) -> None:
    """A misspelt path must be found at the start, with the mend, not after a download attempt."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").touch()
    with pytest.raises(BackboneError, match=reason) as raised, backbones.use(str(tmp_path / name)):
        pass
    message = str(raised.value)
    assert name in message
    assert "--backbone keras" in message
    assert "\n" not in message


def test_home_folder_is_expanded(reusable: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell does not expand ~ in --backbone=~/models; the program must."""
    monkeypatch.setenv("HOME", str(reusable.parent))
    assert backbones.kind_of(f"~/{reusable.name}") is Kind.FOLDER


def test_check_says_where_or_how(reusable: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``tunebench doctor`` exists to say this."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert backbones.check(str(reusable)).found
    missing = backbones.check(str(tmp_path / "missing"))
    assert not missing.found
    assert "--backbone" in missing.text
    not_yet = backbones.check()
    assert not not_yet.found
    assert "not downloaded yet" in not_yet.text
    assert not backbones.check("keras").found


def test_check_finds_downloads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that is here would be reported as missing."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "hub"))
    (tmp_path / "models").mkdir()
    file = tmp_path / "models/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5"
    file.touch()
    found = backbones.check("keras")
    assert found.found
    assert str(file) in found.text
    # The SHA-1 of the deck's URL, as tensorflow-hub names the folder.
    folder = tmp_path / "hub" / "426589ad685896ab7954855255a52db3442cb38d"
    folder.mkdir(parents=True)
    (folder / "saved_model.pb").touch()
    found = backbones.check(backbones.DEFAULT_HANDLE)
    assert found.found
    assert str(folder) in found.text


def test_checking_imports_no_tensorflow(reusable: Path) -> None:
    """``tunebench doctor`` and the command line's help would take seconds, or fail without TensorFlow."""
    script = (
        "import sys; from tunebench import backbones; "
        f"assert backbones.check({str(reusable)!r}).found; backbones.check(); "
        "assert not {'tensorflow', 'keras', 'tensorflow_hub'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
