"""The accuracy of searches after equal time, and their time to the final accuracy of the plain search.

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
Figures = dict[str, Any]


def summary(runs: Mapping[str, Sequence[Figures]], seconds: float) -> Figures:
    """Each side's accuracy after the same time, and its time to the plain side's accuracy.

    A run that did not reach a target counts as one that took longer than all others.
    """
    plain = {run["seed"]: run for run in runs.get(PLAIN, [])}
    target = median(run["best"][-1] for run in plain.values()) if plain else None
    plain_seconds = median(run["wall_seconds"] for run in plain.values()) if plain else None
    rows = {}
    for side, each in runs.items():
        accuracies = [best_by(run, seconds) for run in each]
        times = [] if target is None else [seconds_to(run, target) for run in each]
        paired = [
            seconds_to(run, (other := plain[run["seed"]])["best"][-1]) / other["wall_seconds"]
            for run in each
            if run["seed"] in plain
        ]
        rows[side] = {
            "accuracy": fmean(accuracies),
            "sd": stdev(accuracies) if len(each) > 1 else None,
            "trials": median(sum(end <= seconds for end in run["ends"]) for run in each),
            "seconds_to_target": _finite(times),
            "share_of_its_plain": _finite(paired),
        }
    return {"target": target, "plain_seconds": plain_seconds, "rows": rows}


def best_by(run: Figures, seconds: float) -> float:
    """The best accuracy that a run had found after so many seconds."""
    return max(
        (best for end, best in zip(run["ends"], run["best"], strict=True) if end <= seconds), default=0.0
    )


def seconds_to(run: Figures, accuracy: float) -> float:
    """When a run had found a model of that accuracy; infinity if it did not."""
    return next((end for end, best in zip(run["ends"], run["best"], strict=True) if best >= accuracy), inf)


def table(figures: Figures, given: argparse.Namespace) -> str:
    """The figures in Markdown."""
    target, plain_seconds = figures["target"], figures["plain_seconds"]
    lines = []
    for side, row in figures["rows"].items():
        sd = "" if row["sd"] is None else f" ± {100 * row['sd']:.1f}"
        times = row["seconds_to_target"]
        shares = [None if time is None else time / plain_seconds for time in times]
        lines.append(
            f"| {side} | {100 * row['accuracy']:.1f}{sd} | {row['trials']:.0f} | {_median(times, '.0f')} "
            f"| {_median(shares, '.2f')} | {_median(row['share_of_its_plain'], '.2f')} |\n"
        )
    goal = "" if target is None else f"{100 * target:.1f} %"
    return (
        f"{given.space}, {given.train_size:,} CIFAR-10 images, {given.epochs} epochs, patience "
        f"{given.patience}, tunebench's precision {given.precision}; one core each of "
        f"{figures['machine']['processor']}. Accuracy: the best validation accuracy in % after "
        f"{given.seconds:.0f} s, mean ± sd over the seeds. Target: {goal}, the accuracy of "
        f"{given.plain_trials} trials of the plain search after {plain_seconds or 0:.0f} s (medians). "
        "Times are medians, with the number of runs that reached it.\n\n"
        "| | accuracy | trials | seconds to the target | ratio to the plain search "
        "| ratio, to the accuracy of the plain search with the same seed |\n|---|---|---|---|---|---|\n"
        f"{''.join(lines)}"
    )


def _finite(times: Sequence[float]) -> list[float | None]:
    """Infinity as ``None``, because JSON has no infinity."""
    return [None if isinf(time) else time for time in times]


def _median(times: Sequence[float | None], form: str) -> str:
    if not times:
        return ""
    middle = median(inf if time is None else time for time in times)
    reached = sum(time is not None for time in times)
    return f"{'not reached' if isinf(middle) else format(middle, form)} ({reached} of {len(times)})"
