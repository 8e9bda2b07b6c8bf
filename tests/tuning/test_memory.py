"""Trials for which memory was not enough."""

from pathlib import Path

import keras_tuner
import pytest

from tests.small import PLAIN_SPACE, write_space
from tunebench import spaces
from tunebench.errors import InvalidSpaceError
from tunebench.fitting.stopwatch import Stopwatch
from tunebench.tuning import memory
from tunebench.tuning.executor import failed_by


class ResourceExhaustedError(Exception):
    """Stands for TensorFlow's."""


class OutOfMemoryError(RuntimeError):
    """Stands for PyTorch's."""


class _UnprintableError(Exception):
    def __str__(self) -> str:
        raise ValueError


SHORTAGES = [
    ResourceExhaustedError("Graph execution error:\n\nOOM when allocating tensor with shape[64,3]"),
    OutOfMemoryError("CUDA error"),
    # JAX, cuDNN and PyTorch; the last as Keras passes on an error in a layer.
    RuntimeError("RESOURCE_EXHAUSTED: Failed to allocate request for 9.0GiB on device ordinal 0"),
    RuntimeError("CUDNN_STATUS_ALLOC_FAILED in tensorflow/stream_executor/dnn.cc"),
    RuntimeError("Exception encountered when calling Dense.call().\n\nCUDA out of memory. Tried to allocate"),
    RuntimeError("Failed copying input tensor: Dst tensor is not initialized."),
    RuntimeError("CUDA_ERROR_OUT_OF_MEMORY"),
    RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
]


@pytest.mark.parametrize("device", ["GPU: NVIDIA H200", "CPU: x86"])
@pytest.mark.parametrize("error", SHORTAGES, ids=lambda error: type(error).__name__)
def test_a_shortage_is_told_with_what_helps(
    monkeypatch: pytest.MonkeyPatch, error: Exception, device: str
) -> None:
    """The errors of the three back ends become one plain reason, which says whose memory it was."""
    monkeypatch.setattr("tunebench.environment.device", lambda: device)
    outcome = failed_by(error, Stopwatch())
    whose = "the GPU's" if device.startswith("GPU") else "the machine's"
    assert outcome.message == (
        f"{whose} memory was not enough ({type(error).__name__}); a smaller batch size or model needs less"
    )
    assert memory.is_shortage(outcome.message)
    assert memory.is_shortage(outcome.message, memory.MACHINE) is device.startswith("CPU")


def test_a_shortage_while_the_model_is_built_is_no_fault_of_the_space(tmp_path: Path) -> None:
    """Weights take the first memory; tunebench passes on errors of a build as its own."""
    run_out = "    raise RuntimeError('RESOURCE_EXHAUSTED: Out of memory')\n    model = keras"
    space = spaces.find(str(write_space(tmp_path, PLAIN_SPACE.replace("    model = keras", run_out))))
    with pytest.raises(InvalidSpaceError) as caught:
        space.build(keras_tuner.HyperParameters(), (8, 8, 3), 2)
    message = str(failed_by(caught.value, Stopwatch()).message)
    assert message.startswith("the machine's memory was not enough (RuntimeError); a smaller")


def test_memory_of_python_is_the_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also beside a GPU."""
    monkeypatch.setattr("tunebench.environment.device", lambda: "GPU: NVIDIA H200")
    assert str(failed_by(MemoryError(), Stopwatch()).message).startswith(
        "the machine's memory was not enough"
    )


@pytest.mark.parametrize(
    "error",
    [
        ValueError("Negative dimension size"),
        KeyError(1),
        _UnprintableError(),
        # TensorFlow's class for a full disk, too.
        ResourceExhaustedError("No space left on device"),
    ],
)
def test_other_failures_are_no_shortage(error: Exception) -> None:
    """They keep their own reason."""
    message = failed_by(error, Stopwatch()).message
    assert str(message).startswith(type(error).__name__)
    assert not memory.is_shortage(message)
    assert not memory.is_shortage(None)
