"""Let the graphs of a finished training go.

Under TensorFlow, Keras' optimizers apply gradients through an operation whose own gradient is registered
under a new name with each trace, for the life of the process; the registered function holds the whole graph
of the training. See ``docs/decisions/0033``.
"""

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

_TRACED_GRADIENT = "CustomGradient-"


@contextlib.contextmanager
def graphs_let_go() -> Iterator[None]:
    """Take back what the block registers; those gradients have no use once its training has ended.

    Nothing happens under another back end, or a TensorFlow that keeps its register elsewhere.
    """
    registered = _register()
    before = set(registered)
    try:
        yield
    finally:
        for name in [name for name in registered if name not in before]:
            if str(name).startswith(_TRACED_GRADIENT):
                del registered[name]


def _register() -> dict[str, Any]:
    """TensorFlow's gradients by name; empty where it is not loaded."""
    registry = getattr(sys.modules.get("tensorflow.python.framework.ops"), "gradient_registry", None)
    found = getattr(registry, "_registry", None)
    return found if isinstance(found, dict) else {}
