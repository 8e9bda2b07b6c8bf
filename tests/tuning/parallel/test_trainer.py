"""What a worker's machine has and lacks."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.small import TINY_SPACE
from tests.tuning.searches import prepare
from tunebench.errors import SearchError
from tunebench.options import SearchOptions
from tunebench.tuning.parallel.payload import Setup
from tunebench.tuning.parallel.trainer import Trainer


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    """The setup of a search in a user's own space."""
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "helper.py").write_text("UNITS = [4, 8, 16]\n")
    source = TINY_SPACE.replace("import keras\n", "import keras\nfrom parts.helper import UNITS\n", 1)
    return Setup.of(prepare(tmp_path, source), SearchOptions(epochs=1, patience=None))


def test_another_version_is_refused(setup: Setup) -> None:
    """All machines need the same versions of the packages that scores depend on."""
    other = replace(setup, versions={**setup.versions, "numpy": "0.1"})
    with pytest.raises(SearchError, match=r"has numpy .*, but this machine has 0\.1\. Install the same"):
        Trainer(other)


def test_no_shared_folder_is_needed(setup: Setup, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A space's code and a backbone's weights that this machine lacks are written to it."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    setup.path.unlink()
    shutil.rmtree(setup.path.parent / "parts")
    Trainer(replace(setup, backbone="/elsewhere/mobilenet.weights.h5", weights=b"weights"))
    [copy] = tmp_path.glob("tunebench-worker-*/mobilenet.weights.h5")
    assert copy.read_bytes() == b"weights"
    written = {name: (copy.parent / "space" / name).read_bytes() for name in setup.code}
    assert written == setup.code
    assert set(written) == {"tiny.py", "parts/helper.py"}
