"""Synthetic runs of any number of trials, as the tests write them."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

# The tests' package is beside this folder, which is where a script's path begins.
sys.path.append(str(Path(__file__).resolve().parents[1]))

from tests.synthetic_runs import FOUR, write_run


def simulated_runs(runs_dir: Path, trials: Sequence[int]) -> list[Path]:
    """Write up to four runs, each with its number of trials."""
    models = [replace(model, trials=number) for model, number in zip(FOUR, trials, strict=False)]
    return [write_run(runs_dir / model.name, model) for model in models]
