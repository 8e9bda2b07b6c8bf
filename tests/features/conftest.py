"""Fixtures of the tests of features."""

from pathlib import Path

import pytest

from tunebench.features import FeatureCache


@pytest.fixture
def cache(tmp_path: Path) -> FeatureCache:
    """An empty cache."""
    return FeatureCache(tmp_path / "features")
