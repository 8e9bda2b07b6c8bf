"""What builds the models of a space: a function, a ``HyperModel`` or a class of them."""

import inspect
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from tunebench.errors import InvalidSpaceError
from tunebench.spaces.shapes import Shape

# Looked for in a space's file, in this order, before any HyperModel.
_NAMES = ("build", "build_model")
_SHAPE_ARGUMENTS = ("input_shape",)
_CLASSES_ARGUMENTS = ("classes", "num_classes")
_TAKES_SHAPES = 3


class Builder:
    """Builds models as ``build(hp, input_shape, num_classes)``, whatever the user gave.

    A class of ``keras_tuner.HyperModel`` is made an instance with the images' shape and number of classes, if
    its constructor takes them.

    Args:
        given: ``build(hp)``, ``build(hp, input_shape, num_classes)``, a ``keras_tuner.HyperModel`` or a
            class of them.
    """

    def __init__(self, given: Any) -> None:
        self._given = given
        self._made: tuple[tuple[Shape, int], Any] | None = None

    def __call__(self, hp: Any, input_shape: Shape, num_classes: int) -> Any:
        """What the user's function returns, which should be a compiled ``keras.Model``."""
        hypermodel = self._hypermodel(input_shape, num_classes)
        function = self._given if hypermodel is None else hypermodel.build
        # Keras Tuner replaces the method of an instance by one that takes anything.
        declared = function if hypermodel is None else type(hypermodel).build
        if _num_arguments(declared) - (hypermodel is not None) != _TAKES_SHAPES:
            return function(hp)
        given = {"input_shape": input_shape, "num_classes": num_classes}
        named = {name: given.pop(name) for name in _keyword_only(declared) if name in given}
        return function(hp, *given.values(), **named)

    def own_fit(self, input_shape: Shape, num_classes: int) -> Callable[..., Any] | None:
        """The ``fit`` of the user's ``HyperModel``; ``None`` if it is Keras Tuner's."""
        import keras_tuner  # noqa: PLC0415 (imports Keras)

        hypermodel = self._hypermodel(input_shape, num_classes)
        if hypermodel is None or type(hypermodel).fit is keras_tuner.HyperModel.fit:
            return None
        fit: Callable[..., Any] = hypermodel.fit
        return fit

    def _hypermodel(self, input_shape: Shape, num_classes: int) -> Any | None:
        """The user's instance, or one that is made for these images; ``None`` for a function."""
        if is_hypermodel(self._given):
            return self._given
        if not isinstance(self._given, type):
            return None
        key = (tuple(input_shape), num_classes)
        if self._made is None or self._made[0] != key:
            self._made = key, self._given(**self._arguments(*key))
        return self._made[1]

    def _arguments(self, input_shape: Shape, num_classes: int) -> dict[str, Any]:
        parameters = inspect.signature(self._given).parameters
        shapes = {name: input_shape for name in _SHAPE_ARGUMENTS if name in parameters}
        classes = {name: num_classes for name in _CLASSES_ARGUMENTS if name in parameters}
        found: dict[str, Any] = {**shapes, **classes}
        missing = [
            name for name, parameter in parameters.items() if _is_needed(parameter) and name not in found
        ]
        if missing:
            raise InvalidSpaceError(
                f"The class {self._given.__name__} cannot be made without {', '.join(missing)}: only "
                "input_shape, classes and num_classes are known. Give an instance of it instead."
            )
        return found


def is_hypermodel(given: Any) -> bool:
    """Whether it is an instance of ``keras_tuner.HyperModel``."""
    import keras_tuner  # noqa: PLC0415 (imports Keras)

    return isinstance(given, keras_tuner.HyperModel)


def is_hypermodel_class(given: Any) -> bool:
    """Whether it is a class of ``keras_tuner.HyperModel``, other than that itself."""
    import keras_tuner  # noqa: PLC0415 (imports Keras)

    base = keras_tuner.HyperModel
    return isinstance(given, type) and issubclass(given, base) and given is not base


def can_build(given: Any) -> bool:
    """Whether it is something that :class:`Builder` takes."""
    if is_hypermodel(given) or is_hypermodel_class(given):
        return True
    return callable(given) and not isinstance(given, type) and _num_arguments(given) in {1, _TAKES_SHAPES}


def find_in(module: ModuleType, source: object) -> Any:
    """What builds the models in a space's module.

    Args:
        module: The imported module.
        source: Its file, for the message.

    Returns:
        ``build`` or ``build_model``; otherwise the only ``HyperModel``: an instance before a class, one that
        the module defines before one that it imports.

    Raises:
        InvalidSpaceError: There is none, or there are several.
    """
    content = vars(module)
    for name in _NAMES:
        if can_build(content.get(name)):
            return content[name]
    for found in (
        {name: each for name, each in content.items() if is_hypermodel(each)},
        _classes(content, own=module.__name__),
        _classes(content),
    ):
        if len(found) > 1:
            raise InvalidSpaceError(
                f"Space {source} has several HyperModels ({', '.join(found)}). Expected one: name it build, "
                "as in build = MyHyperModel, or leave one in the file."
            )
        if found:
            return next(iter(found.values()))
    raise InvalidSpaceError(
        f"Space {source} has no function build(hp, input_shape, num_classes), build(hp) or build_model(hp), "
        "and no keras_tuner.HyperModel. Define one that returns a compiled keras.Model."
    )


def _classes(content: Mapping[str, Any], own: str | None = None) -> dict[str, Any]:
    """A module's classes of HyperModels, once each; ``own``: only those that this module defines."""
    found = {name: each for name, each in content.items() if is_hypermodel_class(each)}
    return {
        name: each
        for name, each in found.items()
        if own in {None, each.__module__} and list(found.values()).index(each) == list(found).index(name)
    }


def _num_arguments(function: Any) -> int:
    """How many arguments a build function is called with: all three, or those without a default."""
    try:
        parameters = [*inspect.signature(function).parameters.values()]
    except (TypeError, ValueError):  # of some built-in ones
        return 0
    plain = [each for each in parameters if each.kind not in {each.VAR_POSITIONAL, each.VAR_KEYWORD}]
    needed = [each for each in plain if each.default is each.empty]
    method = bool(plain) and plain[0].name == "self"
    return len(plain) if len(plain) - method == _TAKES_SHAPES else len(needed)


def _keyword_only(function: Any) -> list[str]:
    parameters = inspect.signature(function).parameters.values()
    return [each.name for each in parameters if each.kind is each.KEYWORD_ONLY]


def _is_needed(parameter: inspect.Parameter) -> bool:
    variable = parameter.kind in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}
    return not variable and parameter.default is parameter.empty
