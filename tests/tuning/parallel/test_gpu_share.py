"""The limit on the memory of a worker that shares its GPU; without a GPU, what the back ends are told."""

import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import tensorflow as tf

from tunebench import environment
from tunebench.tuning.parallel import gpu_share

FRACTION = "XLA_PYTHON_CLIENT_MEM_FRACTION"


def _limits(backend: str, gpus: float, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The limits that a back end is given, on a GPU of 1000 MiB."""
    given: list[Any] = []
    monkeypatch.setenv("KERAS_BACKEND", backend)
    monkeypatch.setattr(environment, "gpu_megabytes", lambda: 1000)
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda _: ["gpu"])
    monkeypatch.setattr(
        tf.config,
        "set_logical_device_configuration",
        lambda gpu, parts: given.append((gpu, [part.memory_limit for part in parts])),
    )
    cuda = SimpleNamespace(is_available=lambda: True, set_per_process_memory_fraction=given.append)
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))
    monkeypatch.setattr(os, "environ", {**os.environ})
    monkeypatch.setattr(environment, "_process", environment._Process())
    gpu_share.limit(gpus)
    return given + [os.environ[name] for name in [FRACTION] if name in os.environ]


@pytest.mark.parametrize(
    ("backend", "limit"),
    [("tensorflow", ("gpu", [400])), ("jax", "0.400"), ("torch", pytest.approx(0.4))],
)
def test_a_shared_gpu_is_limited(backend: str, limit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workers get two fifths of the memory each; one that does not share a GPU has no limit."""
    monkeypatch.delenv(FRACTION, raising=False)
    assert _limits(backend, 1, monkeypatch) == []
    assert _limits(backend, 0, monkeypatch) == []
    assert _limits(backend, 0.5, monkeypatch) == [limit]


@pytest.mark.parametrize("gpus", [1, 0.5])
def test_what_is_kept_on_a_shared_gpu_is_a_part_of_the_share(
    gpus: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise eight workers' images, each within a tenth of the memory, could take most of it."""
    monkeypatch.setattr(environment, "on_processor", lambda: False)
    _limits("torch", gpus, monkeypatch)
    # Without what was asked on this machine.
    assert environment.gpu_bytes.__wrapped__() == (1000 if gpus == 1 else 400) * 2**20


def test_a_fraction_of_the_user_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """JAX's own variable wins."""
    monkeypatch.setenv(FRACTION, ".3")
    assert _limits("jax", 0.5, monkeypatch) == [".3"]


@pytest.mark.parametrize(
    ("script", "expected"),
    [('test "$3" = --id=1 && echo 143771', 143771), ("echo '[N/A]'", None), ("exit 6", None)],
)
def test_the_memory_of_the_visible_gpu_is_asked(
    script: str, expected: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the one that Ray gave to the worker; unknown if NVIDIA's program does not tell."""
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert environment.gpu_megabytes() == expected
