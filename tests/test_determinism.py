"""Deterministic operations: on a processor by default, and kept by a run that is continued."""

import os
from pathlib import Path
from typing import Any

import keras
import pytest
from keras.src.trainers.trainer import model_supports_jit

import tunebench
from tests.small import TINY_SPACE, write_space
from tunebench.determinism import deterministic, resolve
from tunebench.environment import is_deterministic
from tunebench.errors import TunebenchError
from tunebench.options import Determinism

GPU = "GPU: NVIDIA H200"


@pytest.mark.parametrize(
    ("device", "wanted", "started_with", "expected"),
    [
        ("CPU: EPYC", "auto", None, True),
        (GPU, "auto", None, False),
        (GPU, "on", None, True),
        ("CPU: EPYC", "off", None, False),
        (GPU, "auto", True, True),
        ("CPU: EPYC", "auto", False, False),
        (GPU, "off", True, False),
    ],
)
def test_the_device_decides_unless_the_user_or_the_earlier_run_does(
    monkeypatch: pytest.MonkeyPatch,
    *,
    device: str,
    wanted: Determinism,
    started_with: bool | None,
    expected: bool,
) -> None:
    """On a processor operations are deterministic, on a GPU they are not."""
    monkeypatch.setattr("tunebench.environment.device", lambda: device)
    assert resolve(wanted, started_with=started_with) is expected


@pytest.mark.parametrize(("value", "expected"), [("1", True), ("true", True), ("0", False)])
def test_the_variable_of_tensorflow_is_respected(
    monkeypatch: pytest.MonkeyPatch, *, value: str, expected: bool
) -> None:
    """``TF_DETERMINISTIC_OPS`` decides if no option does."""
    monkeypatch.setitem(os.environ, "TF_DETERMINISTIC_OPS", value)
    assert resolve("auto") is expected
    assert resolve("on")


def test_keras_compiles_with_xla_only_if_operations_are_not_deterministic() -> None:
    """The setting holds for a block, and earlier ones come back after it."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    assert is_deterministic()
    assert not model_supports_jit(model)
    with deterministic(on=False):
        assert not is_deterministic()
        assert model_supports_jit(model)
        with deterministic(on=True):
            assert is_deterministic()
    assert is_deterministic()


@pytest.mark.slow
def test_a_continued_search_keeps_what_it_was_started_with(tmp_path: Path) -> None:
    """Left open, nothing changes; another wish is refused in a line."""
    settings: dict[str, Any] = {
        "dataset": "digits",
        "train_size": 100,
        "test_size": 50,
        "epochs": 1,
        "seeds": 1,
        "confirm": 1,
        "runs_dir": tmp_path,
    }
    space = str(write_space(tmp_path, TINY_SPACE))
    run = tunebench.search(space, trials=1, deterministic="off", **settings)
    assert not run.record.environment.deterministic
    # In this process, before and after it, they are.
    assert is_deterministic()
    run = tunebench.search(space, trials=2, **settings)
    assert not run.record.environment.deterministic
    assert len(run.trial_records) == 2
    with pytest.raises(TunebenchError, match="deterministic operations: False then, True now"):
        tunebench.search(space, trials=2, deterministic="on", **settings)
