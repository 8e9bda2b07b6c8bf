"""A limit on the memory of a worker that shares a GPU: a trial that exceeds it fails, not its neighbours."""

import importlib
import os

from tunebench import environment

# The rest is for CUDA itself, which takes some in every process, and for the process of the search.
_USABLE = 0.8


def limit(gpus: float) -> None:
    """Limit the memory that this process may use of its GPU; call it before Keras is imported.

    What it keeps there itself, such as images, follows (:func:`tunebench.environment.gpu_bytes`).

    Without effect if the process does not share a GPU, or has none. Memory is taken as needed up to the
    limit (:mod:`tunebench.runtime`).

    Args:
        gpus: The worker's part of a GPU.
    """
    if not 0 < gpus < 1:
        return
    share = _USABLE * gpus
    environment.share_gpu(share)
    backend = os.environ["KERAS_BACKEND"]
    if backend == "jax":
        os.environ.setdefault("XLA_PYTHON_CLIENT_MEM_FRACTION", f"{share:.3f}")
    elif backend == "torch":
        cuda = importlib.import_module("torch").cuda
        if cuda.is_available():
            cuda.set_per_process_memory_fraction(share)
    elif backend == "tensorflow":
        config = importlib.import_module("tensorflow").config
        total = environment.gpu_megabytes()
        # Ray shows the worker one GPU.
        for gpu in config.list_physical_devices("GPU"):
            if total is not None:
                part = config.LogicalDeviceConfiguration(memory_limit=int(share * total))
                config.set_logical_device_configuration(gpu, [part])
