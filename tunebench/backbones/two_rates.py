"""Optimizers that train pretrained weights more slowly than new ones.

Discriminative fine-tuning: Howard and Ruder, "Universal Language Model Fine-tuning for Text Classification",
arXiv 1801.06146, section 3.2. Scaling gradients instead would have no effect on Adam, which normalises them.
"""

from collections.abc import Iterable
from typing import Any

import keras


class _TwoRates(keras.optimizers.Optimizer):
    """Mix-in for a Keras optimizer; see `tunebench.backbones.optimizer_of_two_rates`.

    Args:
        slow_paths: ``path`` of each variable to train more slowly.
        slow_factor: Multiplies the learning rate of these variables.
        arguments: For the Keras optimizer.
    """

    def __init__(self, *, slow_paths: Iterable[str] = (), slow_factor: float = 1.0, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.slow_paths = sorted(slow_paths)
        self.slow_factor = slow_factor

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Update one variable (of Keras or of the back end)."""
        path = self._trainable_variables[self._get_variable_index(variable)].path
        factor = self.slow_factor if path in self.slow_paths else 1.0
        super().update_step(gradient, variable, learning_rate * factor)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "slow_paths": self.slow_paths, "slow_factor": self.slow_factor}


@keras.saving.register_keras_serializable(package="tunebench")
class AdamOfTwoRates(_TwoRates, keras.optimizers.Adam):
    """Adam."""


@keras.saving.register_keras_serializable(package="tunebench")
class AdamWOfTwoRates(_TwoRates, keras.optimizers.AdamW):
    """AdamW; its weight decay uses the larger rate."""


@keras.saving.register_keras_serializable(package="tunebench")
class RMSpropOfTwoRates(_TwoRates, keras.optimizers.RMSprop):
    """RMSprop."""


@keras.saving.register_keras_serializable(package="tunebench")
class SGDOfTwoRates(_TwoRates, keras.optimizers.SGD):
    """Stochastic gradient descent."""


CLASSES = {
    "adam": AdamOfTwoRates,
    "adamw": AdamWOfTwoRates,
    "rmsprop": RMSpropOfTwoRates,
    "sgd": SGDOfTwoRates,
}
