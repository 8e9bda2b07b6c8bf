"""Published figures from elsewhere, drawn for orientation only."""

from typing import NamedTuple


class Reference(NamedTuple):
    """A published model: its name, its accuracy from 0 to 1, and its training time in seconds."""

    name: str
    accuracy: float
    seconds: float


# By data set. CIFAR-10: 10,000 training and 2,000 test images, one run each, on one other machine.
REFERENCES = {
    "cifar10": (
        Reference("Model 1", 0.5800, 29.4),
        Reference("Model 2", 0.6295, 17.2),
        Reference("Model 3", 0.6555, 19.5),
        Reference("MobileNet_v2", 0.8135, 89.8),
    )
}
