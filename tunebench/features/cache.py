"""The cache of frozen features."""

from pathlib import Path

from tunebench.array_cache import DEFAULT_LIMIT_BYTES, ArrayCache
from tunebench.user_cache import cache_folder


class FeatureCache(ArrayCache):
    """Features on disk, each with the time it took to compute.

    Args:
        folder: Default: ``features`` in the user's cache folder.
        limit_bytes: See :class:`ArrayCache`.
    """

    def __init__(self, folder: Path | None = None, *, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        super().__init__(cache_folder() / "features" if folder is None else folder, limit_bytes=limit_bytes)
