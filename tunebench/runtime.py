"""Start Keras with the settings that all of tunebench needs: quiet, sharing the GPU."""

import contextlib
import importlib
import importlib.util
import logging
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

from tunebench.errors import TunebenchError

_DEFAULTS = {
    "KERAS_BACKEND": "tensorflow",
    # 3: errors only, so that TensorFlow's C++ start-up messages do not reach the user.
    "TF_CPP_MIN_LOG_LEVEL": "3",
    # Allocate GPU memory as needed, not all of it at the start.
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
    # PyTorch's deterministic operations need it on a GPU.
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
}
if platform.machine() in {"x86_64", "AMD64"}:
    # By default TensorFlow uses oneDNN's kernels only on some processors, such as those with AVX-512 VNNI.
    # They are faster on others, too (docs/decisions, on speed).
    _DEFAULTS["TF_ENABLE_ONEDNN_OPTS"] = "1"


def import_keras() -> Any:
    """Import Keras, with the settings above unless the user's environment has its own.

    Call it before anything else in a process imports Keras or Keras Tuner.

    Returns:
        The module ``keras``.

    Raises:
        TunebenchError: The back end is not installed or cannot start.
    """
    if "keras" in sys.modules:
        return sys.modules["keras"]
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    try:
        with quiet_start():
            keras = _import()
    except (ImportError, ValueError) as error:
        backend = os.environ["KERAS_BACKEND"]
        raise TunebenchError(
            f"Keras cannot start on its back end {backend!r}: {str(error).rstrip('.')}. "
            "Expected tensorflow, jax or torch: install it, or choose another with KERAS_BACKEND."
        ) from error
    return keras


def settings() -> dict[str, str]:
    """The values of the environment variables above in this process, to copy to another one."""
    found = {name: os.environ[name] for name in _DEFAULTS if name in os.environ}
    # Keras may have chosen it by its own file, before tunebench was imported.
    return {**found, "KERAS_BACKEND": import_keras().backend.backend()}


def _import() -> Any:
    import keras  # noqa: PLC0415 (seconds; only where a command needs it, and after the settings)

    # A first operation, so that messages about devices appear now, while they are held back.
    keras.ops.convert_to_numpy(keras.ops.zeros(()))
    if "tensorflow" in sys.modules:
        # In a notebook, its first message would let all that follow through.
        sys.modules["tensorflow"].get_logger().setLevel(logging.ERROR)
    return keras


def import_for_training() -> None:
    """Import TensorFlow if it is installed: on every back end, Keras does so to set seeds and save models.

    Here its messages are held back, and no clock runs.
    """
    if importlib.util.find_spec("tensorflow") is not None:
        # If it is broken, only a back end that needs it fails, and has failed by now.
        with contextlib.suppress(ImportError), quiet_start():
            importlib.import_module("tensorflow")


@contextlib.contextmanager
def quiet_start() -> Iterator[None]:
    """Hide what libraries write to file descriptor 2, unless they fail.

    TensorFlow's C++ part logs before Python can configure it, so the descriptor itself is redirected.
    """
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held_back:
        original = os.dup(2)
        os.dup2(held_back.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(original, 2)
            held_back.seek(0)
            logging.getLogger(__name__).debug("%s", held_back.read().decode(errors="replace"))
            raise
        finally:
            sys.stderr.flush()
            os.dup2(original, 2)
            os.close(original)
