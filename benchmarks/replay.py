"""Replay rules that stop trials early, on learning curves of complete trainings.

The curves are in the ledgers of searches without pruning and early stopping; curves.jsonl has 60, which
docs/decisions/0004 describes:

    tunebench search cnn3 --no-prune --patience none --no-starting-points --train-size 4000 --trials 60
    python benchmarks/replay.py runs/cifar10/cnn3/trials.jsonl benchmarks/curves.jsonl

A replayed search takes trials in a random order and ends each where a rule says so.
"""

import argparse
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from random import Random
from statistics import fmean, median

from tunebench.objectives import ACCURACY

EPOCHS = 30
# Epochs before a trial is compared.
FREE = 3
CHANCE = ACCURACY.chance_level([80] * 10)
# A search's time, as a number of complete trainings of average length.
TIMES = (3, 5, 10, 20)
Kind = tuple[object, ...]


@dataclass(frozen=True)
class Curve:
    """A complete training.

    Attributes:
        kind: Whether images are augmented, and the schedule.
        scores: Validation accuracy by epoch.
        best: The best so far by epoch.
        seconds: Of one epoch.
    """

    kind: Kind
    scores: tuple[float, ...]
    best: tuple[float, ...]
    seconds: float


# Floors by epoch, from complete trials, trials that ended early with their epochs, and the next trial's kind.
Rule = Callable[[Sequence[Curve], Sequence[tuple[Curve, int]], Kind], list[float]]


def read(paths: Iterable[Path]) -> list[Curve]:
    """The curves in some ledgers."""
    records = [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    return [_curve(record) for record in records if record["epochs"] == EPOCHS]


def _curve(record: dict[str, dict[str, list[float]]]) -> Curve:
    values, scores = record["hyperparameters"], tuple(record["history"]["val_accuracy"])
    kind = (bool(values["augmentation"]), values["schedule"])
    return Curve(kind, scores, tuple(accumulate(scores, max)), record["history"]["seconds"][-1] / EPOCHS)


def no_pruning(complete: Sequence[Curve], ended: Sequence[tuple[Curve, int]], kind: Kind) -> list[float]:
    """Every trial is trained to its end."""
    del complete, ended, kind
    return [0.0] * EPOCHS


def below_median(*, after: int, alike: bool = False) -> Rule:
    """A trial ends below the median of what others, or those of its kind, had reached by the same epoch."""

    def rule(complete: Sequence[Curve], ended: Sequence[tuple[Curve, int]], kind: Kind) -> list[float]:
        known = [*((each, EPOCHS) for each in complete), *ended]
        if alike:
            known = [(each, epochs) for each, epochs in known if each.kind == kind]
        reached = [[each.best[epoch] for each, epochs in known if epochs > epoch] for epoch in range(EPOCHS)]
        return [
            median(bests) if epoch > after and len(bests) >= 3 else 0.0  # noqa: PLR2004 (fewer are too few)
            for epoch, bests in enumerate(reached, start=1)
        ]

    return rule


def cannot_catch_up(*, gain: Callable[[list[float]], float], at_least: int, alike: bool = True) -> Rule:
    """A trial ends if a gain that others made after the same epoch would not bring it to the best score."""

    def rule(complete: Sequence[Curve], ended: Sequence[tuple[Curve, int]], kind: Kind) -> list[float]:
        del ended
        known = [each for each in complete if not alike or each.kind == kind]
        if len(known) < at_least:
            return [0.0] * FREE + [CHANCE] * (EPOCHS - FREE)
        top = max(each.best[-1] for each in complete)
        gains = [[each.best[-1] - each.best[epoch] for each in known] for epoch in range(FREE, EPOCHS)]
        return [0.0] * FREE + [max(CHANCE, top - gain(gained)) for gained in gains]

    return rule


def upper_quarter(values: list[float]) -> float:
    """The value above which a quarter of them is."""
    return sorted(values)[round(0.75 * (len(values) - 1))]


RULES: dict[str, Rule] = {
    "no pruning": no_pruning,
    "below the median after 5 epochs (as it was)": below_median(after=5),
    "below the median after 10 epochs": below_median(after=10),
    "below the median after 15 epochs": below_median(after=15),
    "below the median of its kind after 5": below_median(after=5, alike=True),
    "at chance level": cannot_catch_up(gain=max, at_least=1000),
    "largest gain of all, from 3 trials": cannot_catch_up(gain=max, at_least=3, alike=False),
    "largest gain of its kind, from 1": cannot_catch_up(gain=max, at_least=1),
    "largest gain of its kind, from 2": cannot_catch_up(gain=max, at_least=2),
    "largest gain of its kind, from 3": cannot_catch_up(gain=max, at_least=3),
    "upper quarter of its kind, from 2": cannot_catch_up(gain=upper_quarter, at_least=2),
    "upper quarter of its kind, from 3": cannot_catch_up(gain=upper_quarter, at_least=3),
    "median gain of its kind, from 3": cannot_catch_up(gain=median, at_least=3),
    "median gain of all, from 3": cannot_catch_up(gain=median, at_least=3, alike=False),
}


def search(curves: Sequence[Curve], rule: Rule, seconds: float = float("inf")) -> tuple[float, float]:
    """Run trials until the time is up: the best complete one's score, and the seconds spent."""
    complete: list[Curve] = []
    ended: list[tuple[Curve, int]] = []
    spent = 0.0
    for curve in curves:
        floors = rule(complete, ended, curve.kind)
        below = (epoch for epoch in range(1, EPOCHS) if curve.best[epoch - 1] < floors[epoch - 1])
        epochs = next(below, EPOCHS)
        if spent + epochs * curve.seconds > seconds:
            break
        spent += epochs * curve.seconds
        if epochs == EPOCHS:
            complete.append(curve)
        else:
            ended.append((curve, epochs))
    return max((each.best[-1] for each in complete), default=0.0), spent


def replay_pruning(curves: Sequence[Curve], searches: int) -> None:
    """Print what each rule costs and saves."""
    training = EPOCHS * fmean(each.seconds for each in curves)
    print(f"{'rule':45} time   lost | best score, %, in the time of so many trainings: {TIMES}")
    for name, rule in RULES.items():
        lost, shares, reached = [], [], []
        for seed in range(searches):
            order = Random(seed).sample(curves, len(curves))  # noqa: S311 (nothing secret)
            best, spent = search(order[:20], rule)
            lost.append(max(each.best[-1] for each in order[:20]) - best)
            shares.append(spent / sum(EPOCHS * each.seconds for each in order[:20]))
            reached.append([search(order, rule, number * training)[0] for number in TIMES])
        scores = "  ".join(f"{100 * fmean(each):.2f}" for each in zip(*reached, strict=True))
        print(f"{name:45} {fmean(shares):4.2f} {100 * fmean(lost):6.2f} | {scores}")


def replay_patience(curves: Sequence[Curve]) -> None:
    """Print what early stopping costs and saves."""
    print("\npatience   time   points lost, all   the best quarter   constant   cosine")
    best_quarter = sorted(curves, key=lambda each: -each.best[-1])[: max(1, len(curves) // 4)]
    groups = [curves, best_quarter, *([c for c in curves if c.kind[1] == s] for s in ("constant", "cosine"))]
    for patience in (3, 5, 8, 10, 12, 15, 20):
        ends = {each: _stopped(each, patience) for each in curves}
        losses = [[100 * (each.best[-1] - each.best[ends[each] - 1]) for each in group] for group in groups]
        figures = "   ".join(f"{fmean(loss):10.2f}" for loss in losses if loss)
        print(f"{patience:8} {fmean(ends.values()) / EPOCHS:6.2f}   {figures}")


def _stopped(curve: Curve, patience: int) -> int:
    """The epochs that a training with this patience takes."""
    best, since = 0.0, 0
    for epoch, score in enumerate(curve.scores, start=1):
        best, since = (score, 0) if score > best else (best, since + 1)
        if since >= patience:
            return epoch
    return EPOCHS


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("ledgers", nargs="+", type=Path, help="trials.jsonl of runs")
    parser.add_argument("--searches", type=int, default=500)
    given = parser.parse_args()
    curves = read(given.ledgers)
    print(f"{len(curves)} curves; best scores in %:")
    for kind in sorted({each.kind for each in curves}, key=str):
        scores = [100 * each.best[-1] for each in curves if each.kind == kind]
        name = f"{'augmented' if kind[0] else 'not augmented'}, {kind[1]}"
        print(f"  {name}: {len(scores)}, mean {fmean(scores):.1f}, best {max(scores):.1f}")
    replay_pruning(curves, given.searches)
    replay_patience(curves)


if __name__ == "__main__":
    main()
