"""Correct p-values and intervals for the number of comparisons."""

from collections.abc import Sequence


def corrected(
    p_values: Sequence[float], with_best: Sequence[bool], level: float, family: int
) -> list[tuple[float, float]]:
    """Correct the comparisons of all pairs of models.

    That the best model is better than every other one is a single claim. If each of its comparisons supports
    it at the level, it is made, and the others are corrected for their own number by Holm's method; otherwise
    all are. The claim is false only if another model is at least as good, and then that model's comparison
    supports it with a probability of at most the level (an intersection-union test: R. L. Berger,
    "Multiparameter hypothesis testing and acceptance sampling", Technometrics 24 (1982), p. 295-300).

    Args:
        p_values: Of the pairs that were tested.
        with_best: Whether a pair holds the best model.
        level: Of the tests, such as .05.
        family: Number of pairs, tested or not.

    Returns:
        For each pair its adjusted p-value, and the confidence of the interval that excludes 0 exactly if that
        is below the level.
    """
    lead = [p for p, best in zip(p_values, with_best, strict=True) if best]
    claimed = bool(lead) and max(lead) < level
    rest = [p for p, best in zip(p_values, with_best, strict=True) if not (best and claimed)]
    size = family - len(lead) if claimed else family
    adjusted = holm(rest, size)
    others = iter(zip(adjusted, confidences(adjusted, level, size), strict=True))
    return [(max(lead), 1 - level) if best and claimed else next(others) for best in with_best]


def holm(p_values: Sequence[float], family: int | None = None) -> list[float]:
    """Holm's correction, which controls the chance of any false positive in a family of comparisons.

    Args:
        p_values: P-values of the comparisons that were tested.
        family: Number of comparisons, tested or not; those not tested count as no smaller. Default: the
            number tested.

    Returns:
        The adjusted p-values in the same order.

    Source:
        S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics
        6 (1979), p. 65-70.
    """
    size = max(family or 0, len(p_values))
    adjusted = [1.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (size - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted


def confidences(adjusted: Sequence[float], level: float, family: int | None = None) -> list[float]:
    """The confidence of each comparison's interval with which it excludes 0 exactly if Holm's method rejects.

    Args:
        adjusted: See :func:`holm`.
        level: Of the test, such as .05.
        family: See :func:`holm`.

    Returns:
        ``1 − level / k`` in the same order: ``k`` falls from the family's size by one with each rejected
        comparison, as in Holm's method, and stays the same for all that are not rejected.
    """
    size = max(family or 0, len(adjusted))
    rejected = sorted((index for index, p in enumerate(adjusted) if p < level), key=adjusted.__getitem__)
    found = [1 - level / (size - len(rejected) or 1)] * len(adjusted)
    for rank, index in enumerate(rejected):
        found[index] = 1 - level / (size - rank)
    return found
