"""What the ``fit`` of a user's ``HyperModel`` sets, found out without training.

Keras Tuner lets a HyperModel replace the call of ``model.fit``. Here that call is only listened to: tunebench
trains by itself, under the clock, with what the call sets.
"""

import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tunebench.errors import InvalidSpaceError, TunebenchError, first_line, foreign_error

# Other arguments of model.fit: what is done instead, and the option that does the same.
_INSTEAD = {
    "validation_split": "the data set's own validation images are used, or folds with --cv",
    "validation_data": "the data set's own validation images are used, or folds with --cv",
    "validation_freq": "every epoch is validated",
    "validation_steps": "every epoch is validated on all validation images",
    "sample_weight": "all images count the same, or all classes with --class-weights balanced",
    "steps_per_epoch": "an epoch has all training images, of which --train-size sets the number",
    "initial_epoch": "a training starts with its first epoch",
}
_OTHERS = "tunebench does without it"
_RESPECTED = {"x", "y", "batch_size", "epochs", "verbose", "callbacks", "shuffle", "class_weight"}


@dataclass(frozen=True)
class OwnFit:
    """What a user's call of ``model.fit`` sets.

    Attributes:
        batch_size: Examples per step; ``None``: not set.
        epochs: Maximum number of epochs; ``None``: not set.
        shuffle: Whether each epoch has its own order.
        class_weight: The weight of an example in the loss, by class; ``None``: not set.
        callbacks: The user's own.
        ignored: Arguments that have no effect, by name, with what is done instead.
    """

    batch_size: int | None = None
    epochs: int | None = None
    shuffle: bool = True
    class_weight: Mapping[int, float] | None = None
    callbacks: tuple[Any, ...] = ()
    ignored: tuple[tuple[str, str], ...] = ()

    def notes(self, name: str) -> list[str]:
        """A sentence for each argument that has no effect; ``name``: the space's."""
        return [f"{name}: {each} in its fit() has no effect; {instead}." for each, instead in self.ignored]


NOTHING_SET = OwnFit()


class _HeardError(BaseException):
    """Ends the user's ``fit`` at its call of ``model.fit``; no ``except Exception`` holds it up."""


def listen(
    name: str, function: Callable[..., Any], hp: Any, model: Any, examples: tuple[Any, Any], validation: Any
) -> OwnFit:
    """Call a user's ``fit`` as ``Tuner.search`` would, up to its call of ``model.fit``.

    Args:
        name: Of the space, for messages.
        function: ``fit`` of a ``HyperModel``.
        hp: ``keras_tuner.HyperParameters``; those that it declares are added.
        model: The compiled model.
        examples: Inputs and labels of the training, as the model takes them.
        validation: The same for validation.

    Returns:
        What it sets.

    Raises:
        InvalidSpaceError: It fails, trains in another way, or changes the examples.
    """
    heard: list[inspect.BoundArguments] = []
    signature = inspect.signature(model.fit)

    def hear(*args: Any, **kwargs: Any) -> None:
        heard.append(signature.bind(*args, **kwargs))
        raise _HeardError

    # The user's own object, and not Keras' class.
    object.__setattr__(model, "fit", hear)
    try:
        function(hp, model, *examples, **_accepted(function, validation_data=validation, callbacks=[]))
    except _HeardError:
        pass
    except (TunebenchError, KeyboardInterrupt):
        raise
    except BaseException as error:  # a user's code may raise anything, also SystemExit
        raise foreign_error(f"Space {name}: its fit() failed", error) from error
    finally:
        object.__delattr__(model, "fit")
    if not heard:
        raise InvalidSpaceError(
            f"Space {name}: its fit() trains without model.fit(), so that it can be neither timed nor "
            "resumed. Put the steps into train_step() of a keras.Model, and call model.fit()."
        )
    arguments = heard[0].arguments
    if arguments.get("x") is not examples[0] or arguments.get("y") is not examples[1]:
        raise InvalidSpaceError(
            f"Space {name}: its fit() changes the images or labels, so that the saved model would not take "
            "those of the data set. Make the change a layer of the model, such as keras.layers.Rescaling."
        )
    try:
        return _read(arguments, validation)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidSpaceError(
            f"Space {name}: its fit() sets a value that cannot be used: {first_line(error)} Expected whole "
            "numbers of at least 1 as batch_size and epochs, and a number for each class as class_weight."
        ) from error


def _accepted(function: Callable[..., Any], **arguments: Any) -> dict[str, Any]:
    """Those arguments that a function takes."""
    parameters = inspect.signature(function).parameters
    if any(each.kind is each.VAR_KEYWORD for each in parameters.values()):
        return arguments
    return {name: value for name, value in arguments.items() if name in parameters}


def _read(arguments: Mapping[str, Any], validation: Any) -> OwnFit:
    callbacks = arguments.get("callbacks") or ()
    weights = arguments.get("class_weight")
    ignored = {
        name: _INSTEAD.get(name, _OTHERS)
        for name, value in arguments.items()
        if name not in _RESPECTED
        and value is not None
        and not (name == "validation_data" and value is validation)
    }
    return OwnFit(
        batch_size=_whole(arguments.get("batch_size")),
        epochs=_whole(arguments.get("epochs")),
        shuffle=bool(arguments.get("shuffle", True)),
        class_weight=None if weights is None else {int(key): _weight(weights[key]) for key in weights},
        callbacks=tuple(callbacks) if isinstance(callbacks, Iterable) else (callbacks,),
        ignored=tuple(ignored.items()),
    )


def _whole(number: Any) -> int | None:
    if number is None:
        return None
    if int(number) != number or number < 1:
        raise ValueError(f"{number!r} was given.")
    return int(number)


def _weight(number: Any) -> float:
    if not 0 <= float(number) < math.inf:
        raise ValueError(f"{number!r} was given.")
    return float(number)
