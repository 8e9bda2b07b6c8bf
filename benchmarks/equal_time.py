"""What searches had found after equal time, and when they found what the plain search finds in all.

There are two targets, because there are few validation images and accuracies differ more between seeds than
between tuners. The fixed target is the median over the seeds of the plain search's final accuracy. The paired
target is its final accuracy with the same seed, and so on the same validation images.
"""

import argparse
from collections.abc import Mapping, Sequence
from math import inf, isinf
from statistics import fmean, median, stdev
from typing import Any

PLAIN = "Keras Tuner, random"
OURS = "tunebench"
Figures = dict[str, Any]


def summary(runs: Mapping[str, Sequence[Figures]], seconds: float) -> Figures:
    """Each side's accuracies after the same time, and its time to the plain side's accuracy.

    A run that did not reach a target counts as one that took longer than all others.
    """
    plain = {run["seed"]: run for run in runs.get(PLAIN, [])}
    ours = {run["seed"]: tested_by(run, seconds) for run in runs.get(OURS, [])}
    target = median(best_by(run, inf) for run in plain.values()) if plain else None
    rows = {}
    for side, each in runs.items():
        tested = {run["seed"]: tested_by(run, seconds) for run in each}
        paired = [
            seconds_to(run, best_by(other := plain[run["seed"]], inf)) / other["wall_seconds"]
            for run in each
            if run["seed"] in plain
        ]
        rows[side] = {
            "validation": _mean_sd([best_by(run, seconds) for run in each]),
            "test": _mean_sd([*tested.values()]),
            "behind_ours": [ours[seed] - tested[seed] for seed in sorted(tested.keys() & ours.keys())],
            "trials": median(sum(trial["end"] <= seconds for trial in run["trials"]) for run in each),
            "wall_seconds": median(run["wall_seconds"] for run in each),
            "seconds_to_target": [] if target is None else _finite(seconds_to(run, target) for run in each),
            "share_of_its_plain": _finite(paired),
        }
    return {
        "target": target,
        "plain_seconds": median(run["wall_seconds"] for run in plain.values()) if plain else None,
        "rows": rows,
    }


def best_by(run: Figures, seconds: float) -> float:
    """The best validation accuracy that a run had found after so many seconds."""
    return max((trial["score"] for trial in run["trials"] if trial["end"] <= seconds), default=0.0)


def tested_by(run: Figures, seconds: float) -> float:
    """The test accuracy of the final model, or of the best one that a script had after so many seconds."""
    if "test_accuracy" in run:
        return float(run["test_accuracy"])
    ended = [trial for trial in run["trials"] if trial["end"] <= seconds]
    return float(max(ended, key=lambda trial: trial["score"])["test_accuracy"]) if ended else 0.0


def seconds_to(run: Figures, accuracy: float) -> float:
    """When a run had found a model of that validation accuracy; infinity if it did not."""
    return min((trial["end"] for trial in run["trials"] if trial["score"] >= accuracy), default=inf)


def table(figures: Figures, given: argparse.Namespace) -> str:
    """The figures in Markdown."""
    target, plain_seconds = figures["target"], figures["plain_seconds"]
    lines = []
    for side, row in figures["rows"].items():
        gains = row["behind_ours"]
        ahead = (
            f"{100 * fmean(gains):.1f} ({sum(gain > 0 for gain in gains)} of {len(gains)})" if gains else ""
        )
        lines.append(
            f"| {side} | {_percent(row['validation'])} | {_percent(row['test'])} "
            f"| {'' if side == OURS else ahead} "
            f"| {row['trials']:.0f} | {_median(row['seconds_to_target'], '.0f')} "
            f"| {_median(row['share_of_its_plain'], '.2f')} |\n"
        )
    goal = "" if target is None else f"{100 * target:.1f} %"
    return (
        f"{given.space}, {given.train_size:,} images of {given.dataset}, {given.epochs} epochs, patience "
        f"{given.patience}, float32; one core each of {figures['machine']['processor']}. Best validation "
        f"accuracy and the winner's test accuracy in % after {given.seconds:.0f} s, mean ± sd; "
        f"by how many points of test accuracy {OURS} is ahead, and with how many seeds. "
        f"Target: {goal}, the validation accuracy of {given.plain_trials} trials of the plain search after "
        f"{plain_seconds or 0:.0f} s (medians). Times are medians, with the number of runs that "
        "reached it.\n\n"
        f"| | validation | test | {OURS} ahead by | trials | seconds to the target "
        "| ratio to the plain search with the same seed |\n|---|---|---|---|---|---|---|\n"
        f"{''.join(lines)}"
    )


def _mean_sd(values: Sequence[float]) -> tuple[float, float | None]:
    return fmean(values), stdev(values) if len(values) > 1 else None


def _percent(figures: tuple[float, float | None]) -> str:
    mean, sd = figures
    return f"{100 * mean:.1f}" + ("" if sd is None else f" ± {100 * sd:.1f}")


def _finite(times: Any) -> list[float | None]:
    """Infinity as ``None``, because JSON has no infinity."""
    return [None if isinf(time) else time for time in times]


def _median(times: Sequence[float | None], form: str) -> str:
    if not times:
        return ""
    middle = median(inf if time is None else time for time in times)
    reached = sum(time is not None for time in times)
    return f"{'not reached' if isinf(middle) else format(middle, form)} ({reached} of {len(times)})"
