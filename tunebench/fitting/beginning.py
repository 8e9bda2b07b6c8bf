"""Begin a training as if the process had just started."""

import gc

import keras
import psutil

# A collection takes a fifth of a second with TensorFlow loaded: as long as a small epoch.
_GROWTH_BYTES = 256 * 2**20


class _Memory:
    """Collects what earlier models left behind, when it has become much.

    A model and its optimizer refer to each other, so only Python's collector frees them, and that counts
    objects, not their bytes.
    """

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._after_collection: int | None = None

    def collect(self) -> None:
        """Collect where the process has grown by a quarter of a gigabyte since the last time."""
        used = self._process.memory_info().rss
        if self._after_collection is None:
            self._after_collection = used
        elif used - self._after_collection > _GROWTH_BYTES:
            gc.collect()
            self._after_collection = self._process.memory_info().rss


_memory = _Memory()


def begin_anew(seed: int) -> None:
    """Forget earlier models and seed everything random.

    Clearing Keras' state also resets the dtype policy, which is put back: it is the user's choice.

    Args:
        seed: Of initialisation, dropout and whatever else Keras draws.
    """
    policy = keras.config.dtype_policy()
    # Layer names begin anew, and nothing of the last model stays behind.
    keras.utils.clear_session(free_memory=False)
    _memory.collect()
    keras.config.set_dtype_policy(policy)
    keras.utils.set_random_seed(seed)
