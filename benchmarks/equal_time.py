"""What searches found in equal time, and when each had found what the plain one does in all.

Two targets, for one alone misleads: validation images are few, and by their luck the seeds' accuracies
differ more than the tuners' do. The fixed one is the median over the seeds of what the plain search finds.
The paired one is what it finds with the same seed, hence on the same validation images.
"""

import argparse
from collections.abc import Mapping, Sequence
from math import inf, isinf
from statistics import fmean, median, stdev
from typing import Any

PLAIN = "Keras Tuner, random"
Figures = dict[str, Any]


def summary(runs: Mapping[str, Sequence[Figures]], seconds: float) -> Figures:
    """Each side's accuracy for the same time, and its time to the plain side's accuracy.

    A run that did not reach a target counts as one that took longer than all others.
    """
    plain = {run["seed"]: run for run in runs.get(PLAIN, [])}
    target = median(run["best"][-1] for run in plain.values()) if plain else None
    whole = median(run["wall_seconds"] for run in plain.values()) if plain else None
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
    return {"target": target, "plain_seconds": whole, "rows": rows}


def best_by(run: Figures, seconds: float) -> float:
    """The best accuracy that a run had found by then."""
    return max(
        (best for end, best in zip(run["ends"], run["best"], strict=True) if end <= seconds), default=0.0
    )


def seconds_to(run: Figures, accuracy: float) -> float:
    """When a run had found a model as good as that; infinity: not in its time."""
    return next((end for end, best in zip(run["ends"], run["best"], strict=True) if best >= accuracy), inf)


def table(figures: Figures, given: argparse.Namespace) -> str:
    """The figures in Markdown."""
    target, whole = figures["target"], figures["plain_seconds"]
    lines = []
    for side, row in figures["rows"].items():
        sd = "" if row["sd"] is None else f" ± {100 * row['sd']:.1f}"
        times = row["seconds_to_target"]
        shares = [None if time is None else time / whole for time in times]
        lines.append(
            f"| {side} | {100 * row['accuracy']:.1f}{sd} | {row['trials']:.0f} | {_median(times, '.0f')} "
            f"| {_median(shares, '.2f')} | {_median(row['share_of_its_plain'], '.2f')} |\n"
        )
    goal = "" if target is None else f"{100 * target:.1f} %"
    return (
        f"{given.space}, {given.train_size:,} CIFAR-10 images, {given.epochs} epochs, patience "
        f"{given.patience}, tunebench's precision {given.precision}; one core each of "
        f"{figures['machine']['processor']}. Accuracy: the best validation accuracy in % after "
        f"{given.seconds:.0f} s, mean ± sd over the seeds. Target: {goal}, what {given.plain_trials} trials "
        f"of the plain search find in {whole or 0:.0f} s (medians). Times are medians, with how many runs "
        "got there.\n\n"
        "| | accuracy | trials | seconds to the target | of the plain search's "
        "| to what the plain search of the same seed finds, of its time |\n|---|---|---|---|---|---|\n"
        f"{''.join(lines)}"
    )


def _finite(times: Sequence[float]) -> list[float | None]:
    """As JSON can hold them: ``None`` for what was not reached."""
    return [None if isinf(time) else time for time in times]


def _median(times: Sequence[float | None], form: str) -> str:
    if not times:
        return ""
    middle = median(inf if time is None else time for time in times)
    reached = sum(time is not None for time in times)
    return f"{'not in time' if isinf(middle) else format(middle, form)} ({reached} of {len(times)})"
