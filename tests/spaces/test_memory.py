"""The estimate of a model's size for large images, without building it."""

import keras_tuner
import pytest

from tunebench import spaces
from tunebench.spaces import memory


@pytest.mark.parametrize(("name", "side"), [("cnn1", 160), ("cnn2", 200), ("cnn3", 136)])
def test_the_estimate_is_near_the_real_number_of_weights(name: str, side: int) -> None:
    """Within a few percent, which pooling rounds."""
    space = spaces.find(name)
    found = memory.estimate(space, (side, side + 40, 3), 10)
    assert found is not None
    model = space.build(keras_tuner.HyperParameters(), (side, side + 40, 3), 10)
    assert found.weights == pytest.approx(model.count_params(), rel=0.1)
    assert found.memory_bytes > 16 * found.weights


def test_small_images_and_frozen_networks_need_no_estimate() -> None:
    """Small images fit anywhere, and a frozen network resizes images itself."""
    assert memory.estimate(spaces.find("cnn3"), (128, 128, 3), 10) is None
    assert memory.estimate(spaces.find("mobilenet_v2"), (512, 512, 3), 10) is None
