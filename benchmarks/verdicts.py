"""How often the comparison is wrong, and how often it finds what is there, on simulated predictions.

Images have a common difficulty, Beta(.85, .15), so two seeds of a model of 85 % disagree on 13 % of them;
a seed shifts the logit. In each draw the product's own functions compare all pairs of models. The tables are
those of docs/decisions/0008-when-models-differ.md.

    python benchmarks/verdicts.py
    python benchmarks/verdicts.py --draws 100
"""

import argparse
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from itertools import combinations

import numpy as np
from measuring import keep, machine
from numpy.typing import NDArray

from tunebench.comparison.crossed import Crossed, difference
from tunebench.comparison.multiple import corrected
from tunebench.comparison.pairs import LEVEL
from tunebench.comparison.scores import measure
from tunebench.objectives import ACCURACY
from tunebench.runs.predictions import Predictions

_ACCURACY = 0.85
# Accuracy per logit at a shift of 0: the mean of p(1 − p).
_SLOPE = _ACCURACY * (1 - _ACCURACY) / 2


@dataclass(frozen=True)
class Cell:
    """One simulation.

    Attributes:
        models: How many are compared.
        images: Of the test split.
        spread: Standard deviation of a model's accuracy over seeds.
        seeds: Of each model.
        lead: By how much the first model is better; the others are equal.
        draws: How often.
    """

    models: int
    images: int
    spread: float
    seeds: int
    lead: float = 0.0
    draws: int = 1200


EQUAL = [
    Cell(models, images, spread, seeds)
    for models, images, spread, seeds in (
        (2, 50, 0.0, 1),
        (2, 1000, 0.0, 1),
        (2, 1000, 0.03, 2),
        (2, 1000, 0.01, 3),
        (2, 1000, 0.03, 3),
        (2, 1000, 0.03, 5),
        (2, 1000, 0.01, 10),
        (4, 1000, 0.01, 3),
        (4, 1000, 0.03, 5),
        (10, 1000, 0.01, 3),
        (10, 1000, 0.03, 2),
        (10, 1000, 0.03, 3),
        (10, 1000, 0.03, 5),
        (10, 10000, 0.01, 3),
    )
]
LEADS = [
    Cell(models, 1000, spread, seeds, lead, draws=300)
    for models, spread, seeds, lead in (
        (2, 0.01, 3, 0.03),
        (2, 0.01, 3, 0.05),
        (2, 0.03, 5, 0.05),
        (4, 0.01, 3, 0.04),
        (10, 0.01, 3, 0.04),
        (10, 0.01, 5, 0.04),
    )
]


@dataclass(frozen=True)
class Found:
    """What came of a cell, as shares of its draws.

    Attributes:
        false: A difference between equal models is established.
        lead: The first model is told from the second one.
        best: The first model is told from every other one.
        covered: The interval of the last model holds its true accuracy.
    """

    false: float
    lead: float
    best: float
    covered: float


def main() -> None:
    """Simulate, and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--draws", type=int, help="of each cell; default: 1,200, with a lead 300")
    parser.add_argument("--at-once", type=int, default=len(os.sched_getaffinity(0)))
    given = parser.parse_args()
    cells = [Cell(**{**asdict(cell), "draws": given.draws or cell.draws}) for cell in EQUAL + LEADS]
    with ProcessPoolExecutor(given.at_once) as pool:
        found = dict(zip(cells, pool.map(simulated, cells), strict=True))
    rows = [{**asdict(cell), **asdict(each)} for cell, each in found.items()]
    keep("verdicts", {"machine": machine(), "cells": rows}, table(found))


def simulated(cell: Cell) -> Found:
    """Compare the models of a cell in each draw."""
    random = np.random.default_rng([cell.models, cell.images, cell.seeds, round(1000 * cell.spread)])
    truth = true_accuracy(cell.spread)
    results = [one_draw(cell, random, truth) for _ in range(cell.draws)]
    return Found(*(float(share) for share in np.mean(results, axis=0)))


def one_draw(cell: Cell, random: np.random.Generator, truth: float) -> tuple[bool, bool, bool, bool]:
    """Whether each of the fields of :class:`Found` happened."""
    ease = random.beta(_ACCURACY, 1 - _ACCURACY, cell.images)
    drawn = [
        drawn_model(ease, cell.spread / _SLOPE, (number == 0) * cell.lead / _SLOPE, cell.seeds, random)
        for number in range(cell.models)
    ]
    # The best first, as on the page.
    order = sorted(range(cell.models), key=lambda number: -drawn[number].mean())
    pairs = [*combinations(order, 2)]
    models = [Crossed(model) for model in drawn]
    p_values = [difference(models[first], models[second]).p for first, second in pairs]
    adjusted = corrected(p_values, [first == order[0] for first, _ in pairs], LEVEL, len(pairs))
    told = {frozenset(pair) for pair, (p, _) in zip(pairs, adjusted, strict=True) if p < LEVEL}
    equal = range(cell.lead > 0, cell.models)
    return (
        any(pair <= set(equal) for pair in told),
        frozenset((0, 1)) in told,
        all(frozenset((0, other)) in told for other in range(1, cell.models)),
        truth in measure(ACCURACY, [*predictions(drawn[-1])]).interval,
    )


def drawn_model(
    ease: NDArray[np.float64], scale: float, shift: float, seeds: int, random: np.random.Generator
) -> NDArray[np.bool_]:
    """Which images are classified correctly, of shape ``(images, seeds)``."""
    shares = shifted(ease[:, None], shift + random.normal(0, scale, seeds))
    return np.asarray(random.random(shares.shape) < shares, dtype=np.bool_)


def shifted(shares: NDArray[np.float64], shift: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shares whose logits are shifted."""
    return np.asarray(1 / (1 + (1 - shares) / shares * np.exp(-shift)))


def predictions(model: NDArray[np.bool_]) -> Iterator[Predictions]:
    """Predictions of two classes that are right for these images."""
    for right in model.T:
        first = right.astype(np.float32)
        yield Predictions(np.zeros(len(right), dtype=np.int64), np.stack([first, 1 - first], axis=1))


def true_accuracy(spread: float) -> float:
    """The mean over all images and seeds; shifts of the logit lower it, because most images are easy."""
    random = np.random.default_rng(0)
    ease = random.beta(_ACCURACY, 1 - _ACCURACY, 1_000_000)
    moved = shifted(ease, random.normal(0, spread / _SLOPE, len(ease)))
    # The same images without a shift, whose mean is known, take most of the error away.
    return float((moved - ease).mean() + _ACCURACY)


def table(found: dict[Cell, Found]) -> str:
    """The figures in Markdown."""
    equal = "".join(
        f"| {cell.models} | {cell.images:,} | {100 * cell.spread:.0f} | {cell.seeds} | {cell.draws:,} "
        f"| {each.false:.3f} | {each.covered:.3f} |\n"
        for cell, each in found.items()
        if not cell.lead
    )
    leads = "".join(
        f"| {cell.models} | {100 * cell.spread:.0f} | {cell.seeds} | {100 * cell.lead:.0f} | {cell.draws:,} "
        f"| {each.lead:.3f} | {each.best:.3f} | {each.false:.3f} |\n"
        for cell, each in found.items()
        if cell.lead
    )
    return (
        "Equal models, shares of draws:\n\n"
        "| models | images | sd over seeds, points | seeds | draws | false difference | interval covers |\n"
        f"|---|---|---|---|---|---|---|\n{equal}\n"
        "One model leads; 1,000 images:\n\n"
        "| models | sd, points | seeds | lead, points | draws | told from another | told from all "
        f"| false difference |\n|---|---|---|---|---|---|---|---|\n{leads}"
    )


if __name__ == "__main__":
    main()
