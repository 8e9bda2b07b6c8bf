"""Handles: where pretrained weights come from, which is selected, and whether its weights are on disk."""

import contextlib
import contextvars
import enum
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tunebench.errors import BackboneError
from tunebench.home import expand
from tunebench.user_cache import cache_folder

DEFAULT_HANDLE = "https://tfhub.dev/google/tf2-preview/mobilenet_v2/classification/4"
HINT = "Pass --backbone a local SavedModel folder or *.weights.h5 file, or --backbone keras."

_selected = contextvars.ContextVar("backbone handle", default=DEFAULT_HANDLE)


class Kind(enum.Enum):
    """What a handle names."""

    URL = "TF Hub URL"
    FOLDER = "SavedModel folder"
    WEIGHTS = "Keras weights file"
    KERAS = "keras.applications"


@dataclass(frozen=True)
class Availability:
    """Whether a handle's weights are on this machine.

    Attributes:
        found: Nothing has to be downloaded.
        text: Where the weights are, or how to get them.
    """

    found: bool
    text: str


@contextlib.contextmanager
def use(handle: str) -> Iterator[None]:
    """Select a handle for the spaces built within the ``with`` block.

    Args:
        handle: See the package's docstring.

    Raises:
        BackboneError: The path does not exist or is of another kind. URLs are not checked yet.
    """
    kind_of(handle)
    token = _selected.set(handle)
    try:
        yield
    finally:
        _selected.reset(token)


def selected() -> str:
    """The selected handle; `DEFAULT_HANDLE` outside every `use` block."""
    return _selected.get()


def kind_of(handle: str) -> Kind:
    """What a handle names.

    Raises:
        BackboneError: The path does not exist, or is neither a SavedModel folder nor a weights file.
    """
    if handle == "keras":
        return Kind.KERAS
    if handle.startswith(("http://", "https://")):
        return Kind.URL
    path = local_path(handle)
    if path.is_dir():
        if (path / "saved_model.pb").is_file():
            return Kind.FOLDER
        raise BackboneError(f"The folder {path} has no saved_model.pb, so it is not a SavedModel. {HINT}")
    if not path.exists():
        raise BackboneError(f"There is no backbone at {handle!r}: no such folder or file. {HINT}")
    if path.suffix == ".h5":
        return Kind.WEIGHTS
    raise BackboneError(f"The file {path} is not a Keras weights file (*.weights.h5). {HINT}")


def local_path(handle: str) -> Path:
    """The path that a folder's or file's handle names, with ``~`` expanded."""
    return expand(handle)


def hub_folder(url: str) -> Path:
    """The folder in which tensorflow-hub caches the model of a URL, found without importing TensorFlow."""
    root = os.environ.get("TFHUB_CACHE_DIR") or cache_folder() / "tfhub_modules"
    # tensorflow-hub's own naming (compressed_module_resolver.py).
    return Path(root) / hashlib.sha1(url.encode(), usedforsecurity=False).hexdigest()


def downloads() -> frozenset[Path]:
    """The files that downloading the selected handle's weights adds to; empty if it names local ones."""
    handle = selected()
    kind = kind_of(handle)
    if kind is Kind.KERAS:
        return frozenset(_keras_folder().glob("*"))
    return frozenset(hub_folder(handle).glob("*.pb")) if kind is Kind.URL else frozenset()


def check(handle: str | None = None) -> Availability:
    """Whether a handle's weights are on disk, without downloading and without importing TensorFlow.

    Args:
        handle: Default: the selected handle.
    """
    handle = selected() if handle is None else handle
    try:
        kind = kind_of(handle)
    except BackboneError as error:
        return Availability(found=False, text=str(error))
    if kind is Kind.KERAS:
        name = "Keras' ImageNet weights of MobileNetV2"
        folder = _keras_folder()
        pattern = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_*_no_top.h5"
    elif kind is Kind.URL:
        name, folder, pattern = handle, hub_folder(handle), "saved_model.pb"
    else:
        return Availability(found=True, text=f"{kind.value} {local_path(handle)}")
    if files := sorted(folder.glob(pattern)):
        return Availability(found=True, text=f"{name}, downloaded to {files[-1]}")
    hint = "Or pass --backbone a *.weights.h5 file." if kind is Kind.KERAS else HINT
    return Availability(found=False, text=f"{name} will be downloaded to {folder} on first use. {hint}")


def _keras_folder() -> Path:
    """Where keras.applications keeps the weights that it downloads."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "models"
