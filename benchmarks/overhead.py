"""The time of a trial outside its training: the proposal, building the model, the ledger, progress.

Runs a search in this process and subtracts the time of ``fit``, which includes validation and tracing, from
the time between the ends of two trials. For scale, the result is also given as a share of a 5-second trial.

    python benchmarks/overhead.py --data-dir DIR
"""

import argparse
import itertools
import os
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from measuring import keep, machine

import tunebench

HERE = Path(__file__).parent
LENGTH_SECONDS = 5.0


def main() -> None:
    """Measure, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--trials", type=int, default=12)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--train-size", type=int, default=2000)
    parser.add_argument("--tuners", nargs="+", default=["random", "bayesian"])
    given = parser.parse_args()
    sides = {tuner: one_search(tuner, given) for tuner in given.tuners}
    figures = {
        "settings": {name: str(value) for name, value in vars(given).items()},
        "machine": machine(),
        "sides": sides,
    }
    keep("overhead", figures, table(figures, given))


def one_search(tuner: Any, given: argparse.Namespace) -> dict[str, Any]:
    """The seconds of each trial after the first, in total and outside ``fit``."""
    in_fit = watch_fit()
    with tempfile.TemporaryDirectory() as folder:
        run = tunebench.search(
            str(HERE / "cnn_model.py"),
            data_dir=given.data_dir,
            train_size=given.train_size,
            test_size=100,
            tuner=tuner,
            trials=given.trials,
            epochs=given.epochs,
            hyperparameters={"batch_size": 128},
            prune=False,
            seeds=1,
            runs_dir=folder,
        )
        ends = run.trials["elapsed_seconds"]
    trials = [after - before for before, after in itertools.pairwise(ends)]
    outside = [trial - fit for trial, fit in zip(trials, in_fit[1 : given.trials], strict=True)]
    return {"trial_seconds": trials, "outside_fit_seconds": outside}


def watch_fit() -> list[float]:
    """Record the seconds of each call of ``fit`` from now on."""
    import keras  # noqa: PLC0415 (after tunebench's settings for it)

    seconds: list[float] = []
    fit = keras.Model.fit

    def timed(*arguments: Any, **settings: Any) -> Any:
        started = time.perf_counter()
        result = fit(*arguments, **settings)
        seconds.append(time.perf_counter() - started)
        return result

    keras.Model.fit = timed
    return seconds


def table(figures: dict[str, Any], given: argparse.Namespace) -> str:
    """The figures in Markdown."""
    here = figures["machine"]
    lines = []
    for tuner, side in figures["sides"].items():
        outside = median(side["outside_fit_seconds"])
        lines.append(
            f"| {tuner} | {median(side['trial_seconds']):.2f} s | {1000 * outside:.0f} ms "
            f"| {100 * outside / LENGTH_SECONDS:.1f} % |\n"
        )
    return (
        f"Overhead of a trial outside fit, cnn3's default architecture, {given.train_size:,} images, "
        f"{given.epochs} epochs; medians of {given.trials - 1} trials; {here['processor']}, {here['cores']} "
        "cores.\n\n"
        f"| | a trial | outside fit | share of a trial of {LENGTH_SECONDS:.0f} s |\n|---|---|---|---|\n"
        f"{''.join(lines)}"
    )


if __name__ == "__main__":
    main()
