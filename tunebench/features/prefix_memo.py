"""Build a frozen prefix once for all that ask for the same one."""

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tunebench import backbones
from tunebench.spaces.space import Shape

_ABSENT = object()


@dataclass(frozen=True, eq=False)
class _Built:
    """A prefix, and what decided about it.

    Attributes:
        setting: What beside hyperparameters shapes a prefix.
        read: The hyperparameters that the function looked at, with what it found.
        declared: Those of them that it declared.
        prefix: What it returned.
    """

    setting: tuple[object, ...]
    read: Mapping[str, object]
    declared: list[Any]
    prefix: Any

    def serves(self, values: Mapping[str, Any]) -> bool:
        """Whether the function would find the same in these values, which may lack what it then declares."""
        defaults = {hp.name: hp.default for hp in self.declared}
        found = {name: values.get(name, defaults.get(name, _ABSENT)) for name in self.read}
        # 1, 1.0 and True are equal, but not to a model.
        return all(
            type(value) is type(found[name]) and value == found[name] for name, value in self.read.items()
        )


class RememberedPrefix:
    """A space's ``frozen_prefix`` that is not called again for the prefix that it built last.

    A function that looks at more than the values of hyperparameters by their names (at all of them, or at
    conditional scopes) is called each time. One prefix is kept, so memory does not grow.

    Args:
        function: The space's own.
        seed: Of a prefix's random weights: drawn anew for each, they are the same in each.

    Attributes:
        looked_at: The hyperparameters whose values the function has ever looked at, declared by it or not;
            ``None``: it looks at all.
    """

    def __init__(self, function: Callable[..., Any], seed: int) -> None:
        self._function = function
        self._seed = seed
        self._last: _Built | None = None
        self.looked_at: set[str] | None = set()

    def __call__(self, hp: Any, image_shape: Shape) -> Any:
        """The prefix for these hyperparameters; what it declares is declared in them."""
        import keras  # noqa: PLC0415 (seconds; the command line's help does without)

        setting = (
            tuple(image_shape),
            keras.config.dtype_policy().name,
            keras.config.floatx(),
            keras.config.image_data_format(),
            backbones.selected(),
        )
        last = self._last
        if last is not None and last.setting == setting and last.serves(hp.values):
            hp.merge(copy.deepcopy(last.declared), overwrite=False)
            return last.prefix
        # Let go before the next one is built: two networks would need the memory of two.
        self._last = last = None
        keras.utils.set_random_seed(self._seed)
        values, scopes = hp.values, len(hp.active_scopes) + len(hp.inactive_scopes)
        hp.values = watched = _Watched(values)
        try:
            prefix = self._function(hp, image_shape)
        finally:
            if hp.values is watched:
                hp.values = values
                values.clear()
                values.update(watched.unwatched())
            else:
                watched.everything = True
            known = self.looked_at
            self.looked_at = None if watched.everything or known is None else known | watched.names
        if not watched.everything and len(hp.active_scopes) + len(hp.inactive_scopes) == scopes:
            declared = [each for each in hp.space if each.name in watched.names]
            if not any(each.conditions for each in declared):
                read = {name: values.get(name, _ABSENT) for name in watched.names}
                self._last = _Built(setting, read, copy.deepcopy(declared), prefix)
        return prefix


class _Watched(dict[str, Any]):
    """Values of hyperparameters that take note of who is looked at.

    Attributes:
        names: Whose value was asked for.
        everything: Whether they were looked at other than by name, or changed.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self.names: set[str] = set()
        self.everything = False

    def unwatched(self) -> dict[str, Any]:
        """A plain copy."""
        return {name: super(_Watched, self).__getitem__(name) for name in super().__iter__()}

    def __getitem__(self, name: str) -> Any:
        self.names.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self.names.add(str(name))
        return super().__contains__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """As of any dictionary."""
        self.names.add(name)
        return super().get(name, default)

    def __setitem__(self, name: str, value: Any) -> None:
        # What was not there is a hyperparameter that takes its default value.
        self.everything |= super().__contains__(name)
        self.names.add(name)
        super().__setitem__(name, value)

    def __delitem__(self, name: str) -> None:
        self.everything = True
        super().__delitem__(name)

    def __or__(self, other: Any) -> Any:
        return self.copy() | other

    def __getattribute__(self, name: str) -> Any:
        if name in _LOOK_AT_ALL:
            self.everything = True
        return super().__getattribute__(name)

    def __iter__(self) -> Iterator[str]:
        self.everything = True
        return super().__iter__()

    def __len__(self) -> int:
        self.everything = True
        return super().__len__()

    def __eq__(self, other: object) -> bool:
        self.everything = True
        return super().__eq__(other)

    # As of any dictionary.
    __hash__ = None

    def __repr__(self) -> str:
        self.everything = True
        return super().__repr__()


# Methods that read or change a dictionary other than by one name.
_LOOK_AT_ALL = {"clear", "copy", "items", "keys", "pop", "popitem", "setdefault", "update", "values"}
_LOOK_AT_ALL |= {"__reduce__", "__reduce_ex__"}
