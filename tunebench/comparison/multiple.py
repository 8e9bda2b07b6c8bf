"""Correct p-values and intervals for the number of comparisons."""

from collections.abc import Sequence


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
