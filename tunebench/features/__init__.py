"""Frozen prefixes: compute their output once per image, keep it, and join prefix and trained part again.

The frozen front part of a model gives the same output for an image in every epoch of every trial. A search
therefore runs it once, over any Keras model that takes raw images, and trains what follows on the result.
"""

from tunebench.features.cache import DEFAULT_LIMIT_BYTES, CacheUsage, FeatureCache
from tunebench.features.extraction import Features, Inference, features
from tunebench.features.joining import bare, join
from tunebench.features.prefix_key import fingerprint

__all__ = [
    "DEFAULT_LIMIT_BYTES",
    "CacheUsage",
    "FeatureCache",
    "Features",
    "Inference",
    "bare",
    "features",
    "fingerprint",
    "join",
]
