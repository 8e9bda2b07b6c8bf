"""Build a frozen prefix once for all trials that share it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tunebench import backbones
from tunebench.spaces.shapes import Shape


@dataclass(frozen=True, eq=False)
class _Built:
    """A prefix with its hyperparameters, the settings it was built under, and the seconds it took."""

    settings: tuple[object, ...]
    hp: Any
    prefix: Any
    seconds: float


class PrefixMemo:
    """A space's ``frozen_prefix`` that keeps the prefix it built last.

    The prefix may depend only on hyperparameters that ``frozen_prefix`` declares itself: it gets
    ``keras_tuner.HyperParameters`` that hold no others.

    Args:
        function: The space's ``frozen_prefix``.
        seed: Of a prefix's random weights, the same in each build.
    """

    def __init__(self, function: Callable[..., Any], seed: int) -> None:
        self._function = function
        self._seed = seed
        self._declared: set[str] = set()
        self._last: _Built | None = None

    def __call__(self, hp: Any, image_shape: Shape) -> Any:
        """The prefix for these hyperparameters; those that it declares are added to ``hp``."""
        import keras  # noqa: PLC0415 (seconds; the command line's help does without)

        settings = (
            tuple(image_shape),
            keras.config.dtype_policy().name,
            keras.config.floatx(),
            keras.config.image_data_format(),
            backbones.selected(),
        )
        if self._last is None or self._last.settings != settings or not self._fits(self._last.hp, hp):
            # Released first, so that two networks are never in memory.
            self._last = None
            self._last = self._timed(settings, hp, image_shape)
        _add(hp, self._last.hp)
        return self._last.prefix

    @property
    def seconds(self) -> float:
        """The time that building the last prefix took, its weights included; 0 if none was built."""
        return 0.0 if self._last is None else self._last.seconds

    def relevant(self, values: Mapping[str, Any]) -> dict[str, str]:
        """The values on which a prefix may depend, in a form in which 1, 1.0 and True differ."""
        return {name: repr(value) for name, value in values.items() if name in self._declared}

    def _timed(self, settings: tuple[object, ...], hp: Any, image_shape: Shape) -> _Built:
        before, started = backbones.downloads(), time.perf_counter()
        built = _Built(settings, *self._build(hp, image_shape), time.perf_counter() - started)
        # If weights were downloaded, once more, because that is no part of the time.
        downloaded = backbones.downloads() != before
        return self._timed(settings, hp, image_shape) if downloaded else built

    def _fits(self, built: Any, hp: Any) -> bool:
        """Whether a prefix that was built with these hyperparameters is the one for ``hp``."""
        probe = self._probe(hp)
        # Where hp has no value, the default applies.
        probe.merge(built.space, overwrite=False)
        return self.relevant(probe.values) == self.relevant(built.values)

    def _build(self, hp: Any, image_shape: Shape) -> tuple[Any, Any]:
        """The hyperparameters that a prefix declares, with their values, and the prefix."""
        import keras  # noqa: PLC0415 (as above)

        while True:
            probe = self._probe(hp)
            keras.utils.set_random_seed(self._seed)
            try:
                prefix = self._function(probe, image_shape)
            except Exception:
                if not self._learns(probe, hp):
                    _add(hp, probe)
                    raise
            else:
                if not self._learns(probe, hp):
                    return probe, prefix

    def _probe(self, hp: Any) -> Any:
        import keras_tuner  # noqa: PLC0415 (imports Keras)

        probe = keras_tuner.HyperParameters()
        probe.values = {name: value for name, value in hp.values.items() if name in self._declared}
        return probe

    def _learns(self, probe: Any, hp: Any) -> bool:
        """Whether the prefix declared hyperparameters for the first time and ``hp`` has other values."""
        new = {each.name for each in probe.space} - self._declared
        self._declared |= new
        return any(
            name in hp.values and repr(hp.values[name]) != repr(probe.values.get(name)) for name in new
        )


def _add(hp: Any, probe: Any) -> None:
    hp.merge(probe.space, overwrite=False)
    hp.active_scopes += probe.active_scopes
    hp.inactive_scopes += probe.inactive_scopes
