"""The score of the best of several models, corrected for having been chosen as the best."""

from collections.abc import Sequence
from statistics import fmean, variance

# The spread of fewer models says too little.
FEWEST_MODELS = 5


def shrunken(scores: Sequence[float], variances: Sequence[float]) -> list[float]:
    """Empirical-Bayes estimates: each score moves towards the mean, the more so the less certain it is.

    The best of several similar models is partly the luckiest. The spread of the true scores is what the
    scores' own variances do not explain; if that is large, hardly anything moves.

    Args:
        scores: Of the models.
        variances: Of the scores, for other images and seeds.

    Returns:
        The estimates in the same order; the scores themselves with fewer than five models.

    Source:
        B. Efron and C. Morris, "Data analysis using Stein's estimator and its generalizations", Journal of
        the American Statistical Association 70 (1975), p. 311-319.
    """
    if len(scores) < FEWEST_MODELS:
        return list(scores)
    mean = fmean(scores)
    spread = max(0.0, variance(scores) - fmean(variances))
    return [
        mean + (score - mean) * (spread / (spread + own) if spread + own else 1.0)
        for score, own in zip(scores, variances, strict=True)
    ]
