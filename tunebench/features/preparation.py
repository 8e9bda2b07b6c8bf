"""Turn images into training examples: the images themselves, or a frozen prefix's features."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tunebench import seeds
from tunebench.array_cache import CachedArray
from tunebench.datasets import Split, TrainingData
from tunebench.features import FeatureCache, Inference, features
from tunebench.features.prefix_memo import PrefixMemo
from tunebench.features.redrawing import redrawn
from tunebench.fitting import Examples, augmentation
from tunebench.machine_load import combined
from tunebench.spaces import Space
from tunebench.spaces.hyperparameters.training import VIEWS, views

OnBatch = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Prepared:
    """Training and validation examples.

    Attributes:
        prefix: The frozen ``keras.Model`` that computed them; ``None`` if they are the images themselves.
        train: What the rest of the model trains on.
        validation: What it is validated on.
        seconds: Time it took to compute the examples that are trained on, all views included; 0 without a
            prefix.
        build_seconds: Time it took to build the prefix and load its weights; the same figure if it was built
            before.
        other_load: Share of the processor cores, or of the GPU, that other programs used meanwhile, if known.
    """

    prefix: Any | None
    train: Examples
    validation: Examples
    seconds: float
    other_load: float | None = None
    build_seconds: float = 0.0


@dataclass(frozen=True, eq=False)
class _Last:
    """The last examples with a prefix, what they depend on, and the split that they are divided by."""

    values: dict[str, Any]
    data: TrainingData
    prepared: Prepared


@dataclass
class Preparation:
    """Prepares examples, once for consecutive trials that share a frozen prefix.

    Attributes:
        space: The space; its frozen prefix is replaced by a `PrefixMemo`.
        data: Its images, in the split that features are computed in.
        cache: Keeps features between processes; optional.
        seed: Of the views and of the random weights of a prefix.
        on_batch: Receives the number of images that passed through a prefix, and of all; optional.
        folded: Whether folds also train on validation images, which then need views too.
    """

    space: Space
    data: TrainingData
    cache: FeatureCache | None
    seed: int
    on_batch: OnBatch | None = None
    folded: bool = False
    _last: _Last | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        function = self.space.frozen_prefix_function
        if function is not None and not isinstance(function, PrefixMemo):
            self.space = replace(self.space, frozen_prefix_function=PrefixMemo(function, self.seed))

    def prepare(self, hp: Any, data: TrainingData | None = None) -> Prepared:
        """Examples for the prefix of these hyperparameters.

        Args:
            hp: ``keras_tuner.HyperParameters``; those that the prefix declares are added.
            data: Another split of the same images, for which no feature is computed again; ``None``: that of
                ``data``.

        Returns:
            The examples. The last ones stay in memory, because most trials share them.

        Raises:
            InvalidSpaceError: The prefix cannot be built or has several outputs.
        """
        data = self.data if data is None else data
        if not self.space.has_prefix:
            if data is not self.data:
                # The images of two splits need not be in memory.
                self.data.train.release()
                self.data.validation.release()
            return Prepared(None, _raw(data.train), _raw(data.validation), 0.0)
        if self._last is not None and self._last.values != self.relevant(hp.values):
            # Released first, so that two networks and their features are never in memory.
            self._last = None
        prefix = self.space.frozen_prefix(hp, self.data.image_shape)
        if self._last is None or self._last.prepared.prefix is not prefix:
            prepared = self._prepare(prefix, views(hp.values))
            self._last = _Last(self.relevant(hp.values), self.data, prepared)
        if self._last.data is not data:
            # In the place of those of the other split, which would be as large.
            self._last = self._redrawn(self._last, data)
        return self._last.prepared

    def relevant(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What examples depend on: the hyperparameters that the prefix declares, and the number of views."""
        function = self.space.frozen_prefix_function
        if not isinstance(function, PrefixMemo):
            return {}
        return {**function.relevant(values), VIEWS: views(values)}

    def _prepare(self, prefix: Any, num_views: int) -> Prepared:
        inference = Inference(prefix)
        train, seconds, load = self._examples(inference, self.data.train, num_views)
        validation, more_seconds, _ = self._examples(
            inference, self.data.validation, num_views if self.folded else 1
        )
        function = self.space.frozen_prefix_function
        return Prepared(
            prefix,
            train,
            validation,
            seconds + more_seconds * self.folded,
            load,
            function.seconds if isinstance(function, PrefixMemo) else 0.0,
        )

    def _redrawn(self, last: _Last, data: TrainingData) -> _Last:
        """The last examples, divided by another split."""
        train, validation = last.prepared.train, last.prepared.validation
        missing = range(1 + len(validation.views), 1 + len(train.views))
        if missing:
            # Only the first time, when they are divided as they were computed. The time of the training
            # images stands for those of every split, of which there are as many.
            found = self._features(Inference(last.prepared.prefix), self.data.validation, missing)
            validation = replace(validation, views=(*validation.views, *(each.array for each in found)))
        train, validation = redrawn((train, validation), last.data, data, self.cache)
        return _Last(last.values, data, replace(last.prepared, train=train, validation=validation))

    def _examples(
        self, inference: Inference, split: Split, num_views: int
    ) -> tuple[Examples, float, float | None]:
        """The features of each view of the images, the seconds they took, and the load meanwhile."""
        found = self._features(inference, split, range(num_views))
        plain, *others = (each.array for each in found)
        load = combined(*((each.other_load, each.seconds) for each in found))
        return (
            Examples(plain, split.labels, tuple(others), split.groups),
            sum(each.seconds for each in found),
            load,
        )

    def _features(self, inference: Inference, split: Split, numbers: Sequence[int]) -> list[CachedArray]:
        """The features of some views of the images."""
        seed, mirror = seeds.derive(self.seed, "views"), self.data.mirror_safe
        return [
            features(
                inference,
                augmentation.view(split.images, number, mirror=mirror, seed=seed),
                cache=self.cache,
                progress=self.on_batch,
            )
            for number in numbers
        ]


def _raw(split: Split) -> Examples:
    return Examples(split.images, split.labels, (), split.groups)
