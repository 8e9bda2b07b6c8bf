"""Published figures from elsewhere, drawn for orientation only."""

from typing import NamedTuple

from tunebench.comparison import Section
from tunebench.objectives import ACCURACY


class Reference(NamedTuple):
    """A published model: its name, its accuracy from 0 to 1, and its training time in seconds."""

    name: str
    accuracy: float
    seconds: float


def references(section: Section) -> tuple[Reference, ...]:
    """The published models of a section's data set, if it is compared by accuracy."""
    return published(section.dataset.name) if section.objective == ACCURACY else ()


def published(dataset: str) -> tuple[Reference, ...]:
    """The published models of a data set, in the order of the reference models."""
    return _BY_DATASET.get(dataset, ())


# CIFAR-10: 10,000 training and 2,000 test images, one run each, on one other machine.
_BY_DATASET = {
    "cifar10": (
        Reference("Model 1", 0.5800, 29.4),
        Reference("Model 2", 0.6295, 17.2),
        Reference("Model 3", 0.6555, 19.5),
        Reference("MobileNet_v2", 0.8135, 89.8),
    )
}
