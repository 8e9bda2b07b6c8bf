"""The environment of a run: versions, device and precision."""

import importlib
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tunebench.records import EnvironmentRecord
from tunebench.runtime import import_keras


def collect() -> EnvironmentRecord:
    """Describe this process' environment; imports Keras if necessary."""
    keras = import_keras()
    backend = keras.backend.backend()
    return EnvironmentRecord(
        tunebench=installed("tunebench") or "not installed",
        python=platform.python_version(),
        keras=keras.__version__,
        backend=backend,
        tensorflow=installed("tensorflow") if "tensorflow" in sys.modules else None,
        keras_tuner=installed("keras-tuner") or "not installed",
        numpy=installed("numpy") or "not installed",
        device=device(),
        cpu_count=num_cpus(),
        precision=keras.config.dtype_policy().name,
        os=platform.platform(terse=True),
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
