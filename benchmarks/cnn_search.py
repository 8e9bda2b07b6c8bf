"""Search for a CNN on CIFAR-10: compare tunebench with what a user would write without it.

All sides tune cnn3's default architecture (cnn_model.py) by random search with early stopping, on the same
images, with the same number of trials and epochs, then train the winner again and test it. Each side runs in
its own process, in turns. The plain sides are Keras Tuner with Keras' augmentation layers in the model, at
batch 32 and at tunebench's batch, and Optuna with its Keras integration. By default patience is as long as a
training, so that only pruning stops a training early.

    python benchmarks/cnn_search.py --data-dir DIR
    python benchmarks/cnn_search.py --data-dir DIR --train-size 2000 --trials 3 --epochs 4 --repeats 1
"""

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import fmean, median, stdev
from typing import Any

from measuring import keep, machine, measured

HERE = Path(__file__).parent
OURS = "tunebench"
USUAL_BATCH = 32
Figures = dict[str, Any]
Run = Callable[[], Figures]


def main() -> None:
    """Measure, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--dataset", default="cifar10")
    parser.add_argument("--data-dir", type=Path, help="default: the user's cache, downloaded if need be")
    parser.add_argument("--trials", type=int, default=8)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--patience", type=int, help="default: as many as the epochs")
    parser.add_argument("--batch-size", type=int, default=128, help="tunebench's; 16, 32, 64, 128 or 256")
    parser.add_argument("--train-size", type=int, default=4000)
    parser.add_argument("--test-size", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=3, help="each with another seed")
    parser.add_argument(
        "--without", nargs="+", default=[], metavar="PATTERN", help="leave out sides whose name matches"
    )
    given = parser.parse_args()
    given.patience = given.patience or given.epochs
    runs: dict[str, list[Figures]] = {}
    for repeat in range(given.repeats):
        for name, figures in one_turn(given, seed=1000 * (repeat + 1)).items():
            runs.setdefault(name, []).append(figures)
    packages = ("optuna", "optuna-integration")
    figures = {
        "settings": {name: str(value) for name, value in vars(given).items()},
        # If Optuna is left out, it need not be installed.
        "machine": machine(*(packages if any("Optuna" in name for name in runs) else ())),
        "sides": {name: {"runs": each, **summary(each, runs, given)} for name, each in runs.items()},
        "floor": floor(given),
    }
    keep("cnn_search", figures, table(figures, given))


def one_turn(given: argparse.Namespace, seed: int) -> dict[str, Figures]:
    """Run every side once."""
    batch = given.batch_size
    sides: dict[str, Run] = {
        OURS: lambda: tunebench(given, seed, "float32", "--no-prune"),
        f"{OURS} --precision auto": lambda: tunebench(given, seed, "auto", "--no-prune"),
        f"{OURS} --precision auto, pruned": lambda: tunebench(given, seed, "auto"),
        keras_tuner_at(USUAL_BATCH): lambda: plain("plain_cnn_search.py", given, seed, USUAL_BATCH),
        keras_tuner_at(batch): lambda: plain("plain_cnn_search.py", given, seed, batch),
        f"Optuna, batch {batch}": lambda: plain("optuna_cnn_search.py", given, seed, batch),
    }
    return {
        name: run() for name, run in sides.items() if not any(re.search(part, name) for part in given.without)
    }


def keras_tuner_at(batch: int) -> str:
    """The name of a plain side."""
    return f"Keras Tuner, batch {batch}"


def plain_batches(sides: Mapping[str, Any], given: argparse.Namespace) -> list[int]:
    """The batch sizes of the plain sides that ran, tunebench's first."""
    batches = sorted({given.batch_size, USUAL_BATCH}, key=lambda batch: batch == USUAL_BATCH)
    return [batch for batch in batches if keras_tuner_at(batch) in sides]


def shared_arguments(given: argparse.Namespace, seed: int) -> list[str]:
    """The arguments of every side."""
    names = ("dataset", "trials", "epochs", "patience", "train_size", "test_size")
    flat = [part for name in names for part in (f"--{name.replace('_', '-')}", str(getattr(given, name)))]
    where = [] if given.data_dir is None else ["--data-dir", str(given.data_dir)]
    return [*flat, *where, "--seed", str(seed)]


def tunebench(given: argparse.Namespace, seed: int, precision: str, *others: str) -> Figures:
    """Run the complete command with an empty cache, so that `--precision auto` measures first."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tunebench", "search", str(HERE / "cnn_model.py")]
        command += [*shared_arguments(given, seed), *others]
        command += ["--tuner", "random", "--seeds", "1", "--runs-dir", folder, "--precision", precision]
        command += ["--set", f"batch_size={given.batch_size}", "--set", "augmentation=0.5", "--json"]
        took = measured(command, {"TUNEBENCH_CACHE_DIR": str(Path(folder) / "cache")})
        (ledger,) = Path(folder).rglob("trials.jsonl")
        trials = [json.loads(line) for line in ledger.read_text(encoding="utf-8").splitlines()]
        record = json.loads(took.output)
    return {
        "wall_seconds": took.wall_seconds,
        "processor_seconds": took.processor_seconds,
        "peak_bytes": took.peak_bytes,
        "best_validation_accuracy": max(trial["score"] for trial in trials),
        "test_accuracy": record["finals"][0]["test_accuracy"],
        "trial_seconds": [trial["seconds"] for trial in trials],
        "precision": record["environment"]["precision"],
        "device": record["environment"]["device"],
    }


def plain(script: str, given: argparse.Namespace, seed: int, batch_size: int) -> Figures:
    """Run a script that a user would write."""
    arguments = [*shared_arguments(given, seed), "--batch-size", str(batch_size)]
    command = [sys.executable, str(HERE / script), *arguments]
    took = measured(command)
    return {
        "wall_seconds": took.wall_seconds,
        "processor_seconds": took.processor_seconds,
        "peak_bytes": took.peak_bytes,
        **json.loads(took.output.splitlines()[-1]),
    }


def summary(each: list[Figures], runs: dict[str, list[Figures]], given: argparse.Namespace) -> Figures:
    """A side's medians, accuracies, and the ratios of its wall time to the plain sides' in the same turn."""
    found: Figures = {
        name: median(run[name] for run in each)
        for name in ("wall_seconds", "processor_seconds", "peak_bytes")
    }
    for batch in plain_batches(runs, given):
        pairs = zip(each, runs[keras_tuner_at(batch)], strict=True)
        found[f"ratio_{batch}"] = median(one["wall_seconds"] / other["wall_seconds"] for one, other in pairs)
    scores = [run["best_validation_accuracy"] for run in each]
    found["best_validation_accuracy"] = fmean(scores)
    found["best_validation_accuracy_sd"] = stdev(scores) if len(scores) > 1 else None
    return found


def floor(given: argparse.Namespace) -> Figures:
    """Seconds of all trainings at the processor's peak speed."""
    validation = given.train_size // 5
    images = ["--images", str(given.train_size - validation), "--validation-images", str(validation)]
    found: Figures = json.loads(measured([sys.executable, str(HERE / "floor.py"), *images]).output)
    epochs = (given.trials + 1) * given.epochs
    found["seconds"] = {
        dtype: epochs * found["epoch_operations"] / speed
        for dtype, speed in found["operations_per_second"].items()
    }
    return found


def table(figures: Figures, given: argparse.Namespace) -> str:
    """The figures in Markdown."""
    here, floor_found = figures["machine"], figures["floor"]
    batches = plain_batches(figures["sides"], given)
    lines = []
    for name, side in figures["sides"].items():
        sd = side["best_validation_accuracy_sd"]
        accuracy = f"{100 * side['best_validation_accuracy']:.1f}" + (
            "" if sd is None else f" ± {100 * sd:.1f}"
        )
        lines.append(
            f"| {name} | {side['wall_seconds']:.1f} s "
            + "".join(f"| {side[f'ratio_{batch}']:.2f} " for batch in batches)
            + f"| {side['processor_seconds']:.0f} s | {side['peak_bytes'] / 2**20:,.0f} MiB | {accuracy} |\n"
        )
    speeds = floor_found["operations_per_second"]
    floors = [
        f"{floor_found['seconds'][dtype]:.1f} s at the {speed / 1e9:,.0f} GFLOP/s of a {dtype} matmul"
        for dtype, speed in speeds.items()
    ]
    return (
        f"CNN search, {given.trials} trials × {given.epochs} epochs and the winner once more, "
        f"{given.train_size:,} images of {given.dataset}, tunebench at batch {given.batch_size}; median of "
        f"{given.repeats}, in turns; {here['processor']}, {here['cores']} cores. Ratios are of wall times, "
        "turn by turn; the accuracy is the best trial's on the validation images, mean ± sd, in %.\n\n"
        f"| | wall time | {' | '.join(f'of {keras_tuner_at(batch)}' for batch in batches)} | processor "
        f"| peak memory | accuracy |\n|---|---{'|---' * len(batches)}|---|---|---|\n"
        f"{''.join(lines)}\n"
        f"The floor, {floor_found['epoch_operations'] / 1e9:,.0f} GFLOP an epoch: {'; '.join(floors)}.\n"
    )


if __name__ == "__main__":
    main()
