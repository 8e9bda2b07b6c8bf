"""A search space and the models it builds, checked."""

import warnings
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunebench import backbones
from tunebench.errors import InvalidSpaceError, TunebenchError, foreign_error
from tunebench.records import HyperparameterValue
from tunebench.spaces.builders import Builder
from tunebench.spaces.code import OwnModules
from tunebench.spaces.form import ModelForm
from tunebench.spaces.own_fit import NOTHING_SET, OwnFit, listen
from tunebench.spaces.shapes import Shape, fits, give_shapes, shape_of, takes_grey

DEFAULT_EPOCHS = 20
Pair = tuple[NDArray[Any], NDArray[np.int64]]
ListedPoints = Callable[[], tuple[Mapping[str, HyperparameterValue], ...]]


@dataclass(frozen=True)
class Space:
    """A search space.

    Attributes:
        name: The module's name, or that of the function or class.
        summary: The first line of its docstring, or empty.
        source: The file; ``None`` for a function or HyperModel that a program gave.
        sha256: Of its code.
        code: The content of the file and of the modules of its folder that it imports, by relative path.
        modules: Those modules.
        module: The name of the module that builds its models.
        epochs: Epochs of a baseline.
        build_function: What builds its models.
        frozen_prefix_function: ``frozen_prefix`` of the module, or ``None``.
        list_starting_points: Returns values by hyperparameter, each tried by a search before the defaults;
            hyperparameters that are not listed have their default.
        backbone: The handle of its pretrained weights, if the user gives none.
    """

    name: str
    summary: str
    source: Path | None
    sha256: str
    code: Mapping[str, bytes] = field(repr=False)
    modules: OwnModules
    module: str
    epochs: int
    build_function: Builder
    frozen_prefix_function: Callable[..., Any] | None
    list_starting_points: ListedPoints = field(default=tuple, repr=False, compare=False)
    backbone: str = backbones.DEFAULT_HANDLE
    _built: "weakref.WeakSet[Any]" = field(default_factory=weakref.WeakSet, repr=False, compare=False)

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
            A compiled ``keras.Model`` with weights and output shape ``(None, num_classes)``, or ``(None, 1)``
            for two classes; :class:`~tunebench.spaces.form.ModelForm` says what it takes.

        Raises:
            InvalidSpaceError: ``build`` fails or returns another kind of model.
        """
        model = self._model(self.build_function, "build", hp, input_shape, num_classes)
        if not model.compiled:
            raise InvalidSpaceError(
                f"Space {self.name}: build() returned a model that is not compiled. "
                "Call model.compile(optimizer, loss, metrics=['accuracy']) before returning it."
            )
        if model in self._built:
            raise InvalidSpaceError(
                f"Space {self.name}: build() returned a model that it returned before, which is trained "
                "already. Create a new one at each call."
            )
        self._built.add(model)
        try:
            output_shape = give_shapes(model, input_shape)
        except Exception as error:
            raise foreign_error(
                f"Space {self.name}: its model cannot be built on images of shape {tuple(input_shape)}", error
            ) from error
        expected = {(None, num_classes), (None, 1)} if num_classes == 2 else {(None, num_classes)}  # noqa: PLR2004 (one probability is enough for two)
        if output_shape not in expected:
            raise InvalidSpaceError(
                f"Space {self.name}: the model's output shape is {output_shape}, but one probability "
                f"per class was expected: (None, {num_classes}). End it with Dense({num_classes}, 'softmax')."
            )
        if not fits(model, input_shape) and not takes_grey(model, input_shape):
            declared = shape_of(model, "input")
            # Of an image's height and width alone, or with one channel.
            is_grey = (*(declared or ()), 1)[3:4] == (1,)
            grey = " (a model of grey images gets grey ones)" if is_grey else ""
            raise InvalidSpaceError(
                f"Space {self.name}: the model's input shape is {declared}, but the images "
                f"give {(None, *input_shape)}. Start it with keras.Input of that shape, or resize the images "
                f"with --image-size{_size(declared)}{grey}."
            )
        return model

    def own_fit(self, hp: Any, model: Any, train: Pair, validation: Pair, num_classes: int) -> OwnFit:
        """What the ``fit`` of the user's ``HyperModel`` sets; nothing if there is none.

        Args:
            hp: ``keras_tuner.HyperParameters``; those that it declares are added.
            model: From :meth:`build`.
            train: Inputs and integer labels to train on.
            validation: The same to validate on.
            num_classes: Number of classes.

        Raises:
            InvalidSpaceError: See :func:`tunebench.spaces.own_fit.listen`.
        """
        input_shape = train[0].shape[1:]
        function = self.build_function.own_fit(input_shape, num_classes)
        if function is None:
            return NOTHING_SET
        form = ModelForm.of(model, input_shape)
        examples, others = ((form.inputs(x), form.labels(y)) for x, y in (train, validation))
        with self.modules.importable():
            return listen(self.name, function, hp, model, examples, others)

    def declare(self, hp: Any, image_shape: Shape, num_classes: int) -> None:
        """Add to ``hp`` what building a model, and a ``fit`` of the user's, declare.

        Raises:
            InvalidSpaceError: One of them fails.
        """
        prefix, model = self.build_whole(hp, image_shape, num_classes)
        shape = image_shape if prefix is None else shape_of(prefix, "output")[1:]
        examples = (
            np.zeros((2, *shape), np.uint8 if prefix is None else np.float32),
            np.arange(2) % num_classes,
        )
        self.own_fit(hp, model, examples, examples, num_classes)

    def build_whole(self, hp: Any, image_shape: Shape, num_classes: int) -> tuple[Any | None, Any]:
        """The frozen prefix (or ``None``) and the compiled model behind it, for images of ``image_shape``.

        Raises:
            InvalidSpaceError: One of them cannot be built, or their shapes do not match.
        """
        prefix = self.frozen_prefix(hp, image_shape)
        if prefix is None:
            return None, self.build(hp, image_shape, num_classes)
        shape = shape_of(prefix, "output")
        if shape is None:
            raise InvalidSpaceError(
                f"Space {self.name}: the output shape of frozen_prefix() is unknown. Start its model with "
                "keras.Input(...)."
            )
        return prefix, self.build(hp, shape[1:], num_classes)

    def _model(self, function: Callable[..., Any], name: str, *arguments: Any) -> Any:
        import keras  # noqa: PLC0415 (takes seconds, and --help does not need it)

        try:
            with self.modules.importable(), warnings.catch_warnings():
                # TensorFlow's XLA is off while its operations are deterministic (tunebench/determinism.py).
                warnings.filterwarnings("ignore", message="Model doesn't support `jit_compile=True`")
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


def _size(declared: Any) -> str:
    """The height and width that a model declares, for a command line; empty if it does not."""
    sides = [side for side in (declared or ())[1:3] if side is not None]
    return f" {'x'.join(map(str, sides))}" if len(sides) == 2 else ""  # noqa: PLR2004 (height, width)
