"""How time, peak memory and the page's size grow with the number of trials and of images.

With synthetic runs: reading the ledger as a resume does, ``tunebench show`` and ``tunebench compare``.
With random images: an epoch of cnn3's default model, without tracing and the first step. Each is a process.

    python benchmarks/scale.py
    python benchmarks/scale.py --trials 100 1000 --images 2000 4000
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from measuring import keep, machine, measured
from simulated import simulated_runs

READ = """
import sys
from pathlib import Path
from tunebench.tuning.ledger import Ledger
Ledger.open(Path(sys.argv[1]))
"""
HERE = Path(__file__).parent


def main() -> None:
    """Measure, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--trials", type=int, nargs="*", default=[100, 1_000, 10_000])
    parser.add_argument("--images", type=int, nargs="*", default=[2_000, 4_000, 8_000, 16_000, 50_000])
    parser.add_argument("--batch-size", type=int, default=128)
    given = parser.parse_args()
    figures = {
        "machine": machine(),
        "trials": {number: of_trials(number) for number in given.trials},
        "images": {number: of_images(number, given.batch_size) for number in given.images},
    }
    keep("scale", figures, table(figures, given.batch_size))


def of_trials(number: int) -> dict[str, Any]:
    """Read, show and compare one run with that number of trials."""
    with tempfile.TemporaryDirectory() as folder:
        (run,) = simulated_runs(Path(folder) / "runs", [number])
        ledger, page = run / "trials.jsonl", Path(folder) / "page.html"
        commands: dict[str, list[str | Path]] = {
            "read": ["-c", READ, ledger],
            "show": ["-m", "tunebench", "show", run],
            "show as JSON": ["-m", "tunebench", "show", run, "--format", "json"],
            "compare": ["-m", "tunebench", "compare", run, "--out", page],
        }
        took = {name: measured([sys.executable, *command]) for name, command in commands.items()}
        return {
            "ledger_bytes": ledger.stat().st_size,
            "page_bytes": page.stat().st_size,
            "json_bytes": page.with_suffix(".json").stat().st_size,
            "seconds": {name: each.processor_seconds for name, each in took.items()},
            "peak_bytes": {name: each.peak_bytes for name, each in took.items()},
        }


def of_images(number: int, batch_size: int) -> dict[str, Any]:
    """Train an epoch on that number of images."""
    command = [
        sys.executable,
        str(HERE / "epoch.py"),
        "--images",
        str(number),
        "--batch-size",
        str(batch_size),
    ]
    took = measured(command)
    return {"epoch_seconds": json.loads(took.output)["epoch_seconds"], "peak_bytes": took.peak_bytes}


def table(figures: dict[str, Any], batch_size: int) -> str:
    """The figures in Markdown."""
    here = figures["machine"]
    parts = [f"{here['processor']}, {here['cores']} cores; processor seconds, peak memory in MiB.\n"]
    if figures["trials"]:
        names = list(next(iter(figures["trials"].values()))["seconds"])
        parts.append(
            f"| trials | ledger | {' | '.join(names)} | page |\n|---|---|{'---|' * len(names)}---|\n"
        )
    for number, found in figures["trials"].items():
        cells = [f"{found['seconds'][name]:.2f} s, {found['peak_bytes'][name] / 2**20:.0f}" for name in names]
        sizes = (f"{found[what] / 1e6:.1f} MB" for what in ("ledger_bytes", "page_bytes"))
        ledger, page = sizes
        parts.append(f"| {number:,} | {ledger} | {' | '.join(cells)} | {page} |\n")
    if figures["images"]:
        parts.append(
            f"\n| images, batch {batch_size} | an epoch | per image | peak memory |\n|---|---|---|---|\n"
        )
    for number, found in figures["images"].items():
        seconds, memory = found["epoch_seconds"], found["peak_bytes"] / 2**20
        parts.append(
            f"| {number:,} | {seconds:.1f} s | {1e3 * seconds / number:.2f} ms | {memory:,.0f} MiB |\n"
        )
    return "".join(parts)


if __name__ == "__main__":
    main()
