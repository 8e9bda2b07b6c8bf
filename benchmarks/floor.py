"""A lower bound of a training's time: its floating-point operations at the speed of a large matrix product.

Prints one JSON line: the operations of an epoch, and the operations per second of a large matrix product.

    python benchmarks/floor.py --images 3200 --validation-images 800
"""

import argparse
import json
import time
from math import prod
from typing import Any

import keras
from cnn_model import model, values
from keras_tuner import HyperParameters

_SIZE = 3072
_SECONDS = 2.0
# A multiplication and an addition.
_OPERATIONS = 2


def forward_operations(network: Any) -> tuple[int, int]:
    """Floating-point operations of convolutions and dense layers for one image: of all, and of the first."""
    each = []
    for layer in network.layers:
        if isinstance(layer, keras.layers.Conv2D):
            each.append(_OPERATIONS * prod(layer.kernel.shape) * prod(layer.output.shape[1:3]))
        elif isinstance(layer, keras.layers.Dense):
            each.append(_OPERATIONS * prod(layer.kernel.shape))
    return sum(each), each[0]


def epoch_operations(network: Any, images: int, validation_images: int) -> int:
    """Of an epoch: forward, gradients of weights and inputs (except the first layer's), validation."""
    forward, first = forward_operations(network)
    return images * (3 * forward - first) + validation_images * forward


def operations_per_second(dtype: str) -> float:
    """The fastest of several multiplications of large matrices."""
    matrix = keras.random.normal((_SIZE, _SIZE), dtype=dtype, seed=0)
    best, end = float("inf"), time.perf_counter() + _SECONDS
    while time.perf_counter() < end:
        start = time.perf_counter()
        keras.ops.convert_to_numpy(keras.ops.matmul(matrix, matrix)[:1, :1])
        best = min(best, time.perf_counter() - start)
    return _OPERATIONS * _SIZE**3 / best


def main() -> None:
    """Count and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--images", type=int, required=True)
    parser.add_argument("--validation-images", type=int, required=True)
    given = parser.parse_args()
    network = model(values(HyperParameters()), (32, 32, 3), 10)
    found = {
        "epoch_operations": epoch_operations(network, given.images, given.validation_images),
        "operations_per_second": {dtype: operations_per_second(dtype) for dtype in ("float32", "bfloat16")},
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
