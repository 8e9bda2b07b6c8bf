"""What an object holds, and which code needs no look inside because a version says what it does."""

import copyreg
import sys
from collections.abc import Iterator, Sequence
from typing import Any

# Their versions, or their names in what Keras serialises, say enough.
_KNOWN_PACKAGES = {
    "builtins",
    "jax",
    "jaxlib",
    "keras",
    "keras_tuner",
    "numpy",
    "tensorflow",
    "torch",
    "tunebench",
    *sys.stdlib_module_names,
}


class UnknownStateError(Exception):
    """It cannot be told what an object does where code uses it; the message names its type."""


def is_known(module: Any) -> bool:
    """Whether a module of this name belongs to a package whose version says what its code does."""
    return str(module).partition(".")[0] in _KNOWN_PACKAGES


def is_layer(value: Any) -> bool:
    """Whether a value is a Keras layer or model."""
    import keras  # noqa: PLC0415 (imports the back end)

    return isinstance(value, keras.layers.Layer)


def state(value: Any) -> Sequence[Any]:
    """An object's class and what the object holds.

    Args:
        value: An object, such as an instance of a user's class.

    Returns:
        Values that are equal for two objects that act alike.

    Raises:
        UnknownStateError: It is a lock, an open file, a generator or the like.
    """
    try:
        # What lru_cache, tf.function and jax.jit make of a function holds it under this name.
        return type(value), getattr(value, "__wrapped__", None), *_contents(value)
    # A user's methods are called, and back ends' own: they raise what they like.
    except Exception as error:
        raise UnknownStateError(f"{type(value).__module__}.{type(value).__qualname__}") from error


def _contents(value: Any) -> Iterator[Any]:
    import keras  # noqa: PLC0415 (imports the back end)

    if isinstance(value, keras.Variable) or keras.ops.is_tensor(value):
        yield keras.ops.convert_to_numpy(value)
    elif any(base.__module__.partition(".")[0] == "keras" for base in type(value).__mro__) and hasattr(
        value, "get_config"
    ):
        # Pickling a Keras object would save a model; names are made up.
        yield {key: item for key, item in value.get_config().items() if key != "name"}
        yield [keras.ops.convert_to_numpy(variable) for variable in getattr(value, "weights", ())]
    else:
        # What pickle and copy go by: attributes, slots, items; the name alone of a built-in function.
        registered = copyreg.dispatch_table.get(type(value))
        reduced = registered(value) if registered else value.__reduce_ex__(4)
        for part in [reduced] if isinstance(reduced, str) else reduced:
            yield tuple(part) if isinstance(part, Iterator) else part
