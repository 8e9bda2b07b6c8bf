"""Compare the Bayesian oracle with Keras Tuner's own and with random search, on a synthetic accuracy.

The synthetic accuracy is a smooth function of the hyperparameters of cnn3 plus noise, as between two
trainings of one model. For each tuner: how far the best of 20, 40 and 80 trials stays below the maximum (mean
over the seeds, in points of accuracy), and the time of a proposal.

    python benchmarks/bayesian.py --seeds 5
"""

import argparse
import json
import tempfile
import time
from pathlib import Path
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

import keras_tuner
import numpy as np

from tunebench.tuning import oracles

if TYPE_CHECKING:
    from collections.abc import Callable

LOOKS = (20, 40, 80)
NOISE = 0.01


def space() -> Any:
    """A smaller version of what cnn3 tunes."""
    hp = keras_tuner.HyperParameters()
    hp.Float("learning_rate", 1e-4, 1e-2, sampling="log", default=1e-3)
    hp.Float("dropout_1", 0.0, 0.6, step=0.1, default=0.2)
    hp.Float("dropout_2", 0.0, 0.6, step=0.1, default=0.5)
    hp.Float("l2", 1e-6, 1e-2, sampling="log", default=1e-4)
    hp.Choice("filters_1", [16, 32, 48, 64], default=32)
    hp.Choice("filters_2", [32, 64, 96, 128], default=64)
    hp.Choice("units", [64, 128, 256], default=128)
    hp.Choice("optimizer", ["adam", "rmsprop", "sgd"], default="adam")
    hp.Choice("batch_size", [32, 64, 128], default=32)
    hp.Boolean("batch_norm")
    return hp


def accuracy(values: Any) -> float:
    """The synthetic accuracy, at most 0.7; the best learning rate depends on the optimizer and the batch."""
    best_rate = {"adam": -3.0, "rmsprop": -3.4, "sgd": -2.0}[values["optimizer"]]
    best_rate += 0.3 * np.log2(values["batch_size"] / 32) + (0.3 if values["batch_norm"] else 0)
    loss = 0.06 * (np.log10(values["learning_rate"]) - best_rate) ** 2
    loss += 0.15 * (values["dropout_1"] - 0.2) ** 2 + 0.15 * (values["dropout_2"] - 0.4) ** 2
    loss += 0.005 * (np.log10(values["l2"]) + 4) ** 2
    loss += 0.02 * abs(np.log2(values["filters_1"] / 48)) + 0.02 * abs(np.log2(values["filters_2"] / 96))
    loss += 0.01 * abs(np.log2(values["units"] / 128)) + (0 if values["batch_norm"] else 0.02)
    return float(max(0.1, 0.7 - loss))


def simulate(oracle: Any, seed: int) -> dict[str, Any]:
    """Run one search of ``max(LOOKS)`` trials."""
    noise = np.random.default_rng(seed)
    reached: list[float] = []
    seconds: list[float] = []
    points = set()
    for number in range(max(LOOKS)):
        started = time.process_time()
        trial = oracle.create_trial(f"worker-{number}")
        seconds.append(time.process_time() - started)
        if trial.status != "RUNNING":
            break
        values = trial.hyperparameters.values
        points.add(json.dumps(values, sort_keys=True))
        reached.append(accuracy(values))
        oracle.update_trial(trial.trial_id, {oracles.SCORE: reached[-1] + noise.normal(0, NOISE)})
        trial.status = "COMPLETED"
        oracle.end_trial(trial)
    return {
        "regret": [100 * (0.7 - max(reached[:look])) for look in LOOKS],
        "seconds": median(seconds[-20:]),
        "repeated": len(reached) - len(points),
    }


def stock(seed: int, folder: Path) -> Any:
    """Keras Tuner's own oracle with its own settings."""
    oracle: Any = keras_tuner.oracles.BayesianOptimizationOracle(
        objective=keras_tuner.Objective(oracles.SCORE, "max"),
        max_trials=max(LOOKS) + 1,
        hyperparameters=space(),
        seed=seed,
    )
    oracle.verbose = 0
    oracle._set_project_dir(str(folder), "stock")  # noqa: SLF001 (as its own tuner does)
    return oracle


def main() -> None:
    """Run all searches and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument(
        "--without-stock",
        action="store_true",
        help="leave out Keras Tuner's, which takes a minute or more per seed",
    )
    given = parser.parse_args()
    tuners: dict[str, Callable[[int, Path], Any]] = {
        "random": lambda seed, _: oracles.make("random", space(), 4, seed),
        "bayesian": lambda seed, _: oracles.make("bayesian", space(), 4, seed),
    }
    if not given.without_stock:
        tuners["Keras Tuner's bayesian"] = stock
    print(f"| tuner | below the maximum after {LOOKS} trials | a proposal | points tried twice |")
    print("|---|---|---|---|")
    for name, propose in tuners.items():
        searches = []
        # Far apart: Keras Tuner increments its seed, so seeds 1 and 2 give nearly the same points.
        for seed in range(1000, 1000 * (given.seeds + 1), 1000):
            with tempfile.TemporaryDirectory() as folder:
                searches.append(simulate(propose(seed, Path(folder) / "tuner"), seed))
        regrets = [fmean(search["regret"][look] for search in searches) for look in range(len(LOOKS))]
        print(
            f"| {name} | {' / '.join(f'{regret:.1f}' for regret in regrets)} points "
            f"| {median(search['seconds'] for search in searches):.3f} s "
            f"| {max(search['repeated'] for search in searches)} |"
        )


if __name__ == "__main__":
    main()
