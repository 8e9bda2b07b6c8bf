"""Which tuner is worth its time: tunebench's on cnn3 for equal wall time, beside a plain script.

Each tunebench search has a budget that is larger than it needs, runs for ``--seconds`` and is then killed;
its best validation accuracy so far is what counts. The plain side is Keras Tuner's random search over the
same space, the same images and early stopping, to the end of its trials: the time after which tunebench has
found as good a model as the plain search does in all (the median of its best) is compared with the plain
search's whole time.

Each process has one processor core to itself, and as many run at once as ``--at-once`` says.

    python benchmarks/tuners.py --data-dir DIR
"""

import argparse
import concurrent.futures
import json
import os
import queue
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from statistics import fmean, median, stdev
from typing import Any

from measuring import keep, machine

HERE = Path(__file__).parent
PLAIN = "Keras Tuner, random"
SIDES = {
    "random": ("--tuner", "random", "--no-prune"),
    "random, pruned": ("--tuner", "random"),
    "bayesian": ("--tuner", "bayesian", "--no-prune"),
    "bayesian, pruned": ("--tuner", "bayesian"),
    "hyperband": ("--tuner", "hyperband"),
}
Figures = dict[str, Any]


@dataclass(frozen=True)
class Turn:
    """One search.

    Attributes:
        side: A name of ``SIDES``, or ``PLAIN``.
        seed: Of the search and its division of the images.
    """

    side: str
    seed: int


def main() -> None:
    """Measure, and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--space", default="cnn3")
    parser.add_argument("--sides", nargs="+", choices=SIDES, default=[*SIDES])
    parser.add_argument("--seconds", type=float, default=150.0)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=0, help="to add seeds to an earlier run's")
    parser.add_argument("--plain-seeds", type=int, help="fewer of the slow plain side; default: as many")
    parser.add_argument("--plain-trials", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--patience", type=int, default=5)
    parser.add_argument("--train-size", type=int, default=2000)
    parser.add_argument("--precision", default="auto", help="tunebench's; measured once where it is auto")
    parser.add_argument("--at-once", type=int, default=len(os.sched_getaffinity(0)))
    given = parser.parse_args()
    turns = [
        Turn(side, seed)
        for number, seed in enumerate(range(given.first_seed, given.first_seed + given.seeds))
        for side in (PLAIN, *given.sides)
        if side != PLAIN or number < (given.seeds if given.plain_seeds is None else given.plain_seeds)
    ]
    runs: dict[str, list[Figures]] = {side: [] for side in (PLAIN, *given.sides)}
    cores = Cores(given.at_once)
    with tempfile.TemporaryDirectory() as folder:
        if given.precision == "auto":
            measure_precision(given, Path(folder))
        with concurrent.futures.ThreadPoolExecutor(given.at_once) as pool:
            begun = {pool.submit(one_turn, turn, given, Path(folder), cores): turn for turn in turns}
            for ended in concurrent.futures.as_completed(begun):
                turn, figures = begun[ended], ended.result()
                runs[turn.side].append({"seed": turn.seed, **figures})
                print(json.dumps({"side": turn.side, "seed": turn.seed, **figures}), file=sys.stderr)
    figures = {
        "settings": {name: str(value) for name, value in vars(given).items()},
        "machine": machine(),
        "sides": {side: {"runs": each} for side, each in runs.items()},
    }
    figures |= summary(runs, given.seconds)
    keep("tuners", figures, table(figures, given))


class Cores:
    """Lends each search a processor core of its own."""

    def __init__(self, number: int) -> None:
        self._free: queue.SimpleQueue[int] = queue.SimpleQueue()
        for core in sorted(os.sched_getaffinity(0))[:number]:
            self._free.put(core)

    @contextmanager
    def one(self) -> Iterator[int]:
        """A core, for the time of the block."""
        core = self._free.get()
        try:
            yield core
        finally:
            self._free.put(core)


def measure_precision(given: argparse.Namespace, folder: Path) -> None:
    """Let auto choose once, with the machine to itself, as it would have long before on a user's machine."""
    command = [*tunebench(Turn("random", 0), given, folder / "measured"), "--trials", "1", "--seeds", "1"]
    subprocess.run(command, env=environment(folder), check=True, capture_output=True)  # noqa: S603 (our own)


def one_turn(turn: Turn, given: argparse.Namespace, folder: Path, cores: Cores) -> Figures:
    """Run one search on one core; what it had found by when."""
    with cores.one() as core:
        if turn.side == PLAIN:
            return plain(turn, given, core, folder)
        runs = folder / f"{turn.side}-{turn.seed}".replace(", ", "-")
        complaints = runs.with_suffix(".err")
        with complaints.open("w") as errors:
            process = subprocess.Popen(  # noqa: S603 (the benchmark's own command)
                ["taskset", "--cpu-list", str(core), *tunebench(turn, given, runs)],  # noqa: S607 (util-linux')
                env=environment(folder),
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
            try:
                if process.wait(given.seconds):
                    sys.exit(f"{turn} failed: {complaints.read_text()[-2000:]}")
            except subprocess.TimeoutExpired:
                # What it had finished stands in its ledger.
                process.kill()
                process.wait()
    ledgers = [*runs.rglob("trials.jsonl")]
    trials = [json.loads(line) for ledger in ledgers for line in ledger.read_bytes().splitlines()]
    ends = [trial["elapsed_seconds"] for trial in trials]
    return {
        "ends": ends,
        "best": [*accumulate((trial["score"] or 0.0 for trial in trials), max)],
        "histories": [trial["history"].get("val_accuracy", []) for trial in trials],
        "hyperparameters": [trial["hyperparameters"] for trial in trials],
    }


def tunebench(turn: Turn, given: argparse.Namespace, runs: Path) -> list[str]:
    """The command of a search that goes on until it is killed."""
    settings = {
        "--data-dir": given.data_dir,
        "--train-size": given.train_size,
        "--test-size": 100,
        "--epochs": given.epochs,
        "--patience": given.patience,
        "--precision": given.precision,
        "--seed": turn.seed,
        "--runs-dir": runs,
    }
    flat = [str(part) for pair in settings.items() for part in pair]
    command = [sys.executable, "-m", "tunebench", "search", given.space, "--no-augment", *flat]
    # Time is what ends it, as it may tell: with so much of it that nothing is held back for final trainings.
    return [*command, *SIDES[turn.side], "--budget", "100h"]


def environment(folder: Path) -> dict[str, str]:
    """A cache that all searches share: auto measures once."""
    return {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "TUNEBENCH_CACHE_DIR": str(folder / "cache")}


def plain(turn: Turn, given: argparse.Namespace, core: int, folder: Path) -> Figures:
    """The plain script, to its end."""
    settings = {
        "--data-dir": given.data_dir,
        "--space": given.space,
        "--trials": given.plain_trials,
        "--epochs": given.epochs,
        "--patience": given.patience,
        "--train-size": given.train_size,
        "--seed": turn.seed,
    }
    flat = [str(part) for pair in settings.items() for part in pair]
    command = [sys.executable, str(HERE / "plain_space_search.py"), *flat]
    started = time.perf_counter()
    output = subprocess.run(  # noqa: S603 (the benchmark's own command)
        ["taskset", "--cpu-list", str(core), *command],  # noqa: S607 (util-linux')
        env=environment(folder),
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    wall = time.perf_counter() - started
    said: Figures = json.loads(output.splitlines()[-1])
    return {
        "wall_seconds": wall,
        # From the command's start, as tunebench counts.
        "ends": [wall - said["ends"][-1] + end for end in said["ends"]],
        "best": [*accumulate(said["scores"], max)],
        "histories": said["histories"],
        "hyperparameters": said["hyperparameters"],
    }


def best_by(run: Figures, seconds: float) -> float:
    """The best accuracy that a run had found by then."""
    return max(
        (best for end, best in zip(run["ends"], run["best"], strict=True) if end <= seconds), default=0.0
    )


def seconds_to(run: Figures, accuracy: float) -> float | None:
    """When a run had found a model as good as that; ``None``: not in its time."""
    return next((end for end, best in zip(run["ends"], run["best"], strict=True) if best >= accuracy), None)


def summary(runs: dict[str, list[Figures]], seconds: float) -> Figures:
    """Each side's accuracy for the same time, and its time to the plain side's accuracy."""
    plain_runs = runs[PLAIN]
    target = median(run["best"][-1] for run in plain_runs) if plain_runs else None
    whole = median(run["wall_seconds"] for run in plain_runs) if plain_runs else None
    found: Figures = {"target": target, "plain_seconds": whole, "rows": {}}
    for side, each in runs.items():
        accuracies = [best_by(run, seconds) for run in each]
        times = [] if target is None else [seconds_to(run, target) for run in each]
        # A run that did not reach it counts as one that took longer than all others.
        reached = sorted(time_taken if time_taken is not None else float("inf") for time_taken in times)
        found["rows"][side] = {
            "accuracy": fmean(accuracies) if each else None,
            "sd": stdev(accuracies) if len(each) > 1 else None,
            "trials": median(sum(end <= seconds for end in run["ends"]) for run in each) if each else None,
            "reached": sum(time_taken is not None for time_taken in times),
            "seconds_to_target": median(reached) if reached else None,
        }
    return found


def table(figures: Figures, given: argparse.Namespace) -> str:
    """The figures in Markdown."""
    here, target, whole = figures["machine"], figures["target"], figures["plain_seconds"]
    lines = []
    for side, row in figures["rows"].items():
        if row["accuracy"] is None:
            continue
        sd = "" if row["sd"] is None else f" ± {100 * row['sd']:.1f}"
        took = row["seconds_to_target"]
        number = len(figures["sides"][side]["runs"])
        taken = "" if took is None else ("not in time" if took == float("inf") else f"{took:.0f} s")
        share = "" if took is None or took == float("inf") else f"{took / whole:.2f}"
        lines.append(
            f"| {side} | {100 * row['accuracy']:.1f}{sd} | {row['trials']:.0f} "
            f"| {taken} ({row['reached']} of {number}) | {share} |\n"
        )
    goal = "" if target is None else f"{100 * target:.1f} %"
    return (
        f"{given.space}, {given.train_size:,} CIFAR-10 images, {given.epochs} epochs, patience "
        f"{given.patience}, tunebench's precision {given.precision}; {given.seeds} seeds; one core each of "
        f"{here['processor']}. Accuracy: the best validation accuracy in % after {given.seconds:.0f} s, mean "
        f"± sd. Target: {goal}, what {given.plain_trials} trials of the plain search find in "
        f"{whole or 0:.0f} s (medians); times to it are medians.\n\n"
        "| | accuracy | trials | time to the target | of the plain search's |\n|---|---|---|---|---|\n"
        f"{''.join(lines)}"
    )


if __name__ == "__main__":
    main()
