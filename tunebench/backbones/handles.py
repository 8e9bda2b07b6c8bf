"""Handles: where pretrained weights come from, which of them is selected, and whether it can be had."""

import contextlib
import contextvars
import enum
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tunebench.backbones import hub_cache
from tunebench.errors import BackboneError

DEFAULT_HANDLE = "https://tfhub.dev/google/tf2-preview/mobilenet_v2/classification/4"
KERAS_HANDLE = "keras"
MEND = "Pass --backbone a local SavedModel folder or *.weights.h5 file, or --backbone keras."

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
        found: They are; nothing has to be downloaded.
        text: Where they are, or how to get them.
    """

    found: bool
    text: str


@contextlib.contextmanager
def use(handle: str) -> Iterator[None]:
    """Select the handle that spaces get within the ``with`` block.

    Args:
        handle: See the package's docstring.

    Raises:
        BackboneError: It names nothing that exists (a URL is not asked yet).
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
    """Tell what a handle names.

    Raises:
        BackboneError: Nothing that exists, or a folder or file of another kind.
    """
    if handle == KERAS_HANDLE:
        return Kind.KERAS
    if handle.startswith(("http://", "https://")):
        return Kind.URL
    path = local_path(handle)
    if path.is_dir():
        if (path / "saved_model.pb").is_file():
            return Kind.FOLDER
        raise BackboneError(f"The folder {path} holds no saved_model.pb, so it is no SavedModel. {MEND}")
    if not path.exists():
        raise BackboneError(f"There is no backbone at {handle!r}: neither a folder nor a file. {MEND}")
    if path.suffix == ".h5":
        return Kind.WEIGHTS
    raise BackboneError(f"The file {path} is no Keras weights file (*.weights.h5). {MEND}")


def local_path(handle: str) -> Path:
    """The path that a folder's or file's handle names, ``~`` expanded."""
    return Path(handle).expanduser()


def check(handle: str | None = None) -> Availability:
    """Say whether a handle's weights are here, without downloading and without importing TensorFlow.

    Args:
        handle: The selected one where ``None``.

    Returns:
        Found or not, with a sentence that says where, or how to get them.
    """
    handle = selected() if handle is None else handle
    try:
        kind = kind_of(handle)
    except BackboneError as error:
        return Availability(found=False, text=str(error))
    if kind is Kind.URL:
        folder = hub_cache.module_folder(handle)
        if hub_cache.is_cached(handle):
            return Availability(found=True, text=f"{handle}, downloaded to {folder}")
        return Availability(
            found=False,
            text=f"{handle} is not downloaded yet; the first use does, to {folder}. {MEND}",
        )
    if kind is Kind.KERAS:
        return _check_keras()
    return Availability(found=True, text=f"{kind.value} {local_path(handle)}")


def _check_keras() -> Availability:
    folder = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "models"
    files = sorted(folder.glob("mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_*_no_top.h5"))
    if files:
        return Availability(found=True, text=f"keras.applications, downloaded to {files[-1]}")
    return Availability(
        found=False,
        text=f"keras.applications' weights are not downloaded yet; the first use does, to {folder}.",
    )
