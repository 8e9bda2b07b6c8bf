"""Fixtures and settings of all tests."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from coverage import Coverage
from filelock import FileLock
from hypothesis import settings

from tests.backbones.networks import save_random_weights
from tunebench.determinism import switch
from tunebench.runtime import import_keras

# Workers of pytest-xdist compete for the cores if the BLAS of each uses all of them. The programs that tests
# start inherit it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# tests/tuning/test_confirm.py tests what this switches off; a fixture would come after those of modules.
os.environ["TUNEBENCH_CONFIRM"] = "1"

# Keras shall have the program's settings and not those of the shell.
os.environ.pop("TF_ENABLE_ONEDNN_OPTS", None)

# An example may be slow on a busy machine.
settings.register_profile("tunebench", deadline=None)
settings.load_profile("tunebench")

SHARED = Path(__file__).resolve().parents[2] / "shared"


def pytest_configure(config: pytest.Config) -> None:
    """Import Keras before test modules do; the process that only starts pytest-xdist's workers needs none."""
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        import_keras()
        # As a run on a processor does.
        switch(on=True)
        # What is imported stays: a collection need not look at it, which takes 0.3 s.
        gc.freeze()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data and weights beside the project; without it the test is skipped."""
    if not SHARED.is_dir():
        message = f"needs the shared data folder at {SHARED}"
        if os.environ.get("TUNEBENCH_REQUIRE_SHARED") == "1":
            pytest.fail(message)
        pytest.skip(message)
    return SHARED


@pytest.fixture(scope="session")
def random_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A weights file of a MobileNetV2 with random weights; one worker of pytest-xdist writes it for all."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    path = folder / "random.weights.h5"
    with FileLock(folder / "random.lock"):
        return path if path.exists() else save_random_weights(path)


@pytest.fixture(autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests use neither the user's settings nor the user's cache."""
    for name in list(os.environ):
        if name.startswith("TUNEBENCH_") and not name.startswith(("TUNEBENCH_REQUIRE_", "TUNEBENCH_CONFIRM")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TUNEBENCH_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
    # Deterministic operations refuse to draw without a seed.
    import_keras().utils.set_random_seed(0)


# If one of them started last, the other workers would wait for it.
_LONG = (
    "test_workers",
    "test_conduct",
    "test_backend_contract",
    "test_parallel",
    "test_searches",
    "test_tune",
    "test_manual",
    "test_search",
    "test_page",
    "test_pruning",
    "test_keras_tuner_examples",
    "test_killed",
    "test_mobilenet_v2",
    "test_damaged_files",
    "test_importance",
    "test_fit",
    "test_export",
    "test_retime",
    "test_bayesian",
    "test_precision",
    "test_api",
    "test_real_network",
    "test_mobilenet",
)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Measure no coverage in slow tests and their fixtures: tracing makes a training take a fifth longer."""
    measured = Coverage.current() if item.get_closest_marker("slow") else None
    if measured is None:
        return (yield)
    measured.stop()
    try:
        return (yield)
    finally:
        measured.start()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the files that take longest; otherwise the order stays."""
    places = {name: place for place, name in enumerate(_LONG)}
    items.sort(key=lambda item: places.get(item.path.stem, len(_LONG)))


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their argument: an archive contains the time, which differs between workers."""
    return argname if isinstance(val, bytes) else None
