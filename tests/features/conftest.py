"""An empty cache for every test of this folder that asks for one."""

from pathlib import Path

import pytest

from tunebench.features import FeatureCache


@pytest.fixture
def cache(tmp_path: Path) -> FeatureCache:
    """An empty cache."""
    return FeatureCache(tmp_path / "features")
