"""Time the commands that a user waits for: the help, and a comparison of four runs of 200 trials each.

    python benchmarks/commands.py

Exits with status 1 if one takes longer than its limit.
"""

import sys
import tempfile
from pathlib import Path
from statistics import median

from measuring import Measured, keep, machine, measured
from simulated import simulated_runs

REPEATS = 5
HELP_PROCESSOR_SECONDS = 0.25
COMPARE_SECONDS = 3.0


def main() -> None:
    """Measure, write the results and check the limits."""
    helped = [tunebench("--help") for _ in range(REPEATS)]
    with tempfile.TemporaryDirectory() as folder:
        simulated_runs(Path(folder) / "runs", [200] * 4)
        places = ("--runs-dir", f"{folder}/runs", "--out", f"{folder}/page.html")
        compared = [tunebench("compare", *places) for _ in range(REPEATS)]
    found = {
        "tunebench --help": (median(each.processor_seconds for each in helped), HELP_PROCESSOR_SECONDS),
        "tunebench compare, 4 × 200 trials": (
            median(each.processor_seconds for each in compared),
            COMPARE_SECONDS,
        ),
    }
    lines = [f"| {name} | {took:.2f} s | {limit} s |\n" for name, (took, limit) in found.items()]
    figures = {
        "machine": machine(),
        "processor_seconds": {name: took for name, (took, _) in found.items()},
        "wall_seconds": [[each.wall_seconds for each in several] for several in (helped, compared)],
    }
    where = machine()["processor"]
    head = f"Processor time, median of {REPEATS}; {where}.\n\n| | time | limit |\n|---|---|---|\n"
    keep("commands", figures, head + "".join(lines))
    late = [name for name, (took, limit) in found.items() if took > limit]
    if late:
        sys.exit(f"Over the limit: {', '.join(late)}.")


def tunebench(*arguments: str) -> Measured:
    """Run a command."""
    return measured([sys.executable, "-m", "tunebench", *arguments])


if __name__ == "__main__":
    main()
