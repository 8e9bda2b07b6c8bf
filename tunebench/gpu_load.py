"""How much of an NVIDIA GPU other programs use while a training is timed."""

import importlib
import os
from typing import Any

from tunebench import environment

_PERCENT = 100


def others_share(since: float) -> float | None:
    """The share of this process's GPU that other programs used.

    The driver is asked once. It keeps a limited number of samples, so of a long period only the end is known.

    Args:
        since: Start of the period, in seconds since 1970.

    Returns:
        From 0 to 1; ``None`` if it is unknown: the package nvidia-ml-py or the driver is missing, the driver
        does not tell (as of a GPU in parts), or this process, which trained, is not among those it names:
        then it speaks of another GPU, or numbers processes as they are outside of this container.
    """
    gpu = environment.first_gpu()
    if not gpu.isdecimal() and not gpu.startswith("GPU-"):
        return None
    try:
        nvml = importlib.import_module("pynvml")
    except ImportError:
        return None
    start = int(since * 1e6)
    try:
        samples = _samples(nvml, gpu, start)
    # NVMLError also if there are no samples; a very old package lacks the function.
    except (nvml.NVMLError, AttributeError):
        return None
    # Entries that the driver has not filled in hold any number (Syllo/nvtop#110).
    used = {each.pid: each.smUtil for each in samples if each.timeStamp > start and each.smUtil <= _PERCENT}
    if os.getpid() not in used:
        return None
    return float(min(1, (sum(used.values()) - used[os.getpid()]) / _PERCENT))


def _samples(nvml: Any, gpu: str, start: int) -> Any:
    """One sample per process that used the GPU after a time in microseconds: its mean use since then."""
    nvml.nvmlInit()
    try:
        if gpu.isdecimal():
            handle = nvml.nvmlDeviceGetHandleByIndex(int(gpu))
        else:
            handle = nvml.nvmlDeviceGetHandleByUUID(gpu)
        return nvml.nvmlDeviceGetProcessUtilization(handle, start)
    finally:
        nvml.nvmlShutdown()
