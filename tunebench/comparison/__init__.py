"""Compare runs: pure statistics over their records and predictions, without Keras."""

from tunebench.comparison.data_size import SizeCurve, SizeSeries
from tunebench.comparison.front import Standing
from tunebench.comparison.intervals import Interval
from tunebench.comparison.model_summary import ModelSummary
from tunebench.comparison.pairs import Pair, Verdict
from tunebench.comparison.sections import Comparison, Section, compare_runs

__all__ = [
    "Comparison",
    "Interval",
    "ModelSummary",
    "Pair",
    "Section",
    "SizeCurve",
    "SizeSeries",
    "Standing",
    "Verdict",
    "compare_runs",
]
