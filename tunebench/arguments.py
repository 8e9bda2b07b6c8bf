"""Check what a program passes to the library; the command line has checked it already."""

import difflib
import math
from typing import Any

from tunebench.choices import POLICIES, PRECISIONS, TUNERS
from tunebench.errors import TunebenchError

_CHOICES = {"tuner": TUNERS, "precision": PRECISIONS, "recorded_precision": POLICIES}
# NumPy's and scikit-learn's generators take no larger one.
LARGEST_SEED = 2**32 - 1


def check_counts(**counts: int | None) -> None:
    """Refuse a count below 1.

    Raises:
        TunebenchError: Names it.
    """
    for name, count in counts.items():
        if count is not None and count < 1:
            raise TunebenchError(f"{name} is {count}, but at least 1 was expected. Give a larger number.")


def check_at_least_two(**counts: int | None) -> None:
    """Refuse a grid without both ends of its ranges, and cross-validation with nothing left to train on.

    Raises:
        TunebenchError: Names the count.
    """
    for name, count in counts.items():
        if count is not None and count < 2:  # noqa: PLR2004 (as the function's name says)
            raise TunebenchError(f"{name} is {count}, but at least 2 was expected. Give a larger number.")


def check_budget(seconds: float | None) -> None:
    """Refuse a time that is none.

    Raises:
        TunebenchError: Names it.
    """
    if seconds is not None and not 0 < seconds < math.inf:
        raise TunebenchError(f"budget is {seconds}, but a number of seconds above 0 was expected.")


def check_choices(**values: str) -> None:
    """Refuse a value that is none of the choices.

    Raises:
        TunebenchError: Names it, the near miss and the choices.
    """
    for name, value in values.items():
        choices = _CHOICES[name]
        if value not in choices:
            near = difflib.get_close_matches(str(value), choices, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise TunebenchError(f"{name} is {value!r}.{hint} Expected one of {', '.join(choices)}.")


def check_sizes(**sizes: Any) -> None:
    """Refuse a number of images that is neither a whole number from 1 on nor ``"all"`` nor ``None``.

    Raises:
        TunebenchError: Names it.
    """
    for name, size in sizes.items():
        if size is not None and size != "all" and (not isinstance(size, int) or size < 1):
            raise TunebenchError(
                f"{name} is {size!r}, but a whole number from 1 on or 'all' was expected. Give one of them."
            )


def check_seed(seed: int) -> None:
    """Refuse a seed that generators do not take.

    Raises:
        TunebenchError: Names it.
    """
    if not 0 <= seed <= LARGEST_SEED:
        raise TunebenchError(f"seed is {seed}, but 0 to {LARGEST_SEED} was expected. Give a smaller number.")
