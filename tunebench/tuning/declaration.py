"""Everything a search may tune, and in which range."""

from typing import Any

from tunebench import spaces
from tunebench.augmentation import STRENGTHS
from tunebench.augmentation import VIEWS as VIEW_COUNTS
from tunebench.fitting import AUGMENTATION, VIEWS
from tunebench.preparation import Preparation
from tunebench.records import HyperparameterValue


def declare(preparation: Preparation, *, augment: bool) -> Any:
    """Everything a search may tune: the space's hyperparameters and, where asked for, augmentation.

    A model that sees raw images is augmented in each epoch; one that sees features gets views of the images.
    """
    data = preparation.data
    declared = spaces.declare(preparation.space, data.image_shape, data.num_classes)
    if augment:
        # The default is none: it is the deck's.
        if preparation.space.has_prefix:
            declared.Choice(VIEWS, VIEW_COUNTS, default=1)
        else:
            declared.Choice(AUGMENTATION, STRENGTHS, default=0.0)
    return declared


def ranges(declared: Any) -> dict[str, list[HyperparameterValue]]:
    """``[minimum, maximum]`` of numbers, the choices of the others; those that cannot vary are left out."""
    found: dict[str, list[HyperparameterValue]] = {}
    for hp in declared.space:
        if hasattr(hp, "min_value"):
            found[hp.name] = [hp.min_value, hp.max_value]
        elif len(hp.values) > 1:
            found[hp.name] = list(hp.values)
    return found
