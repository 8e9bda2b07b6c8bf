"""A pair of models as a row of the page's pairwise table."""

from dataclasses import dataclass

from tunebench.comparison import Pair, Verdict
from tunebench.report import formats
from tunebench.report.differences import untested


@dataclass(frozen=True)
class PairView:
    """A row: who leads whom by how much, and whether that is established.

    Attributes:
        sort: What the columns of difference, interval and p-value are sorted by; ``None`` stands last.
    """

    better: str
    worse: str
    difference: str
    interval: str
    p: str
    verdict: str
    established: bool
    sort: tuple[float, float | None, float | None]


_VERDICTS = {
    Verdict.ESTABLISHED: "different",
    Verdict.AS_TRAINED: "different as trained; one seed cannot say more",
    Verdict.NOT_ESTABLISHED: "not established",
}


def pair_view(pair: Pair) -> PairView:
    """Put a pair into words and figures."""
    # Below a millionth, a p-value from a convolution is rounding.
    p = None if pair.p_adjusted is None else round(pair.p_adjusted, 6)
    return PairView(
        better=formats.clean(pair.better.label),
        worse=formats.clean(pair.worse.label),
        difference=formats.points(pair.difference),
        interval=formats.MISSING if pair.interval is None else formats.signed_interval(pair.interval),
        p=formats.MISSING if pair.p_adjusted is None else formats.p_value(pair.p_adjusted),
        verdict=_VERDICTS.get(pair.verdict) or f"not tested: {untested(pair)}",
        established=pair.verdict in {Verdict.ESTABLISHED, Verdict.AS_TRAINED},
        sort=(pair.difference, None if pair.interval is None else pair.interval.low, p),
    )
