"""Frozen prefixes: compute their output once per image, cache it, and join prefix and trained part again.

The frozen front part of a model gives the same output for an image in every epoch of every trial. A search
therefore runs it once and trains the rest of the model on the result.
"""

from tunebench.features.cache import FeatureCache
from tunebench.features.extraction import Inference, features
from tunebench.features.joining import bare, join
from tunebench.features.prefix_key import fingerprint

__all__ = [
    "FeatureCache",
    "Inference",
    "bare",
    "features",
    "fingerprint",
    "join",
]
