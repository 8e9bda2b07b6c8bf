"""Choose a space's precision by measurement, once for each machine: what ``--precision auto`` does."""

from tunebench.precision.choose import choose

__all__ = ["choose"]
