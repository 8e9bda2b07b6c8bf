"""How Keras is started."""

import os
import platform
import subprocess
import sys

import pytest

# Whether TensorFlow computes with oneDNN; it has no public name for it.
ASK = (
    "from tunebench.runtime import import_keras; import_keras()\n"
    "from tensorflow.python.util import _pywrap_util_port as port; print(port.IsMklEnabled())"
)


@pytest.mark.skipif(platform.machine() not in {"x86_64", "AMD64"}, reason="oneDNN is asked for on x86 alone")
@pytest.mark.parametrize(("asked", "expected"), [(None, True), ("0", False)])
def test_tensorflow_computes_with_onednn_unless_told_not_to(asked: str | None, *, expected: bool) -> None:
    """On a processor without AVX-512 VNNI an epoch takes up to twice as long without."""
    variables = {name: value for name, value in os.environ.items() if name != "TF_ENABLE_ONEDNN_OPTS"}
    if asked is not None:
        variables["TF_ENABLE_ONEDNN_OPTS"] = asked
    command = [sys.executable, "-c", ASK]
    answer = subprocess.run(command, env=variables, check=True, capture_output=True, text=True)
    assert answer.stdout.strip() == str(expected)
