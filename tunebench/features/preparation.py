"""Turn images into what the tuned part of a model trains on: themselves, or a frozen prefix's features."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import keras_tuner
import numpy as np
from numpy.typing import NDArray

from tunebench import seeds
from tunebench.datasets import Split, TrainingData
from tunebench.features import FeatureCache, Features, Inference, features
from tunebench.features.prefix_memo import RememberedPrefix
from tunebench.fitting import Examples, augmentation
from tunebench.machine_load import combined
from tunebench.spaces import Space
from tunebench.spaces.hyperparameters.training import VIEWS, views

OnBatch = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Prepared:
    """Training and validation examples for one frozen prefix, or for none.

    Attributes:
        prefix: The frozen ``keras.Model`` in front, or ``None``.
        train: What the tuned part trains on.
        validation: What it is validated on.
        seconds: What computing the training examples cost when it was done, all views included; 0 without a
            prefix.
        other_load: Share of the processor cores that other programs kept busy meanwhile, where it is known.
    """

    prefix: Any | None
    train: Examples
    validation: Examples
    seconds: float
    other_load: float | None = None

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Of one example."""
        return self.train.inputs.shape[1:]


@dataclass
class Preparation:
    """Prepares examples, once for each prefix that the hyperparameters ask for.

    Attributes:
        space: The space. Its frozen prefix is remembered: declaring, checking and preparing build the same.
        data: Its images.
        cache: Where features are kept between processes; ``None`` keeps none.
        seed: Of the views, and of the weights of a prefix that is not pretrained: the same for every trial
            and final.
        on_batch: Told how many images have passed through a prefix, and of how many.
        folded: Whether validation images will be trained on as well, in folds: then they get views, too.
    """

    space: Space
    data: TrainingData
    cache: FeatureCache | None
    seed: int
    on_batch: OnBatch | None = None
    folded: bool = False
    _last: tuple[Mapping[str, Any], Prepared] | None = field(default=None, init=False)
    _network: Inference | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        function = self.space.frozen_prefix_function
        if function is not None and not isinstance(function, RememberedPrefix):
            self.space = replace(self.space, frozen_prefix_function=RememberedPrefix(function, self.seed))

    def prepare(self, hp: Any) -> Prepared:
        """Examples for the prefix of these hyperparameters.

        Args:
            hp: ``keras_tuner.HyperParameters``; what the prefix declares is declared in it.

        Returns:
            The examples. Those of the last prefix are kept in memory, for most trials share it.
        """
        if not self.space.has_prefix:
            return Prepared(None, _raw(self.data.train), _raw(self.data.validation), 0.0)
        asked = self.relevant(hp.values)
        if self._last is not None:
            if self._last[0] == asked:
                return self._last[1]
            if _without_views(self._last[0]) != _without_views(asked):
                self._network = None
            # Let go before the next one is built: two networks would need the memory of two.
            self._last = None
        probe = keras_tuner.HyperParameters()
        probe.values = dict(hp.values)
        prefix = self.space.frozen_prefix(probe, self.data.image_shape)
        hp.merge(probe.space, overwrite=False)
        network = self._network
        if network is None or network.prefix is not prefix:
            network = self._network = Inference(prefix)
        train, seconds, load = self._several(network, self.data.train, views(hp.values))
        validation, more_seconds, _ = self._several(
            network, self.data.validation, views(hp.values) if self.folded else 1
        )
        if self.folded:
            # They are trained on as well.
            seconds += more_seconds
        prepared = Prepared(prefix, train, validation, seconds, load)
        self._last = (self.relevant(hp.values), prepared)
        return prepared

    def relevant(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values of those hyperparameters that a prefix has ever looked at."""
        function = self.space.frozen_prefix_function
        if not isinstance(function, RememberedPrefix):
            return {}
        looked_at = function.looked_at
        if looked_at is None:
            return dict(values)
        return {name: value for name, value in values.items() if name == VIEWS or name in looked_at}

    def _several(
        self, network: Inference, split: Split, num_views: int
    ) -> tuple[Examples, float, float | None]:
        """Images' features in so many versions, what they cost together, and the load by others."""
        seed, mirror = seeds.derive(self.seed, "views"), self.data.mirror_safe
        plain, *others = [
            self._features(network, augmentation.view(split.images, number, mirror=mirror, seed=seed))
            for number in range(num_views)
        ]
        examples = Examples(plain.array, split.labels, tuple(each.array for each in others))
        load = combined(*((each.other_load, each.seconds) for each in (plain, *others)))
        return examples, plain.seconds + sum(each.seconds for each in others), load

    def _features(self, network: Inference, images: NDArray[np.uint8]) -> Features:
        return features(network, images, cache=self.cache, progress=self.on_batch)


def _without_views(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != VIEWS}


def _raw(split: Split) -> Examples:
    return Examples(split.images, split.labels)
