"""An array for tests of the feature cache."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

ROWS = np.arange(12, dtype=np.float32).reshape(6, 2)


class Computation:
    """Gives an array in parts and counts its calls."""

    def __init__(self, rows: NDArray[np.float32] = ROWS) -> None:
        self.rows = rows
        self.times = 0

    def __call__(self) -> Iterator[NDArray[np.float32]]:
        """Compute."""
        self.times += 1
        yield from np.array_split(self.rows, 3)
