"""Let the learning rate of a compiled model fall over its training."""

import math
from collections.abc import Mapping
from typing import Any

import keras

from tunebench.records import HyperparameterValue
from tunebench.spaces.hyperparameters.training import COSINE, SCHEDULE, batch_size


def schedule(
    model: Any, values: Mapping[str, HyperparameterValue], *, num_examples: int, epochs: int
) -> None:
    """Give a model the schedule that its hyperparameters ask for; call it before the first step.

    A cosine: from the model's own learning rate to nought at the end of the last epoch (Loshchilov and
    Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", arXiv 1608.03983, section 3, without
    restarts).
    A space cannot do this by itself, for it does not know how many steps it will be trained.

    Args:
        model: A compiled ``keras.Model``. One that was compiled with a schedule of its own keeps it.
        values: Of the hyperparameters; without a ``schedule`` among them the rate stays as it is.
        num_examples: Examples an epoch.
        epochs: The longest that such a model may be trained: the same for a trial of few epochs that may be
            promoted and go on.
    """
    if values.get(SCHEDULE) != COSINE:
        return
    # In half precision, the optimizer stands in one that scales the loss.
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    learning_rate = optimizer.get_config()["learning_rate"]
    if not isinstance(learning_rate, float):
        return
    steps = epochs * math.ceil(num_examples / batch_size(values))
    optimizer.learning_rate = keras.optimizers.schedules.CosineDecay(learning_rate, steps)
