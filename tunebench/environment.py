"""The environment of a run: versions, device and precision."""

import functools
import importlib
import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from tunebench import xla
from tunebench.plain_text import clean
from tunebench.records import EnvironmentRecord
from tunebench.runtime import import_keras

# What makes JAX deterministic on a GPU, in the environment variable XLA_FLAGS.
JAX_FLAG = "--xla_gpu_deterministic_ops=true"
_CUDA = {
    "tensorflow": "Install its CUDA libraries: pip install 'tunebench[gpu]'",
    "jax": "Install JAX with CUDA: pip install 'jax[cuda13]'",
    "torch": "Install PyTorch with CUDA (https://pytorch.org)",
}


def collect() -> EnvironmentRecord:
    """Describe this process' environment; imports Keras if necessary."""
    keras = import_keras()
    backend = keras.backend.backend()
    on_tensorflow = backend == "tensorflow"
    return EnvironmentRecord(
        tunebench=installed("tunebench") or "not installed",
        python=platform.python_version(),
        keras=keras.__version__,
        backend=backend if on_tensorflow else f"{backend} {installed(backend)}",
        tensorflow=installed("tensorflow") if on_tensorflow else None,
        keras_tuner=installed("keras-tuner") or "not installed",
        numpy=installed("numpy") or "not installed",
        device=device(),
        cpu_count=num_cpus(),
        precision=keras.config.dtype_policy().name,
        os=platform.platform(terse=True),
        deterministic=is_deterministic(),
        xla=not xla.is_off(),
    )


def installed(package: str) -> str | None:
    """The installed version of a package, or ``None``; imports nothing."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def num_cpus() -> int:
    """Processor cores that this process may use: by its affinity, and a container's quota rounded up."""
    from joblib import cpu_count  # noqa: PLC0415 (a tenth of a second)

    return int(cpu_count())


def device() -> str:
    """The device that Keras trains on, such as ``GPU: NVIDIA H100`` or ``CPU: …``."""
    keras = import_keras()
    if keras.backend.backend() == "torch":
        return _torch_device()
    devices = keras.distribution.list_devices()
    accelerators = [name for name in devices if not name.startswith("cpu")]
    if not accelerators:
        return f"CPU: {_cpu_name()}"
    kind = accelerators[0].split(":")[0].upper()
    return f"{kind}: {_gpu_name() or accelerators[0]}"


def num_gpus() -> int:
    """GPUs or other accelerators that Keras sees."""
    keras = import_keras()
    if keras.backend.backend() == "torch":
        return int(importlib.import_module("torch").cuda.device_count())
    return sum(not name.startswith("cpu") for name in keras.distribution.list_devices())


def on_processor() -> bool:
    """Whether Keras trains on a processor, without a GPU or other accelerator."""
    return device().startswith("CPU")


def unused_gpu() -> str | None:
    """What to do if an NVIDIA GPU is in the machine and Keras does not use it; ``None``: nothing."""
    backend = import_keras().backend.backend()
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES") in {"", "-1"}
    if hidden or not on_processor():
        return None
    names = _nvidia_smi("name")
    if not names:
        return None
    return f"{clean(names[0])} is in this machine, but {backend} does not see it. {_CUDA[backend]}."


def first_gpu() -> str:
    """The first NVIDIA GPU that this process may use: its index, or another name that CUDA knows."""
    return os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0]


def gpu_megabytes() -> int | None:
    """Memory in MiB of the first NVIDIA GPU that this process may use; ``None`` if it cannot be told."""
    found = _nvidia_smi("memory.total", f"--id={first_gpu()}")
    return int(found[0]) if found and found[0].isdecimal() else None


@dataclass
class _Process:
    gpu_share: float = 1.0


_process = _Process()


def share_gpu(share: float) -> None:
    """Note that this process may use only a share of its GPU's memory, before :func:`gpu_bytes` is asked."""
    _process.gpu_share = share


@functools.cache
def gpu_bytes() -> int:
    """Bytes that this process may use of the GPU that Keras trains on; 0 if it is not NVIDIA's.

    Asked once.
    """
    return 0 if on_processor() else int(_process.gpu_share * (gpu_megabytes() or 0) * 2**20)


def _nvidia_smi(field: str, *arguments: str) -> list[str]:
    """What NVIDIA's program tells of each GPU; nothing if it is missing or fails."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    query = [program, f"--query-gpu={field}", "--format=csv,noheader,nounits", *arguments]
    try:
        listed = subprocess.run(query, capture_output=True, text=True, timeout=10, check=True).stdout  # noqa: S603
    except (OSError, ValueError, subprocess.SubprocessError):
        return []
    return [line.strip() for line in listed.splitlines() if line.strip()]


def is_deterministic() -> bool:
    """Whether operations are deterministic in this process."""
    backend = import_keras().backend.backend()
    if backend == "tensorflow":
        return bool(tensorflow_config().is_op_determinism_enabled())
    if backend == "torch":
        return bool(importlib.import_module("torch").are_deterministic_algorithms_enabled())
    return on_processor() or JAX_FLAG in os.environ.get("XLA_FLAGS", "")


def tensorflow_config() -> Any:
    """TensorFlow's switch of deterministic operations, of which only turning them on is public."""
    return importlib.import_module("tensorflow.python.framework.config")


def _torch_device() -> str:
    """Keras lists no devices on its PyTorch back end."""
    torch = importlib.import_module("torch")
    if torch.cuda.is_available():
        return f"GPU: {torch.cuda.get_device_name(0)}"
    return f"CPU: {_cpu_name()}"


def _cpu_name() -> str:
    """The processor's name, from a file on Linux and from Python elsewhere."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _gpu_name() -> str | None:
    """The first GPU's name; Keras itself only numbers devices."""
    backend = import_keras().backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf  # noqa: PLC0415 (imported by Keras already)

        gpus = tf.config.list_physical_devices("GPU")
        details = tf.config.experimental.get_device_details(gpus[0]) if gpus else {}
        return details.get("device_name")
    if backend == "jax":
        jax = importlib.import_module("jax")

        return str(jax.devices()[0].device_kind)
    return None
