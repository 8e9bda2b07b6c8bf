"""Release the gradient functions that TensorFlow registers during a training.

Under TensorFlow, Keras' optimizers register a gradient function under a new name with every trace. It stays
registered for the life of the process and holds the whole training graph. See ``docs/decisions/0012``.
"""

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

_TRACED_GRADIENT = "CustomGradient-"


@contextlib.contextmanager
def release_gradients() -> Iterator[None]:
    """Unregister what the block registers; once a training has ended, these gradients are not used again.

    Does nothing under another back end, or if TensorFlow keeps its registry elsewhere.
    """
    registered = _registry()
    before = set(registered)
    try:
        yield
    finally:
        for name in set(registered) - before:
            if str(name).startswith(_TRACED_GRADIENT):
                del registered[name]


def _registry() -> dict[str, Any]:
    """TensorFlow's gradient functions by name; empty if it is not loaded."""
    registry = getattr(sys.modules.get("tensorflow.python.framework.ops"), "gradient_registry", None)
    found = getattr(registry, "_registry", None)
    return found if isinstance(found, dict) else {}
