"""Download a TF Hub model once and keep it, by way of tensorflow-hub's own resolver and cache layout."""

import contextlib
import hashlib
import os
import shutil
import socket
import tarfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tunebench.errors import BackboneError
from tunebench.user_cache import cache_folder

# A connection that sends nothing for so long is given up; tensorflow-hub itself would wait for ever.
TIMEOUT_SECONDS = 60.0
_MEND = "Pass --backbone a local SavedModel folder, or --backbone keras."


def root() -> Path:
    """Where downloaded models lie: ``$TFHUB_CACHE_DIR``, else a folder of the user's cache.

    tensorflow-hub's own default is the temporary folder, which does not last.
    """
    return Path(os.environ.get("TFHUB_CACHE_DIR") or cache_folder() / "tfhub_modules")


def module_folder(url: str) -> Path:
    """The folder in which tensorflow-hub keeps the model of a URL."""
    # tensorflow-hub's naming (compressed_module_resolver.py), not a safeguard.
    return root() / hashlib.sha1(url.encode(), usedforsecurity=False).hexdigest()


def is_cached(url: str) -> bool:
    """Whether the model of a URL is on this machine."""
    return (module_folder(url) / "saved_model.pb").is_file()


def resolve(url: str) -> Path:
    """The folder of a URL's SavedModel; downloaded where it is not in the cache.

    Args:
        url: A TF Hub URL, or that of a ``.tar.gz`` of a SavedModel.

    Returns:
        The folder, which holds a ``saved_model.pb``.

    Raises:
        BackboneError: No network, no such model, or an archive that is damaged or unsafe.
    """
    folder = module_folder(url)
    if is_cached(url):
        return folder
    # tensorflow-hub takes a folder that is not empty for the model, whatever is in it.
    if folder.is_dir() and any(folder.iterdir()):
        raise BackboneError(
            f"The folder {folder}, which stands for {url}, holds no saved_model.pb, so no SavedModel. "
            f"Remove it to download the model. {_MEND}"
        )
    _remove_abandoned_lock(url)
    try:
        with _settings():
            import_hub().resolve(url)
    # urllib's URLError and time-outs are OSErrors; a damaged gzip stream is EOFError or zlib.error (a plain
    # Exception, like those of TensorFlow's file system); a member that is a link or leads outside the
    # folder is a ValueError.
    except Exception as error:
        raise BackboneError(f"{url} could not be downloaded: {_reason(error)}. {_MEND}") from error
    if not is_cached(url):
        forget(url)
        raise BackboneError(f"{url} gave an archive without saved_model.pb, so no SavedModel. {_MEND}")
    return folder


def forget(url: str) -> None:
    """Remove a URL's model from the cache, so that the next use downloads it again."""
    shutil.rmtree(module_folder(url), ignore_errors=True)


def import_hub() -> Any:
    """Import tensorflow_hub without its one known warning."""
    with warnings.catch_warnings():
        # tensorflow-hub 0.16.1 imports pkg_resources for parse_version; setuptools announced its end.
        warnings.filterwarnings("ignore", message="pkg_resources is deprecated as an API")
        import tensorflow_hub  # noqa: PLC0415 (seconds, and it brings tf_keras: only where a URL is downloaded)
    return tensorflow_hub


@contextlib.contextmanager
def _settings() -> Iterator[None]:
    """tensorflow-hub's cache folder by its environment variable, and a time limit on its connections."""
    folder_before, timeout_before = os.environ.get("TFHUB_CACHE_DIR"), socket.getdefaulttimeout()
    os.environ["TFHUB_CACHE_DIR"] = str(root())
    socket.setdefaulttimeout(TIMEOUT_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(timeout_before)
        if folder_before is None:
            del os.environ["TFHUB_CACHE_DIR"]


def _remove_abandoned_lock(url: str) -> None:
    """Remove the lock of a download whose process is dead; tensorflow-hub would wait ten minutes for it."""
    folder = module_folder(url)
    lock = folder.with_name(folder.name + ".lock")
    try:
        # Written by tensorflow-hub as "host.pid.uid"; a host name may hold dots.
        host, process_id, unique = lock.read_text().rsplit(".", 2)
        if host == socket.gethostname() and not _is_alive(int(process_id)):
            lock.unlink()
            shutil.rmtree(folder.with_name(f"{folder.name}.{unique}.tmp"), ignore_errors=True)
    except (OSError, ValueError):
        return


def _is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _reason(error: Exception) -> str:
    if isinstance(error, EOFError | tarfile.TarError):
        return "the archive is truncated or damaged"
    return " ".join(str(getattr(error, "reason", None) or error).split())
