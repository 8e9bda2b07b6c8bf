"""A search space and the models it builds, checked."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tunebench.errors import InvalidSpaceError, TunebenchError, first_line
from tunebench.records import HyperparameterValue
from tunebench.spaces.code import OwnModules

DEFAULT_EPOCHS = 20
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Space:
    """A search space.

    Attributes:
        name: The module's name.
        summary: The first line of its docstring, or empty.
        source: The file.
        sha256: Of its code.
        code: The content of the file and of the modules of its folder that it imports, by relative path.
        modules: Those modules.
        epochs: Epochs of a baseline.
        build_function: ``build`` of the module.
        frozen_prefix_function: ``frozen_prefix`` of the module, or ``None``.
        starting_points: Values by hyperparameter, each tried by a search after the defaults; hyperparameters
            that are not listed have their default.
    """

    name: str
    summary: str
    source: Path
    sha256: str
    code: Mapping[str, bytes] = field(repr=False)
    modules: OwnModules
    epochs: int
    build_function: Callable[..., Any]
    frozen_prefix_function: Callable[..., Any] | None
    starting_points: tuple[Mapping[str, HyperparameterValue], ...] = ()

    @property
    def has_prefix(self) -> bool:
        """Whether the front part of its models is frozen."""
        return self.frozen_prefix_function is not None

    def frozen_prefix(self, hp: Any, image_shape: Shape) -> Any | None:
        """The frozen front part for raw images of ``image_shape``, or ``None`` if there is none.

        Raises:
            InvalidSpaceError: ``frozen_prefix`` fails or does not return a Keras model.
        """
        if self.frozen_prefix_function is None:
            return None
        return self._model(self.frozen_prefix_function, "frozen_prefix", hp, image_shape)

    def build(self, hp: Any, input_shape: Shape, num_classes: int) -> Any:
        """A compiled model for these hyperparameters.

        Args:
            hp: Keras Tuner's ``HyperParameters``.
            input_shape: Of one image, or of the prefix's output for one image.
            num_classes: Size of the output.

        Returns:
            A compiled ``keras.Model`` with output shape ``(None, num_classes)``.

        Raises:
            InvalidSpaceError: ``build`` fails or returns another kind of model.
        """
        plain = num_parameters(self.build_function) == 1
        arguments = (hp,) if plain else (hp, input_shape, num_classes)
        model = self._model(self.build_function, "build", *arguments)
        if not model.compiled:
            raise InvalidSpaceError(
                f"Space {self.name}: build() returned a model that is not compiled. "
                "Call model.compile(optimizer, loss, metrics=['accuracy']) before returning it."
            )
        output_shape = _shape_of(model, "output")
        if not model.built or output_shape is None or _shape_of(model, "input") is None:
            raise InvalidSpaceError(
                f"Space {self.name}: the shapes of the model's input and output are unknown. Start it with "
                "keras.Input(...)."
            )
        if output_shape != (None, num_classes):
            raise InvalidSpaceError(
                f"Space {self.name}: the model's output shape is {output_shape}, but one probability "
                f"per class was expected: (None, {num_classes}). End it with Dense({num_classes}, 'softmax')."
            )
        if tuple(model.input_shape[1:]) != tuple(input_shape):
            raise InvalidSpaceError(
                f"Space {self.name}: the model's input shape is {model.input_shape}, but the images give "
                f"{(None, *input_shape)}. Start it with keras.Input of that shape."
            )
        return model

    def build_whole(self, hp: Any, image_shape: Shape, num_classes: int) -> tuple[Any | None, Any]:
        """The frozen prefix (or ``None``) and the compiled model behind it, for images of ``image_shape``.

        Raises:
            InvalidSpaceError: One of them cannot be built, or their shapes do not match.
        """
        prefix = self.frozen_prefix(hp, image_shape)
        if prefix is None:
            return None, self.build(hp, image_shape, num_classes)
        shape = _shape_of(prefix, "output")
        if shape is None:
            raise InvalidSpaceError(
                f"Space {self.name}: the output shape of frozen_prefix() is unknown. Start its model with "
                "keras.Input(...)."
            )
        return prefix, self.build(hp, shape[1:], num_classes)

    def _model(self, function: Callable[..., Any], name: str, *arguments: Any) -> Any:
        import keras  # noqa: PLC0415 (takes seconds, and --help does not need it)

        try:
            with self.modules.importable():
                model = function(*arguments)
        except (TunebenchError, KeyboardInterrupt):
            raise
        except BaseException as error:  # a space may raise anything, also SystemExit
            raise foreign_error(f"Space {self.name}: {name}() failed", error) from error
        if not isinstance(model, keras.Model):
            raise InvalidSpaceError(
                f"Space {self.name}: {name}() returned {type(model).__name__}, not the expected keras.Model. "
                "Return the model."
            )
        return model


def _shape_of(model: Any, end: str) -> Any:
    """The shape of a model's single ``input`` or ``output``; ``None`` if it is unknown."""
    try:
        return tuple(getattr(model, f"{end}_shape"))
    except (AttributeError, TypeError, ValueError):
        return None


def foreign_error(what: str, error: BaseException) -> InvalidSpaceError:
    """A one-line error for an exception raised by a space's code."""
    return InvalidSpaceError(
        f"{what}: {type(error).__name__}: {first_line(error)} Fix the space and run the command again."
    )


def num_parameters(function: Callable[..., Any]) -> int:
    """The number of parameters of a function; 0 if they are unknown, as of some built-in ones."""
    try:
        return len(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return 0
