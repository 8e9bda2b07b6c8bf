"""How many images run through a frozen prefix at once."""

from typing import Any

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
    assert Batching.on_device(network) == Batching(64)
    for megabytes, size in ((1, 16), (2_000, 32), (8_000, 128), (16_384, 256), (141_000, 512)):
        monkeypatch.setattr(environment, "gpu_bytes", lambda known=megabytes: known * 2**20)
        assert Batching.on_device(network) == Batching(size, per_call=8)


class Doubling(keras.Model):
    """A model of a user's own class, which knows no outputs."""

    def call(self, inputs: Any) -> Any:
        """Double the inputs."""
        return 2 * inputs


def test_a_network_of_a_users_own_class_is_a_small_one() -> None:
    """Alone or as a layer: nothing is known of its activations."""
    images = keras.Input((8, 8, 3))
    assert largest_activation(Doubling()) == 4
    assert largest_activation(keras.Model(images, Doubling()(images))) == 4 * 8 * 8 * 3
