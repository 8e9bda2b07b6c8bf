"""How many images run through a frozen prefix at once."""

import math
from dataclasses import dataclass
from typing import Any

from tunebench import environment

# Without a known GPU: larger batches were no faster on two processor cores and take more memory.
_USUAL = 64
# Of a GPU's memory, for the activations: a network keeps about three of its largest at a time.
_SHARE_OF_MEMORY, _ACTIVATIONS = 0.2, 3
_SMALLEST, _LARGEST = 16, 512
_PER_CALL = 8


@dataclass(frozen=True)
class Batching:
    """How many images run at once.

    Attributes:
        size: Images per batch.
        per_call: Batches that are sent before the device is waited for.
    """

    size: int
    per_call: int = 1

    @classmethod
    def on_device(cls, network: Any) -> "Batching":
        """What suits the device: on a GPU large batches that fit in its memory, several in a call.

        Args:
            network: A built ``keras.Model``.
        """
        if environment.on_processor() or not environment.gpu_bytes():
            return cls(_USUAL)
        fitting = _SHARE_OF_MEMORY * environment.gpu_bytes() / (_ACTIVATIONS * largest_activation(network))
        size = 2 ** int(math.log2(max(fitting, _SMALLEST)))
        return cls(min(size, _LARGEST), _PER_CALL)


def largest_activation(network: Any) -> int:
    """Bytes of the largest output of a layer for one image in ``float32``; 4 if none knows its output."""
    import keras  # noqa: PLC0415 (its settings come first)

    sizes = [4]
    for layer in network.layers:
        if hasattr(layer, "layers"):
            sizes.append(largest_activation(layer))
        else:
            # A layer that is used several times has no single output.
            outputs = keras.tree.flatten(getattr(layer, "output", ()))
            sizes += [4 * math.prod(side or 1 for side in output.shape[1:]) for output in outputs]
    return max(sizes)
