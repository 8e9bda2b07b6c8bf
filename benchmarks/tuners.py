"""Compare tunebench's tuners on cnn3 after equal wall time, and with a plain script.

Each tunebench search has a budget that is larger than it needs, runs for ``--seconds`` and is then killed;
its best validation accuracy so far counts. The plain side is Keras Tuner's random search over the same space,
with the same images and early stopping, until all its trials are finished. Its total time is compared with
the time after which tunebench has found a model of the same accuracy; see ``equal_time.py``. The plain script
trains at a constant learning rate, as such scripts do; "constant rate" is tunebench without its learning-rate
schedule.

Each process has its own processor core; ``--at-once`` of them run at the same time.

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
from typing import Any

from equal_time import PLAIN, summary, table
from measuring import keep, machine

HERE = Path(__file__).parent
# More time than any search here takes.
HOURS = ("--budget", "100h")
SIDES = {
    "random": ("--tuner", "random", "--no-prune", *HOURS),
    "random, pruned": ("--tuner", "random", *HOURS),
    "random, pruned, constant rate": ("--tuner", "random", "--set", "schedule=constant", *HOURS),
    "bayesian": ("--tuner", "bayesian", "--no-prune", *HOURS),
    "bayesian, pruned": ("--tuner", "bayesian", *HOURS),
    "hyperband": ("--tuner", "hyperband", *HOURS),
}
Figures = dict[str, Any]


@dataclass(frozen=True)
class Turn:
    """One search.

    Attributes:
        side: A name of ``SIDES``, or ``PLAIN``.
        seed: Of the search and of the split of the images.
    """

    side: str
    seed: int


def main() -> None:
    """Measure, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--space", default="cnn3")
    parser.add_argument("--sides", nargs="+", choices=SIDES, default=[*SIDES])
    parser.add_argument("--seconds", type=float, default=150.0)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=0, help="to add seeds to an earlier run")
    parser.add_argument("--earlier", type=Path, help="the JSON of an earlier run, whose results are included")
    parser.add_argument(
        "--plain-seeds", type=int, help="number of seeds of the plain side, which is slow; default: all"
    )
    parser.add_argument("--plain-trials", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--patience", type=int, default=5)
    parser.add_argument("--train-size", type=int, default=2000)
    parser.add_argument("--precision", default="auto", help="tunebench's; auto is measured once")
    parser.add_argument("--at-once", type=int, default=len(os.sched_getaffinity(0)))
    given = parser.parse_args()
    turns = [
        Turn(side, seed)
        for number, seed in enumerate(range(given.first_seed, given.first_seed + given.seeds))
        for side in (PLAIN, *given.sides)
        if side != PLAIN or number < (given.seeds if given.plain_seeds is None else given.plain_seeds)
    ]
    runs = earlier(given)
    cores = Cores(given.at_once)
    with tempfile.TemporaryDirectory() as folder:
        if given.precision == "auto":
            measure_precision(given, Path(folder))
        with concurrent.futures.ThreadPoolExecutor(given.at_once) as pool:
            submitted = {pool.submit(one_turn, turn, given, Path(folder), cores): turn for turn in turns}
            for ended in concurrent.futures.as_completed(submitted):
                turn = submitted[ended]
                runs.setdefault(turn.side, []).append({"seed": turn.seed, **ended.result()})
                # After each, because all of them take hours.
                write(runs, given)
    print(write(runs, given))


def earlier(given: argparse.Namespace) -> dict[str, list[Figures]]:
    """The results of an earlier run with the same settings."""
    if given.earlier is None:
        return {}
    figures: Figures = json.loads(given.earlier.read_text(encoding="utf-8"))
    for name in ("space", "seconds", "plain_trials", "epochs", "patience", "train_size", "precision"):
        if figures["settings"][name] != str(getattr(given, name)):
            sys.exit(f"{given.earlier} has a different {name}: {figures['settings'][name]}.")
    if figures["machine"] != machine():
        sys.exit(f"{given.earlier} is from another machine or other versions: {figures['machine']}.")
    return {side: each["runs"] for side, each in figures["sides"].items()}


def write(runs: dict[str, list[Figures]], given: argparse.Namespace) -> str:
    """Write what was measured so far, and return the table."""
    figures = {
        "settings": {name: str(value) for name, value in vars(given).items()},
        "machine": machine(),
        "sides": {side: {"runs": sorted(each, key=lambda run: run["seed"])} for side, each in runs.items()},
    }
    figures |= summary(runs, given.seconds)
    text = table(figures, given)
    keep("tuners", figures, text)
    return text


class Cores:
    """Gives each search its own processor core."""

    def __init__(self, number: int) -> None:
        self._free: queue.SimpleQueue[int] = queue.SimpleQueue()
        for core in sorted(os.sched_getaffinity(0))[:number]:
            self._free.put(core)

    @contextmanager
    def one(self) -> Iterator[int]:
        """A core, for the duration of the block."""
        core = self._free.get()
        try:
            yield core
        finally:
            self._free.put(core)


def measure_precision(given: argparse.Namespace, folder: Path) -> None:
    """Let `--precision auto` choose once, before other processes run."""
    command = [*tunebench(Turn("random", 0), given, folder / "measured"), "--trials", "1", "--seeds", "1"]
    subprocess.run(command, env=environment(folder), check=True, capture_output=True)  # noqa: S603 (the benchmark's own command)


def one_turn(turn: Turn, given: argparse.Namespace, folder: Path, cores: Cores) -> Figures:
    """Run one search on one core and return its trials."""
    with cores.one() as core:
        if turn.side == PLAIN:
            return plain(turn, given, core, folder)
        runs = folder / f"{turn.side}-{turn.seed}".replace(", ", "-")
        log = runs.with_suffix(".err")
        with log.open("w") as errors:
            process = subprocess.Popen(  # noqa: S603 (the benchmark's own command)
                ["taskset", "--cpu-list", str(core), *tunebench(turn, given, runs)],  # noqa: S607 (util-linux')
                env=environment(folder),
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
            try:
                if process.wait(given.seconds):
                    sys.exit(f"{turn} failed: {log.read_text()[-2000:]}")
            except subprocess.TimeoutExpired:
                # Finished trials are in its ledger.
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
    """The command of a search that runs until it is killed."""
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
    return [*command, *SIDES[turn.side]]


def environment(folder: Path) -> dict[str, str]:
    """Variables for a cache that all searches share, so that auto measures once."""
    return {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "TUNEBENCH_CACHE_DIR": str(folder / "cache")}


def plain(turn: Turn, given: argparse.Namespace, core: int, folder: Path) -> Figures:
    """Run the plain script."""
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
    printed: Figures = json.loads(output.splitlines()[-1])
    return {
        "wall_seconds": wall,
        # From the start of the command, as in tunebench's ledger.
        "ends": [wall - printed["ends"][-1] + end for end in printed["ends"]],
        "best": [*accumulate(printed["scores"], max)],
        "histories": printed["histories"],
        "hyperparameters": printed["hyperparameters"],
    }


if __name__ == "__main__":
    main()
