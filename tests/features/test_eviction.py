"""What leaves a full cache, and what must not."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.features.computation import ROWS, Computation
from tunebench.features import FeatureCache
from tunebench.files import replace_atomically, write_atomically


def test_least_recently_used_goes_first(tmp_path: Path) -> None:
    """The disk would fill, or the features of the running search would go."""
    cache = FeatureCache(tmp_path, limit_bytes=3 * (128 + ROWS.nbytes))
    for age, key in enumerate(["a", "b", "c"]):
        cache.get_or_compute(key, 6, Computation())
        os.utime(tmp_path / f"{key}.json", (1000 + age, 1000 + age))
    # Using it makes "a" the youngest.
    assert cache.get_or_compute("a", 6, Computation()).was_there
    cache.get_or_compute("d", 6, Computation())
    assert sorted(path.stem for path in tmp_path.glob("*.npy")) == ["a", "c", "d"]
    assert sorted(path.stem for path in tmp_path.glob("*.json")) == ["a", "c", "d"]
    assert cache.usage().size_bytes <= cache.limit_bytes
    assert cache.usage().num_arrays == 3


def test_newest_stays_even_above_the_limit(tmp_path: Path) -> None:
    """Training could not begin: its features would be gone as soon as they were there."""
    cache = FeatureCache(tmp_path, limit_bytes=1)
    cache.get_or_compute("a", 6, Computation())
    found = cache.get_or_compute("b", 6, Computation())
    assert np.array_equal(found.array, ROWS)
    assert [path.stem for path in tmp_path.glob("*.npy")] == ["b"]


@pytest.mark.parametrize("function", [replace_atomically, write_atomically], ids=["array", "entry"])
def test_evicted_by_another_process_as_soon_as_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: Callable[[Path, Any], None]
) -> None:
    """Two searches that share a full cache: each removes what the other has just computed."""
    evicted: list[Path] = []

    def write_then_evict(path: Path, content: Any) -> None:
        function(path, content)
        if not evicted:
            evicted.append(path)
            FeatureCache(tmp_path, limit_bytes=1).get_or_compute("other", 6, Computation())

    monkeypatch.setattr(f"tunebench.features.cache.{function.__name__}", write_then_evict)
    found = FeatureCache(tmp_path).get_or_compute("a", 6, Computation())
    assert evicted
    assert not FeatureCache(tmp_path).get_or_compute("a", 6, Computation()).was_there
    assert np.array_equal(found.array, ROWS)


def test_evicted_array_can_still_be_read(tmp_path: Path) -> None:
    """Another process may train on it."""
    cache = FeatureCache(tmp_path, limit_bytes=1)
    held = cache.get_or_compute("a", 6, Computation())
    cache.get_or_compute("b", 6, Computation())
    assert np.array_equal(held.array, ROWS)
