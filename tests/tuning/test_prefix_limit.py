"""The budget while frozen features are computed."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.small import TINY_SPACE
from tests.tuning.searches import SETTINGS, ledger, prepare, search
from tunebench.errors import OutOfTimeError
from tunebench.features import FeatureCache
from tunebench.tuning.budget import Budget
from tunebench.tuning.prefix_limit import PrefixLimit

WITH_PREFIX = TINY_SPACE + (
    "\n\ndef frozen_prefix(hp, input_shape):\n"
    "    return keras.Sequential([keras.Input(input_shape), layers.Rescaling(1.0)])\n"
)


class Clock:
    """Advances by some seconds at each reading."""

    def __init__(self, seconds: float) -> None:
        self.now = 0.0
        self.seconds = seconds

    def __call__(self) -> float:
        """The time now."""
        self.now += self.seconds
        return self.now


def test_features_that_fit_are_computed() -> None:
    """No pass is stopped if the features fit the budget; the slow first batch does not count."""
    clock = Clock(0.0)
    batches: list[tuple[int, int]] = []
    limit = PrefixLimit(Budget(100, 0, 1, 5, 0.25, now=clock), list, lambda *batch: batches.append(batch))
    for seconds, done in ((30, 64), (31, 128), (36, 512), (36, 64), (40, 512)):
        clock.now = seconds
        limit(done, 512)
    assert [done for done, _ in batches] == [64, 128, 512, 64, 512]


def test_features_that_do_not_fit_are_stopped_with_the_time_they_need() -> None:
    """If the features would exceed the budget, the error names the time they need."""
    clock = Clock(0.0)
    limit = PrefixLimit(Budget(120, 0, 2, 5, 0.25, now=clock), list)
    clock.now = 10
    limit(64, 64_000)
    clock.now = 12
    expected = r"features of 64,000 images takes about 33 min 20 s, .* of 2 min leaves\. Use a --budget"
    with pytest.raises(OutOfTimeError, match=expected):
        limit(128, 64_000)


def test_a_search_stops_if_its_features_take_too_long(tmp_path: Path) -> None:
    """The search raises the error, without a failed trial and without partial features in the cache."""
    preparation = prepare(tmp_path, WITH_PREFIX)
    preparation = replace(preparation, cache=FeatureCache(tmp_path / "cache"))
    settings = replace(SETTINGS, augment=False)
    with pytest.raises(OutOfTimeError, match="--train-size"):
        search(preparation, tmp_path / "run", settings, budget=Budget(20, 0, 2, 2, 0.5, now=Clock(4.0)))
    assert ledger(tmp_path / "run") == []
    assert not list((tmp_path / "cache").iterdir())
    assert preparation.on_batch is None
