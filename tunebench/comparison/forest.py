"""Extremely randomised trees: scores predicted from hyperparameters, without loading scikit-learn.

All trees grow together, a level at a time, in NumPy: for the few hundred rows of a search this is faster than
compiled trees one after another, and loading those takes as long as all the rest of a comparison
(`docs/decisions/0021-importance-by-permutation.md`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# With a row to itself a leaf would learn that row's noise by heart.
_SMALLEST_LEAF = 2
# What a split of standardised scores has to take off their sum of squares; less is rounding.
_LEAST_GAIN = 1e-9
_LEAF = -1


@dataclass(frozen=True, eq=False)
class Forest:
    """Trees that were grown; the mean of what they say is the prediction.

    Attributes:
        trees: How many; the first nodes are their roots.
        predicted: Mean score of the rows that reached a node, ``float64`` of shape ``(nodes,)``.
        column: Which of a row's values a node looks at.
        threshold: A larger one goes to the right.
        left: The node to the left, -1 for a leaf; the one to the right follows it.
    """

    trees: int
    predicted: NDArray[np.float64]
    column: NDArray[np.int64]
    threshold: NDArray[np.float64]
    left: NDArray[np.int64]

    def predict(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Predict the score of each row.

        Args:
            values: Of shape ``(rows, columns)``, finite.

        Returns:
            Of shape ``(rows,)``.
        """
        rows = np.tile(np.arange(len(values)), self.trees)
        node = np.repeat(np.arange(self.trees), len(values))
        inside = np.arange(len(node))
        while len(inside):
            inside = inside[self.left[node[inside]] != _LEAF]
            at = node[inside]
            node[inside] = self.left[at] + (values[rows[inside], self.column[at]] > self.threshold[at])
        return np.asarray(self.predicted[node].reshape(self.trees, -1).mean(axis=0))


def grow(values: NDArray[np.float64], scores: NDArray[np.float64], trees: int, seed: int) -> Forest:
    """Grow trees on all rows, each split at the best of one random threshold per column.

    Args:
        values: Of shape ``(rows, columns)``, finite; at least one row.
        scores: Of shape ``(rows,)``, finite.
        trees: How many, at least 1.
        seed: Of the thresholds.

    Returns:
        The forest.

    Source:
        P. Geurts, D. Ernst and L. Wehenkel, "Extremely randomized trees", Machine Learning 63 (2006), p.
        3-42, with every column tried at each node, which they recommend for regression.
    """
    random = np.random.default_rng(seed)
    centre, spread = scores.mean(), scores.std() or 1.0
    scores = (scores - centre) / spread
    rows = np.tile(np.arange(len(scores)), trees)
    node, nodes, grown = np.repeat(np.arange(trees), len(scores)), trees, 0
    levels = []
    while nodes:
        column, threshold, predicted = _best_splits(values[rows], scores[rows], node, nodes, random)
        split = column != _LEAF
        left = np.where(split, grown + nodes + 2 * (np.cumsum(split) - 1), _LEAF)
        # In the order of the forest's fields.
        levels.append((predicted * spread + centre, column, threshold, left))
        goes_on = split[node]
        rows, node = rows[goes_on], node[goes_on]
        grown, nodes = grown + nodes, 2 * int(split.sum())
        node = left[node] - grown + (values[rows, column[node]] > threshold[node])
    return Forest(trees, *map(np.concatenate, zip(*levels, strict=True)))


def _best_splits(
    values: NDArray[np.float64],
    scores: NDArray[np.float64],
    node: NDArray[np.int64],
    nodes: int,
    random: np.random.Generator,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Column (-1 where nothing is gained) and threshold that split each node, and its mean score.

    Args:
        values: Of the rows of all nodes.
        scores: Theirs.
        node: Which node each is in, from 0; none is empty.
        nodes: How many there are.
        random: For the thresholds.
    """
    count, total = np.bincount(node), _sums(node, scores, nodes)
    by_node = np.argsort(node, kind="stable")
    starts = np.cumsum(count) - count
    column, threshold = np.full(nodes, _LEAF), np.zeros(nodes)
    most = np.full(nodes, _LEAST_GAIN)
    for tried in range(values.shape[1]):
        value = values[:, tried]
        together = value[by_node]
        low, high = np.minimum.reduceat(together, starts), np.maximum.reduceat(together, starts)
        cut = low + (high - low) * random.random(nodes)
        right = value > cut[node]
        right_count = np.bincount(node[right], minlength=nodes)
        right_total = _sums(node[right], scores[right], nodes)
        gain = _gain(count, total, right_count, right_total)
        better = gain > most
        column[better], threshold[better], most[better] = tried, cut[better], gain[better]
    return column, threshold, total / count


def _sums(node: NDArray[np.int64], scores: NDArray[np.float64], nodes: int) -> NDArray[np.float64]:
    return np.asarray(np.bincount(node, scores, minlength=nodes), dtype=np.float64)


def _gain(
    count: NDArray[np.int64],
    total: NDArray[np.float64],
    right_count: NDArray[np.int64],
    right_total: NDArray[np.float64],
) -> NDArray[np.float64]:
    """How much a split lessens the sum of squares; 0 where a side is too small."""
    left_count, left_total = count - right_count, total - right_total
    fair = np.minimum(left_count, right_count) >= _SMALLEST_LEAF
    sides = right_total**2 / np.maximum(right_count, 1) + left_total**2 / np.maximum(left_count, 1)
    return np.where(fair, sides - total**2 / count, 0.0)
