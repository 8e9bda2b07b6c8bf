"""Compare tunebench's searches with plain scripts after equal wall time: validation and test accuracy.

Each side searches one space for ``--seconds``, on the same images, with the same epochs and patience, in
float32 and on one processor core. tunebench's time includes its confirmations and one final training, which
is tested. A plain script (Keras Tuner's random search and Hyperband, Optuna's TPE with its median pruner)
tests the best model that it had found by then. Keras Tuner's random search goes on until all its trials are
finished: how soon does another side find a model as good as that? See ``equal_time.py``. ``--before`` names a
checkout of an earlier tunebench, which is compared, too.

    python benchmarks/tuners.py --data-dir DIR
    python benchmarks/tuners.py --dataset digits --train-size 300 --space cnn2
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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from equal_time import PLAIN, summary, table
from measuring import keep, machine

HERE = Path(__file__).parent
BEFORE = "tunebench before"
OURS = {
    "tunebench": (),
    "tunebench, no starting points": ("--no-starting-points",),
    BEFORE: (),
    "tunebench, bayesian": ("--tuner", "bayesian"),
    "tunebench, bayesian, no starting points": ("--tuner", "bayesian", "--no-starting-points"),
    "tunebench, hyperband": ("--tuner", "hyperband"),
    "tunebench, unpruned": ("--no-prune",),
    "tunebench, not confirmed": ("--confirm", "1"),
    "tunebench, no augmentation": ("--no-augment",),
    "tunebench, constant rate": ("--set", "schedule=constant"),
    "tunebench, refitted": ("--refit",),
}
SCRIPTS = {
    PLAIN: ("plain_space_search.py", "random"),
    "Keras Tuner, Hyperband": ("plain_space_search.py", "hyperband"),
    "Optuna, TPE, median pruner": ("optuna_space_search.py", "optuna"),
}
USUAL = ["tunebench", "tunebench, no starting points", *SCRIPTS]
# A search may end this much later than its budget; one that takes longer hangs.
TOLERANCE = 3
Figures = dict[str, Any]


@dataclass(frozen=True)
class Turn:
    """One search.

    Attributes:
        side: A name of ``OURS`` or ``SCRIPTS``.
        seed: Of the search and of the split of the images.
    """

    side: str
    seed: int


def main() -> None:
    """Measure, and write the results."""
    given = parsed()
    turns = [
        Turn(side, seed)
        for seed in range(given.first_seed, given.first_seed + given.seeds)
        for side in given.sides
    ]
    runs = earlier(given)
    cores = Cores(given.at_once)
    with (
        tempfile.TemporaryDirectory() as folder,
        concurrent.futures.ThreadPoolExecutor(given.at_once) as pool,
    ):
        submitted = {pool.submit(one_turn, turn, given, Path(folder), cores): turn for turn in turns}
        for ended in concurrent.futures.as_completed(submitted):
            turn = submitted[ended]
            runs.setdefault(turn.side, []).append({"seed": turn.seed, **ended.result()})
            # After each, because all of them take hours.
            write(runs, given)


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--dataset", default="cifar10")
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--mirror", choices=["auto", "yes", "no"], default="auto")
    parser.add_argument("--space", default="cnn3")
    parser.add_argument("--sides", nargs="+", choices=[*OURS, *SCRIPTS], default=USUAL)
    parser.add_argument("--before", type=Path, help=f"checkout of the earlier version, for '{BEFORE}'")
    parser.add_argument("--seconds", type=float, default=150.0)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=0, help="to add seeds to an earlier run")
    parser.add_argument("--earlier", type=Path, help="the JSON of an earlier run, whose results are included")
    parser.add_argument("--plain-trials", type=int, default=20, help="of Keras Tuner's random search")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--patience", type=int, default=5)
    parser.add_argument("--train-size", type=int, default=1500)
    parser.add_argument("--test-size", type=int, default=1000)
    parser.add_argument("--at-once", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--name", default="tuners", help="of the files in benchmarks/results")
    return parser.parse_args()


def earlier(given: argparse.Namespace) -> dict[str, list[Figures]]:
    """The results of an earlier run with the same settings."""
    if given.earlier is None:
        return {}
    figures: Figures = json.loads(given.earlier.read_text(encoding="utf-8"))
    for name in ("dataset", "space", "seconds", "plain_trials", "epochs", "patience", "train_size"):
        if figures["settings"][name] != str(getattr(given, name)):
            sys.exit(f"{given.earlier} has a different {name}: {figures['settings'][name]}.")
    if figures["machine"] != machine():
        sys.exit(f"{given.earlier} is from another machine or other versions: {figures['machine']}.")
    return {side: each["runs"] for side, each in figures["sides"].items()}


def write(runs: dict[str, list[Figures]], given: argparse.Namespace) -> None:
    """Write what was measured so far."""
    figures = {
        "settings": {name: str(value) for name, value in vars(given).items()},
        "machine": machine(),
        "sides": {side: {"runs": sorted(each, key=lambda run: run["seed"])} for side, each in runs.items()},
    }
    figures |= summary(runs, given.seconds)
    keep(given.name, figures, table(figures, given))


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


def one_turn(turn: Turn, given: argparse.Namespace, folder: Path, cores: Cores) -> Figures:
    """Run one search on one core and return its trials."""
    search = script if turn.side in SCRIPTS else tunebench
    with cores.one() as core:
        return search(turn, given, core, folder)


def tunebench(turn: Turn, given: argparse.Namespace, core: int, folder: Path) -> Figures:
    """One of tunebench's searches."""
    runs = folder / f"{turn.side}-{turn.seed}"
    options = {"--budget": f"{given.seconds}s", "--seeds": 1, "--precision": "float32", "--runs-dir": runs}
    command = ["-m", "tunebench", "search", given.space, *shared(turn, given), *flat(options)]
    started = time.perf_counter()
    run([*command, *OURS[turn.side]], turn, given, core, folder)
    wall = time.perf_counter() - started
    (ledger,) = runs.rglob("trials.jsonl")
    trials = [json.loads(line) for line in ledger.read_bytes().splitlines()]
    record = json.loads(ledger.with_name("run.json").read_bytes())
    return {
        "wall_seconds": wall,
        "trials": [
            {
                "score": trial["score"] or 0.0,
                # The search's clock begins after data are read; the command's time is what a user waits.
                "end": trial["elapsed_seconds"],
                "hyperparameters": trial["hyperparameters"],
                "accuracies": trial["history"].get("val_accuracy", []),
            }
            for trial in trials
        ],
        "winner": record["hyperparameters"],
        "test_accuracy": record["finals"][0]["test_accuracy"],
    }


def script(turn: Turn, given: argparse.Namespace, core: int, folder: Path) -> Figures:
    """One of the plain scripts."""
    name, tuner = SCRIPTS[turn.side]
    trials = given.plain_trials if turn.side == PLAIN else 10_000
    options: dict[str, object] = {"--tuner": tuner, "--space": given.space, "--trials": trials}
    if turn.side != PLAIN:
        options["--seconds"] = given.seconds
    command = [str(HERE / name), *shared(turn, given), *flat(options), "--started", str(time.time())]
    found: Figures = json.loads(run(command, turn, given, core, folder).splitlines()[-1])
    return found


def shared(turn: Turn, given: argparse.Namespace) -> list[str]:
    """The options that all sides have."""
    options = {
        "--dataset": given.dataset,
        # Earlier versions do not have it.
        **({} if turn.side == BEFORE and given.mirror == "auto" else {"--mirror": given.mirror}),
        "--train-size": given.train_size,
        "--test-size": given.test_size,
        "--epochs": given.epochs,
        "--patience": given.patience,
        "--seed": turn.seed,
    }
    return flat(options | ({"--data-dir": given.data_dir} if given.data_dir else {}))


def flat(options: dict[str, object]) -> list[str]:
    """Options as words of a command line."""
    return [str(part) for pair in options.items() for part in pair]


def run(command: Sequence[str], turn: Turn, given: argparse.Namespace, core: int, folder: Path) -> str:
    """Run Python on one core and return its output."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "TUNEBENCH_CACHE_DIR": str(folder / "cache")}
    if turn.side == BEFORE:
        environment["PYTHONPATH"] = str(given.before)
    done = subprocess.run(  # noqa: S603 (the benchmark's own command)
        ["taskset", "--cpu-list", str(core), sys.executable, *command],  # noqa: S607 (util-linux')
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=None if turn.side == PLAIN else TOLERANCE * given.seconds,
    )
    if done.returncode:
        sys.exit(f"{turn} failed: {done.stderr[-2000:]}")
    return done.stdout


if __name__ == "__main__":
    main()
