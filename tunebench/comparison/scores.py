"""An objective on the test images: per seed, with its interval, and split into a part for each image.

The parts of all images have the score as their mean, so that one statistic serves all objectives.
"""

from collections.abc import Sequence
from math import log
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from tunebench.comparison.crossed import Crossed, Estimate, Parts, mean_of
from tunebench.comparison.intervals import CONFIDENCE, Interval, mean_of_proportions
from tunebench.comparison.repeats import Measured
from tunebench.objectives import Objective
from tunebench.runs.predictions import Predictions

# As in scikit-learn's log_loss, which a run's test loss comes from.
_LEAST_PROBABILITY = float(np.finfo(np.float64).eps)


def measure(objective: Objective, predictions: Sequence[Predictions]) -> Measured:
    """An objective's value per seed, and the 95 % interval of their mean for other images and other seeds.

    Accuracy has Wilson's interval and balanced accuracy, a mean of recalls, that of a mean of proportions,
    both as if there were as many images as give the variance of images and seeds together. Macro F1 and loss
    have Student's t interval.

    Args:
        objective: What is measured.
        predictions: Of each seed, for the same images; at least one.

    Source:
        Effective numbers: E. L. Korn and B. I. Graubard, "Confidence intervals for proportions with small
        expected number of positive counts estimated from survey data", Survey Methodology 24 (1998), p.
        193-201.
    """
    labels = predictions[0].labels
    estimate = mean_of(Crossed(parts(objective, predictions)), strata(objective, labels))
    if objective.name in {"accuracy", "balanced_accuracy"}:
        numbers = np.bincount(labels) if objective.by_class else np.array([len(labels)])
        groups = labels if objective.by_class else np.zeros_like(labels)
        hits = np.bincount(groups, np.mean([each.correct for each in predictions], axis=0))
        present = numbers > 0
        shares = hits[present] / numbers[present]
        effective = _effective(shares, numbers[present], estimate)
        return Measured(_values(objective, predictions), mean_of_proportions(shares.tolist(), effective))
    interval = estimate.interval()
    if not objective.is_proportion:
        return Measured(_values(objective, predictions), Interval(-interval.high, -interval.low))
    found = Interval(max(0.0, interval.low), min(1.0, interval.high))
    return Measured(_values(objective, predictions), found)


def _values(objective: Objective, predictions: Sequence[Predictions]) -> tuple[float, ...]:
    if objective.name == "accuracy":
        return tuple(float(each.correct.mean()) for each in predictions)
    if not objective.by_class:
        return tuple(float(_losses(each).mean()) for each in predictions)
    return tuple(
        objective.of_classes(each.labels, each.classes, each.probabilities.shape[1]) for each in predictions
    )


def _effective(shares: NDArray[np.float64], numbers: NDArray[np.int64], estimate: Estimate) -> list[float]:
    """The numbers of images with which one seed would have the variance of an estimate of several."""
    variance = float((shares * (1 - shares) / numbers).sum()) / len(shares) ** 2
    if estimate.seed_variance == 0 or variance == 0:
        return [float(number) for number in numbers]
    t_by_z = estimate.quantile() / NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    return [float(number) for number in numbers * variance / (estimate.variance * t_by_z**2)]


def strata(objective: Objective, labels: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """The groups of images whose sizes are fixed: classes, if every class counts the same."""
    return labels if objective.by_class else None


def parts(objective: Objective, predictions: Sequence[Predictions]) -> Parts:
    """Each image's part in the score of each seed.

    Args:
        objective: What is scored.
        predictions: Of each seed, for the same images.

    Returns:
        Shape ``(images, seeds)``; a column's mean is the seed's score. Of macro F1, which is no mean, a part
        is the score plus the image's influence on it.

    Source:
        Influence: F. R. Hampel, "The influence curve and its role in robust estimation", Journal of the
        American Statistical Association 69 (1974), p. 383-393.
    """
    part = {"accuracy": _correct, "balanced_accuracy": _recalls, "macro_f1": _influences, "loss": _gains}
    return np.stack([part[objective.name](each) for each in predictions], axis=1)


def guessed(objective: Objective, labels: NDArray[np.int64], num_classes: int) -> float:
    """The score of knowing only how common the classes are.

    Args:
        objective: What is scored.
        labels: Of the test images, ``int64`` of shape ``(n,)``.
        num_classes: Number of classes.
    """
    shares = np.bincount(labels, minlength=num_classes) / len(labels)
    if objective.name == "accuracy":
        return float(shares.max())
    if objective.name == "loss":
        return float(sum(share * log(share) for share in shares.tolist() if share))
    return 1 / int(np.count_nonzero(shares)) if objective.name == "balanced_accuracy" else 1 / num_classes


def _correct(predictions: Predictions) -> NDArray[np.bool_]:
    return predictions.correct


def _recalls(predictions: Predictions) -> NDArray[np.float64]:
    """Correct images, each weighted by the rarity of its class."""
    numbers = np.bincount(predictions.labels)
    weights = len(predictions.labels) / (np.count_nonzero(numbers) * np.maximum(numbers, 1))
    return np.asarray(weights[predictions.labels] * predictions.correct)


def _gains(predictions: Predictions) -> NDArray[np.float64]:
    return -_losses(predictions)


def _losses(predictions: Predictions) -> NDArray[np.float64]:
    """Each image's cross-entropy."""
    probabilities = predictions.probabilities.astype(np.float64)
    # Half-precision probabilities sum to 1 only roughly.
    shares = probabilities[np.arange(len(probabilities)), predictions.labels] / probabilities.sum(axis=1)
    return np.asarray(-np.log(np.clip(shares, _LEAST_PROBABILITY, 1)))


def _influences(predictions: Predictions) -> NDArray[np.float64]:
    """A class's F1 is 2 h / (n + p) of its hits, images and predictions, differentiated by each of them."""
    labels, classes, num_classes = predictions.labels, predictions.classes, predictions.probabilities.shape[1]
    hits = np.bincount(labels[predictions.correct], minlength=num_classes)
    both = np.bincount(labels, minlength=num_classes) + np.bincount(classes, minlength=num_classes)
    per_hit = 2 / np.maximum(both, 1)
    f1 = hits * per_hit
    per_image = f1 / np.maximum(both, 1)
    gain = per_hit[labels] * predictions.correct - per_image[labels] - per_image[classes]
    return np.asarray(f1.mean() + len(labels) / num_classes * gain)
