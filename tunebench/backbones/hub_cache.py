"""Download TF Hub models with tensorflow-hub, which caches them."""

import os
import socket
import warnings
from pathlib import Path
from typing import Any

from tunebench.backbones.handles import HINT, hub_folder
from tunebench.errors import BackboneError

# tensorflow-hub sets no timeout, so a silent server would block the run.
TIMEOUT_SECONDS = 60.0


def resolve(url: str) -> Path:
    """The folder of a URL's SavedModel, downloaded on first use.

    Sets ``$TFHUB_CACHE_DIR`` to a folder of the user's cache if it is not set; tensorflow-hub's default is
    the temporary folder.

    Args:
        url: A TF Hub URL, or the URL of a ``.tar.gz`` of a SavedModel.

    Raises:
        BackboneError: There is no network or no such model, or the archive is damaged or unsafe.
    """
    os.environ["TFHUB_CACHE_DIR"] = str(hub_folder(url).parent)
    timeout_before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT_SECONDS)
    try:
        return Path(_import_hub().resolve(url))
    # Errors of urllib, tarfile, zlib and TensorFlow's file system have no common base but Exception.
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise BackboneError(f"{url} could not be downloaded: {reason}. {HINT}") from error
    finally:
        socket.setdefaulttimeout(timeout_before)


def _import_hub() -> Any:
    with warnings.catch_warnings():
        # tensorflow-hub 0.16.1 imports pkg_resources, which is deprecated.
        warnings.filterwarnings("ignore", message="pkg_resources is deprecated as an API")
        import tensorflow_hub  # noqa: PLC0415 (slow to import, and needed only for URLs)
    return tensorflow_hub
