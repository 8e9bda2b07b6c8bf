"""Notice ranges that depend on other hyperparameters.

Keras Tuner keeps the first range that a name was declared with, and takes a trial's value from it even if the
trial's own build asks for another range.
"""

from typing import TYPE_CHECKING, Any, Self

import keras_tuner

from tunebench.spaces.hyperparameters.declare import is_recordable, range_of

if TYPE_CHECKING:
    from tunebench.records import HyperparameterValue


class Watched(keras_tuner.HyperParameters):
    """A trial's hyperparameters, which remember the ranges that its build asked for.

    Attributes:
        changed: By name, the last range that differs from the declared one: ``[minimum, maximum]`` or the
            choices.
    """

    def __init__(self) -> None:
        super().__init__()
        self.changed: dict[str, list[HyperparameterValue]] = {}

    @classmethod
    def of(cls, hp: Any) -> Self:
        """The same hyperparameters, watched."""
        watched = cls()
        watched.__dict__.update(vars(hp))
        return watched

    def Choice(self, name: str, *args: Any, **kwargs: Any) -> Any:  # noqa: N802 (Keras Tuner's name)
        """See ``keras_tuner.HyperParameters.Choice``."""
        self._watch("Choice", name, args, kwargs)
        return super().Choice(name, *args, **kwargs)

    def Int(self, name: str, *args: Any, **kwargs: Any) -> Any:  # noqa: N802 (the same)
        """See ``keras_tuner.HyperParameters.Int``."""
        self._watch("Int", name, args, kwargs)
        return super().Int(name, *args, **kwargs)

    def Float(self, name: str, *args: Any, **kwargs: Any) -> Any:  # noqa: N802 (the same)
        """See ``keras_tuner.HyperParameters.Float``."""
        self._watch("Float", name, args, kwargs)
        return super().Float(name, *args, **kwargs)

    def _watch(self, kind: str, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        # In a name scope the declared name has the scope in front. What the user set is Fixed.
        declared = [
            each
            for each in self.space
            if type(each).__name__ == kind and (each.name == name or each.name.endswith(f"/{name}"))
        ]
        if not declared:
            return
        alone = keras_tuner.HyperParameters()
        free = {key: value for key, value in kwargs.items() if not key.startswith("parent_")}
        getattr(alone, kind)(name, *args, **free)
        asked = range_of(alone.space[0])
        if all(range_of(each) != asked for each in declared) and all(map(is_recordable, asked)):
            self.changed[declared[0].name] = asked
