"""The pictures: matplotlib figures, drawn from a comparison.

What a picture shows is decided here and in :mod:`tunebench.comparison`; how it becomes part of the page, in
:mod:`tunebench.report.svg`. Sizes are CSS pixels.
"""

from tunebench.report.charts.accuracy_time import DECK, REFERENCES, Reference, accuracy_against_time
from tunebench.report.charts.data_size import accuracy_against_size
from tunebench.report.charts.learning import learning_curves
from tunebench.report.charts.parallel import LINES, parallel_coordinates

__all__ = [
    "DECK",
    "LINES",
    "REFERENCES",
    "Reference",
    "accuracy_against_size",
    "accuracy_against_time",
    "learning_curves",
    "parallel_coordinates",
]
