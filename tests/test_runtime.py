"""Keras starts with the project's settings."""

import platform
import subprocess
import sys

import pytest
from tensorflow.python.util import _pywrap_util_port as port

from tunebench import runtime


@pytest.mark.skipif(platform.machine() not in {"x86_64", "AMD64"}, reason="oneDNN is for x86")
def test_tensorflow_uses_onednn_by_default() -> None:
    """OneDNN is enabled on x86 processors where TensorFlow itself would not use it, too."""
    # There is no public function for it. tests/conftest.py imported Keras as the program does.
    assert port.IsMklEnabled()


def test_tensorflow_stays_quiet_in_a_notebook() -> None:
    """Where there is a prompt, it would print its warnings below the cell."""
    program = (
        "import sys; sys.ps1 = '>>> '\n"
        "from tunebench.runtime import import_keras; import_keras()\n"
        "import tensorflow as tf; tf.get_logger().warning('chatter')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout + done.stderr == ""


def test_settings_name_the_back_end_if_keras_was_imported_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker has to use the same one."""
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    assert runtime.settings()["KERAS_BACKEND"] == "tensorflow"
