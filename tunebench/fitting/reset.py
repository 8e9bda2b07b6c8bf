"""Reset Keras before a training, so that its results do not depend on earlier ones."""

import gc

import keras
import psutil

from tunebench import environment

# With TensorFlow loaded a collection takes 0.2 s, as long as a small epoch.
_GROWTH_BYTES = 256 * 2**20


class _Memory:
    """Runs Python's garbage collector when the process has grown, and on a GPU always.

    A model and its optimizer refer to each other, so only the collector frees them, and it counts objects,
    not bytes.
    """

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._after_collection: int | None = None

    def collect(self) -> None:
        """Collect if the process has grown by more than 256 MiB since, or may hold a GPU's memory."""
        used = self._process.memory_info().rss
        if self._after_collection is None:
            self._after_collection = used
        elif used - self._after_collection > _GROWTH_BYTES or not environment.on_processor():
            gc.collect()
            self._after_collection = self._process.memory_info().rss


_memory = _Memory()


def reset_keras(seed: int) -> None:
    """Clear Keras' state, free earlier models and set the random seeds. The dtype policy stays.

    Args:
        seed: Of Python, NumPy and the back end: initialisation, dropout and other random layers.
    """
    policy = keras.config.dtype_policy()
    # Also restarts the numbering of layer names, and resets the policy.
    keras.utils.clear_session(free_memory=False)
    _memory.collect()
    keras.config.set_dtype_policy(policy)
    keras.utils.set_random_seed(seed)
