"""Start Keras the way every part of tunebench needs it: repeatable, quiet, sharing the GPU."""

import contextlib
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
    # 3: errors only. TensorFlow's C++ start-up notes never reach the user.
    "TF_CPP_MIN_LOG_LEVEL": "3",
    # Take GPU memory as it is needed, not all of it at the start.
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    # The same seed gives the same result, also on a GPU.
    "TF_DETERMINISTIC_OPS": "1",
}
if platform.machine() in {"x86_64", "AMD64"}:
    # oneDNN's kernels, which TensorFlow by itself uses only on processors made for them, such as those with
    # AVX-512 VNNI. They are faster on one without, too: docs/decisions/0042.
    _DEFAULTS["TF_ENABLE_ONEDNN_OPTS"] = "1"


def import_keras() -> Any:
    """Import Keras, with the settings above where the user's environment has none of its own.

    Call it before anything else imports Keras or Keras Tuner in a process.

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
    """The environment variables above as this process has them, for one that shall do the same."""
    return {name: os.environ[name] for name in _DEFAULTS if name in os.environ}


def _import() -> Any:
    import keras  # noqa: PLC0415 (seconds; only where a command needs it, and after the settings)

    # A first operation, so that what a back end says when it finds its devices is said now.
    keras.ops.convert_to_numpy(keras.ops.zeros(()))
    return keras


@contextlib.contextmanager
def quiet_start() -> Iterator[None]:
    """Keep what libraries write to file descriptor 2 from the user, unless they fail.

    TensorFlow's C++ part logs before any Python setting can reach it, so the descriptor itself is redirected.
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
