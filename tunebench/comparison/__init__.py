"""Compare runs: pure statistics over their records and predictions, without Keras."""

from tunebench.comparison.change import Change
from tunebench.comparison.data_size import SizeCurve, SizeSeries
from tunebench.comparison.front import Standing
from tunebench.comparison.intervals import Interval
from tunebench.comparison.model_summary import ModelSummary
from tunebench.comparison.pairs import Pair, Verdict
from tunebench.comparison.sections import Comparison, Section, compare_runs
from tunebench.comparison.study import Growth, Question, Reuse, Study
from tunebench.comparison.study_pairs import Repeat
from tunebench.comparison.time_ratio import TimeRatio, time_ratio

__all__ = [
    "Change",
    "Comparison",
    "Growth",
    "Interval",
    "ModelSummary",
    "Pair",
    "Question",
    "Repeat",
    "Reuse",
    "Section",
    "SizeCurve",
    "SizeSeries",
    "Standing",
    "Study",
    "TimeRatio",
    "Verdict",
    "compare_runs",
    "time_ratio",
]
