"""Run a command as a process and measure its time and memory; describe the machine."""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunebench.environment import installed

RESULTS = Path(__file__).parent / "results"
_KILOBYTE = 1024


@dataclass(frozen=True)
class Measured:
    """A process that succeeded.

    Attributes:
        output: Its standard output.
        wall_seconds: From start to end.
        processor_seconds: Of all its threads.
        peak_bytes: Its peak memory.
    """

    output: str
    wall_seconds: float
    processor_seconds: float
    peak_bytes: int


def measured(command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> Measured:
    """Run a command.

    Args:
        command: Program and arguments.
        environment: Variables in addition to those of this process.

    Returns:
        Its output, time and memory.

    Raises:
        SystemExit: It failed; the message has the end of its standard error.
        BaseException: What a signal's handler raises; the process is killed.
    """
    print("$", *command, file=sys.stderr)
    variables = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **(environment or {})}
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 (the benchmark's own commands)
            [str(part) for part in command], stdout=output, stderr=errors, env=variables
        )
        try:
            # Not process.wait(), which does not return the resources of the process.
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            message = errors.read().decode()[-2000:]
            sys.exit(f"{command[0]} ended with status {process.returncode}: {message}")
        output.seek(0)
        text = output.read().decode()
    return Measured(text, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * _KILOBYTE)


def machine(*others: str) -> dict[str, Any]:
    """The machine and the versions (``None``: not installed) of the packages and of ``others``."""
    packages = ("tunebench", "tensorflow", "keras", "keras-tuner", "numpy", *others)
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        **{package: installed(package) for package in packages},
    }


def keep(name: str, figures: Mapping[str, Any], table: str, *, quiet: bool = False) -> None:
    """Write the figures as JSON and the table as Markdown, and print the table unless ``quiet``."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    (RESULTS / f"{name}.md").write_text(table, encoding="utf-8")
    if not quiet:
        print(table)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
