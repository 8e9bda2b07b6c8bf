"""How many images run through a frozen prefix at once."""

import keras
import pytest

from tunebench import environment
from tunebench.features.batching import Batching, largest_activation


def test_batches_on_a_gpu_fit_in_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their size is a power of two from 16 to 512; on a processor it is 64 whatever the memory."""
    images = keras.Input((64, 64, 3))
    inner = keras.Sequential(
        [keras.Input((64, 64, 3)), keras.layers.Conv2D(256, 1), keras.layers.Conv2D(8, 1)]
    )
    network = keras.Model(images, inner(images))
    assert largest_activation(network) == 4 * 64 * 64 * 256 == 2**22
    assert Batching.on_device(network) == Batching(64)
    monkeypatch.setattr(environment, "on_processor", lambda: False)
    for megabytes, size in ((0, 16), (2_000, 32), (8_000, 128), (16_384, 256), (141_000, 512)):
        monkeypatch.setattr(environment, "gpu_bytes", lambda known=megabytes: known * 2**20)
        assert Batching.on_device(network) == Batching(size, per_call=8)
