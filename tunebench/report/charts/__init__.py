"""The charts: matplotlib figures drawn from a comparison; sizes are CSS pixels.

:mod:`tunebench.report.svg` turns them into elements of the page.
"""

from tunebench.report.charts.accuracy_time import accuracy_against_time
from tunebench.report.charts.changes import changes
from tunebench.report.charts.data_size import accuracy_against_size
from tunebench.report.charts.drawn_trials import LINES, DrawnTrials, drawn_trials
from tunebench.report.charts.learning import learning_curves
from tunebench.report.charts.parallel import parallel_coordinates
from tunebench.report.charts.point_names import all_named
from tunebench.report.charts.references import published, references

__all__ = [
    "LINES",
    "DrawnTrials",
    "accuracy_against_size",
    "accuracy_against_time",
    "all_named",
    "changes",
    "drawn_trials",
    "learning_curves",
    "parallel_coordinates",
    "published",
    "references",
]
