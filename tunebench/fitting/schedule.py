"""Learning-rate schedules."""

import math
from collections.abc import Mapping
from typing import Any

import keras

from tunebench.records import HyperparameterValue
from tunebench.spaces.hyperparameters.training import COSINE, SCHEDULE, batch_size


def set_schedule(
    model: Any, values: Mapping[str, HyperparameterValue], *, num_examples: int, epochs: int
) -> None:
    """Give a model the learning-rate schedule that its hyperparameters name; call it before training.

    A cosine decays from the model's own learning rate to zero at the end of the last epoch (Loshchilov and
    Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", arXiv 1608.03983, section 3, without
    restarts). A space cannot set it itself, because it does not know the number of steps.

    Args:
        model: A compiled ``keras.Model``; if it was compiled with a schedule, it keeps that one.
        values: Hyperparameters; without a cosine ``schedule`` the learning rate is constant.
        num_examples: Examples per epoch.
        epochs: The most that such a model may be trained, the same for a short trial and its promotion.
    """
    if values.get(SCHEDULE) != COSINE:
        return
    # In half precision it is wrapped in an optimizer that scales the loss.
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    learning_rate = optimizer.get_config()["learning_rate"]
    if not isinstance(learning_rate, float):
        return
    steps = epochs * math.ceil(num_examples / batch_size(values))
    optimizer.learning_rate = keras.optimizers.schedules.CosineDecay(learning_rate, steps)
