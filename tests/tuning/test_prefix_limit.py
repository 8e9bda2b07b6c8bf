"""The budget while features are computed."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.small import TINY_SPACE
from tests.tuning.searches import SETTINGS, ledger, prepare
from tunebench.errors import OutOfTimeError
from tunebench.features import FeatureCache
from tunebench.progress import SilentProgress
from tunebench.tuning.budget import Budget
from tunebench.tuning.prefix_limit import PrefixLimit
from tunebench.tuning.tune import tune

WITH_PREFIX = TINY_SPACE + (
    "\n\ndef frozen_prefix(hp, input_shape):\n"
    "    return keras.Sequential([keras.Input(input_shape), layers.Rescaling(1.0)])\n"
)


class Clock:
    """Goes on by some seconds whenever it is asked."""

    def __init__(self, seconds: float) -> None:
        self.now = 0.0
        self.seconds = seconds

    def __call__(self) -> float:
        """The time now."""
        self.now += self.seconds
        return self.now


def test_features_that_fit_are_computed() -> None:
    """The first batch, which is traced, would stop every prefix."""
    clock = Clock(0.0)
    told: list[tuple[int, int]] = []
    limit = PrefixLimit(Budget(100, 0, 1, 5, 0.25, clock), list, lambda *batch: told.append(batch))
    for seconds, done in ((30, 64), (31, 128), (36, 512), (36, 64), (40, 512)):
        clock.now = seconds
        limit(done, 512)
    assert [done for done, _ in told] == [64, 128, 512, 64, 512]


def test_features_that_do_not_fit_are_stopped_with_the_time_they_need() -> None:
    """A search of two minutes would compute features for an hour."""
    clock = Clock(0.0)
    limit = PrefixLimit(Budget(120, 0, 2, 5, 0.25, clock), list)
    clock.now = 10
    limit(64, 64_000)
    clock.now = 12
    expected = r"features of 64,000 images takes about 33 min 20 s, .* of 2 min leaves\. Use a --budget"
    with pytest.raises(OutOfTimeError, match=expected):
        limit(128, 64_000)


def test_a_search_whose_features_take_too_long_ends_in_one_line(tmp_path: Path) -> None:
    """Nothing half computed may stay, and no trial be blamed for it."""
    preparation = prepare(tmp_path, WITH_PREFIX)
    preparation = replace(preparation, cache=FeatureCache(tmp_path / "cache"))
    folder = tmp_path / "run"
    folder.mkdir()
    settings = replace(SETTINGS, augment=False)
    with pytest.raises(OutOfTimeError, match="--train-size"):
        tune(preparation, settings, folder, {}, SilentProgress(), 0.0, Budget(20, 0, 2, 2, 0.5, Clock(4.0)))
    assert ledger(folder) == []
    assert not list((tmp_path / "cache").iterdir())
    assert preparation.on_batch is None
