"""keras_tuner.applications.HyperEfficientNet with random weights, because tests download none."""

import functools

from keras.src.applications.efficientnet import DEFAULT_BLOCKS_ARGS, EfficientNet
from keras_tuner.applications import HyperEfficientNet
from keras_tuner.src.applications import efficientnet


class RandomEfficientNet(HyperEfficientNet):
    """A version smaller than the smallest, for 32×32 pixels: the first two of seven groups of blocks."""

    def build(self, hp):
        """Build with random weights."""
        blocks = DEFAULT_BLOCKS_ARGS[:2]
        small = functools.partial(EfficientNet, 0.25, 0.25, 32, blocks_args=blocks, weights=None)
        before = efficientnet.EFFICIENTNET_MODELS["B0"], efficientnet.EFFICIENTNET_IMG_SIZE["B0"]
        efficientnet.EFFICIENTNET_MODELS["B0"], efficientnet.EFFICIENTNET_IMG_SIZE["B0"] = small, 32
        try:
            return super().build(hp)
        finally:
            efficientnet.EFFICIENTNET_MODELS["B0"], efficientnet.EFFICIENTNET_IMG_SIZE["B0"] = before
