"""The cache of frozen features."""

from tunebench.array_cache import ArrayCache


class FeatureCache(ArrayCache):
    """Features on disk, each with the time it took to compute."""

    NAME = "features"
