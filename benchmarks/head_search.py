"""Search for the head of a transfer model: compare tunebench with a plain Keras Tuner script.

Both tune the same head on the same frozen MobileNetV2 at 224 pixels, with the same images, trials and epochs,
each in its own process, in turns. tunebench's time is that of the complete command: computing the frozen
features, the trials, and one final training that is tested and saved, which the plain script leaves out.

    python benchmarks/head_search.py --data-dir DIR --backbone no_top.weights.h5 --plain-trials 1

The plain script takes an hour or more for all trials on two cores; ``--plain-trials`` runs fewer of them and
extrapolates, because its trials take equal time: start-up + trials × the median trial.
"""

import argparse
import itertools
import json
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from measuring import keep, machine, measured

HERE = Path(__file__).parent
MANY = 50


def main() -> None:
    """Measure, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--backbone", type=Path, required=True)
    parser.add_argument("--trials", type=int, default=12)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--train-size", type=int, default=4000)
    parser.add_argument("--plain-trials", type=int, help="how many the plain script runs; default: all")
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    pairs = [(tunebench(given), plain(given)) for _ in range(given.repeats)]
    figures = {
        "settings": {name: str(value) for name, value in vars(given).items()},
        "machine": machine(),
        "tunebench": [ours for ours, _ in pairs],
        "plain": [theirs for _, theirs in pairs],
        **ratios(pairs, given.trials),
    }
    keep("head_search", figures, table(figures, given))


def tunebench(given: argparse.Namespace) -> dict[str, Any]:
    """Run the complete command with an empty cache."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = {
            "--data-dir": given.data_dir,
            "--train-size": given.train_size,
            # The final training is tested, which the plain script leaves out.
            "--test-size": 100,
            "--backbone": given.backbone,
            "--tuner": "random",
            "--trials": given.trials,
            "--epochs": given.epochs,
            "--patience": given.epochs,
            "--seeds": 1,
            "--runs-dir": Path(folder) / "runs",
        }
        flat = [str(part) for pair in arguments.items() for part in pair]
        space = str(HERE / "mobilenet_head.py")
        command = [sys.executable, "-m", "tunebench", "search", space, "--no-augment", *flat]
        took = measured(command, {"TUNEBENCH_CACHE_DIR": str(Path(folder) / "cache")})
        (ledger,) = Path(folder).rglob("trials.jsonl")
        trials = [json.loads(line) for line in ledger.read_text(encoding="utf-8").splitlines()]
    ends = [trial["elapsed_seconds"] for trial in trials]
    return {
        "wall_seconds": took.wall_seconds,
        "peak_bytes": took.peak_bytes,
        "best_validation_accuracy": max(trial["score"] for trial in trials),
        # From the second on, because the first one's includes the features.
        "trial_seconds": [end - before for before, end in itertools.pairwise(ends)],
    }


def plain(given: argparse.Namespace) -> dict[str, Any]:
    """Run the plain script for ``--plain-trials`` trials, and extrapolate."""
    trials = given.plain_trials or given.trials
    arguments = {
        "--data-dir": given.data_dir,
        "--backbone": given.backbone,
        "--trials": trials,
        "--epochs": given.epochs,
        "--train-size": given.train_size,
    }
    flat = [str(part) for pair in arguments.items() for part in pair]
    took = measured([sys.executable, HERE / "plain_head_search.py", *flat])
    printed = json.loads(took.output.splitlines()[-1])
    start_up = took.wall_seconds - sum(printed["trial_seconds"])
    wall = start_up + given.trials * median(printed["trial_seconds"])
    return {
        "measured_trials": trials,
        "measured_seconds": took.wall_seconds,
        "wall_seconds": took.wall_seconds if trials == given.trials else wall,
        "peak_bytes": took.peak_bytes,
        "start_up_seconds": start_up,
        **printed,
    }


def ratios(pairs: list[tuple[dict[str, Any], dict[str, Any]]], trials: int) -> dict[str, Any]:
    """How many times longer the plain script takes, for these trials and for many."""
    ours, theirs = [one for one, _ in pairs], [other for _, other in pairs]
    our_trial = median(seconds for one in ours for seconds in one["trial_seconds"])
    their_trial = median(seconds for one in theirs for seconds in one["trial_seconds"])
    our_rest = median(one["wall_seconds"] for one in ours) - trials * our_trial
    their_rest = median(one["start_up_seconds"] for one in theirs)
    plain_formula, formula = (
        f"{their_rest:.0f} + n × {their_trial:.1f}",
        f"{our_rest:.0f} + n × {our_trial:.2f}",
    )
    return {
        "ratio": median(other["wall_seconds"] / one["wall_seconds"] for one, other in pairs),
        "ratio_of_many": (their_rest + MANY * their_trial) / (our_rest + MANY * our_trial),
        "formula": f"({plain_formula}) / ({formula}) seconds",
    }


def table(figures: dict[str, Any], given: argparse.Namespace) -> str:
    """The figures in Markdown."""
    ours = median(one["wall_seconds"] for one in figures["tunebench"])
    theirs = median(one["wall_seconds"] for one in figures["plain"])
    ran = figures["plain"][0]["measured_trials"]
    note = "" if ran == given.trials else f" (extrapolated from {ran} of {given.trials} trials)"
    here = figures["machine"]
    return (
        f"Head search, {given.trials} trials × {given.epochs} epochs, {given.train_size:,} images at 224 "
        f"pixels; median of {given.repeats}; {here['processor']}, {here['cores']} cores.\n\n"
        "| | wall time | ratio |\n|---|---|---|\n"
        f"| tunebench search | {ours:.0f} s | 1 |\n"
        f"| plain Keras Tuner{note} | {theirs:,.0f} s | {figures['ratio']:.0f} |\n\n"
        f"For n trials: {figures['formula']}; at n = {MANY}: {figures['ratio_of_many']:.0f}.\n"
    )


if __name__ == "__main__":
    main()
