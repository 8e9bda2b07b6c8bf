"""Keras starts with the project's settings."""

import os
import platform
import subprocess
import sys

import pytest

# Whether TensorFlow uses oneDNN; there is no public function for it.
QUESTION = (
    "from tunebench.runtime import import_keras; import_keras()\n"
    "from tensorflow.python.util import _pywrap_util_port as port; print(port.IsMklEnabled())"
)


@pytest.mark.skipif(platform.machine() not in {"x86_64", "AMD64"}, reason="oneDNN is for x86")
def test_tensorflow_uses_onednn_by_default() -> None:
    """OneDNN is enabled on x86 processors where TensorFlow itself would not use it, too."""
    variables = {name: value for name, value in os.environ.items() if name != "TF_ENABLE_ONEDNN_OPTS"}
    command = [sys.executable, "-c", QUESTION]
    done = subprocess.run(command, env=variables, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "True"
